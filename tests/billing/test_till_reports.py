"""A receipt and a till's sheet, printed and read back."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import sqlalchemy as sa
from pypdf import PdfReader

from appliance.foundation.values import yuan
from billing import till_views
from billing.schema import entries
from billing.till_reports import receipt_pdf, receipt_workbook, till_sheet
from tests.billing.exchange import SHANGHAI
from tests.billing.money_story import Story
from tests.billing.test_till import Desk
from tests.fakes.database import InlineDatabase
from tests.support import now


def text_of(pdf: bytes) -> str:
    """All that stands on it."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_settlement_is_receipted_with_a_line_to_sign() -> None:
    """What was paid out, what is left, by whom, by which entry."""
    desk = Desk("30")
    done = now(desk.till.discharge(desk.numbers[0], yuan(30), "林静", "S1", "出院"))
    assert done.entry is not None
    said = now(till_views.receipt(desk.database, done.entry.id))
    assert said is not None
    text = text_of(receipt_pdf(said, SHANGHAI, "zh", "之江示范医院"))
    for word in ("收据：账户结清", "-30.00", "0.00", "S1", "出院", "林静", "账户持有人签字", desk.numbers[0]):
        assert word in text, word
    [sheet] = openpyxl.load_workbook(io.BytesIO(receipt_workbook(said, SHANGHAI, "en"))).worksheets
    found: dict[Any, Any] = {row[0]: row[1] for row in sheet.iter_rows(max_col=2, values_only=True)}
    assert (found["Amount in yuan"], found["Balance afterwards"]) == (-30, 0)
    assert (found["Receipt number"], found["Note"], found["Cashier"]) == ("S1", "出院", "林静")


def test_a_bills_money_is_receipted_with_what_is_left() -> None:
    """Who paid how much of what, then and not now; signed by who pays. The till's sheet names them too."""
    story = Story(InlineDatabase())
    payments = sa.select(entries.c.id).where(entries.c.kind == "payment").order_by(entries.c.id)
    now(story.payers.pay("department/surgery", yuan("25.2"), "周宁", "R9", "结清"))
    first, second = now(story.database.transact(lambda connection: list(connection.execute(payments).scalars())))
    said, rest = (now(till_views.receipt(story.database, number)) for number in (first, second))
    assert said is not None
    assert rest is not None
    assert (said.payer, said.account, said.holder) == ("department/surgery", "M00001", "外科")
    assert (said.cash, said.owed, rest.cash, rest.owed) == (yuan(20), yuan("25.2"), yuan("25.2"), 0)
    text = text_of(receipt_pdf(said, SHANGHAI, "zh", "之江示范医院"))
    for word in ("收据：账单付款", "20.00", "尚欠", "25.20", "科室 surgery", "外科", "R4", "林静", "付款方签字"):
        assert word in text, word
    [sheet] = openpyxl.load_workbook(io.BytesIO(receipt_workbook(rest, SHANGHAI, "en"))).worksheets
    found: dict[Any, Any] = {row[0]: row[1] for row in sheet.iter_rows(max_col=2, values_only=True)}
    assert (found["Amount in yuan"], found["Still owed"], found["Bill of"]) == (25.2, 0, "Department surgery")
    assert "Balance afterwards" not in found
    [shift] = [one for one in now(till_views.hand_overs(story.database)) if one.cashier == "林静"]
    past = now(till_views.past_shift(story.database, shift.entry))
    assert past is not None
    assert [(line.account, line.holder) for line in past.lines if line.kind == "payment"] == [("M00001", "外科")]


def test_a_sheet_says_what_is_missing() -> None:
    """100 change, 50 in, 5 out, 145 expected, 144.90 counted."""
    desk = Desk("20", "30")
    now(desk.till.take_float(yuan(100), "林静", "F1"))
    now(desk.accounts.refund(desk.numbers[0], yuan(5), "林静", "R1"))
    entry = now(desk.till.hand_over(yuan("144.9"), "林静", "H1", "少一角"))
    shift = now(till_views.past_shift(desk.database, entry.id))
    assert shift is not None
    text = text_of(till_sheet(shift, SHANGHAI, "zh", "之江示范医院", desk.clock.now()))
    for word in ("收费员交班单", "100.00", "50.00", "5.00", "145.00", "144.90", "-0.10", "少一角", "复点人"):
        assert word in text, word
