"""Reports of money: cash, what is owed, who spent most, bills of a month; each adds up, on paper and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import openpyxl
import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from appliance.foundation.values import Money, yuan
from billing import cash_report, monthly_bill_report, top_accounts_report, unpaid_report
from billing.cash import cash_book
from billing.monthly_bill import bills, month_of
from billing.top_accounts import top_accounts
from billing.unpaid import unpaid
from tests.billing.exchange import SHANGHAI
from tests.billing.money_story import Story
from tests.fakes.database import InlineDatabase
from tests.support import now

T = TypeVar("T")

SITE = "之江示范医院"
DAY = date(2026, 3, 2)
START, STOP = datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC)
PRINTED = datetime(2026, 3, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(InlineDatabase())


def read(story: Story, work: Callable[[sa.Connection], T]) -> T:
    """In a transaction."""
    return now(story.database.transact(work))


def paper(pdf: bytes) -> str:
    """All that stands on it."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_a_day_of_cash_adds_up_till_by_till(story: Story) -> None:
    """What was in a till and every movement is what ought to be in it; a tenth that is missing is said."""
    book = read(story, lambda connection: cash_book(connection, START, STOP))
    assert [(till.cashier, till.before, till.after, till.difference) for till in book.tills] == [
        ("周宁", yuan(200), yuan("260.5"), 0),
        ("林静", 0, 0, yuan("-0.1")),
    ]
    assert (book.cash_in, book.cash_out, book.whole.takings) == (yuan("180.5"), yuan(20), yuan("160.5"))
    assert book.whole.of("payment") == yuan(20)
    text = paper(cash_report.cash_pdf(book, DAY, DAY, SHANGHAI, "zh", SITE, PRINTED))
    for word in ("现金报表", "2026年3月2日星期一", "180.50", "+160.50", "-0.10", "260.50", "账单付款", "财务签字"):
        assert word in text, word
    tills, movements = sheets(cash_report.cash_workbook(book, SHANGHAI, "en")).values()
    assert tills[2] == ("林静", 0, 100, 0, -20, 20, 100, -200, 0, -0.1)
    assert tills[3][0] == "Sum"
    assert movements[1][2:5] == ("林静", "Change from the safe", None)
    assert sum(row[8] or 0 for row in movements[1:]) - sum(row[9] or 0 for row in movements[1:]) == 60.5


def test_what_is_owed_stands_by_its_age(story: Story) -> None:
    """Twenty yuan of the oldest bill are paid; what is on no bill yet, and an account below zero, stand apart."""
    found = read(story, lambda connection: unpaid(connection, STOP))
    assert [(one.payer, one.owed, one.used) for one in found.debtors] == [
        ("department/surgery", yuan("25.2"), yuan("8.4")),
        ("bed/8088", yuan("3.5"), 0),
    ]
    assert [(one.account, one.owed) for one in found.overdrawn] == [(story.accounts[2], yuan("6.6"))]
    [bill] = found.debtors[0].bills
    assert (bill.number, bill.month, bill.days, bill.amount) == ("M00001-2026-03", "2026-02", 1, yuan("45.2"))
    late = read(story, lambda connection: unpaid(connection, datetime(2026, 4, 10, 16, tzinfo=UTC)))
    assert late.by_age() == [0, yuan("28.7"), 0, 0]
    before = read(story, lambda connection: unpaid(connection, datetime(2026, 2, 27, 16, tzinfo=UTC)))
    assert (before.owed, before.used, before.below_zero) == (0, yuan("48.7"), 0)
    text = paper(unpaid_report.unpaid_pdf(late, DAY, SHANGHAI, "zh", SITE, PRINTED))
    for word in ("欠费", "科室 surgery", "外科", "31–60 天", "28.70", "M00001-2026-03", "赵云", "6.60"):
        assert word in text, word
    debtors, open_bills, below = sheets(unpaid_report.unpaid_workbook(found, SHANGHAI, "en")).values()
    assert debtors[1] == ("Department surgery", "外科", "M00001", 25.2, 25.2, 0, 0, 0, 8.4)
    assert debtors[-1][3] == 28.7
    assert open_bills[1][6:] == (45.2, 25.2)
    assert below[1][:3] == (story.accounts[2], "赵云", 6.6)


def test_nobody_owes_anything() -> None:
    """Said so."""
    database = InlineDatabase()
    found = now(database.transact(lambda connection: unpaid(connection, STOP)))
    assert "Nobody owes anything." in paper(unpaid_report.unpaid_pdf(found, DAY, SHANGHAI, "en", SITE, PRINTED))


def test_who_spent_most_comes_first(story: Story) -> None:
    """With their part of all charges, also of those that are not listed."""
    found = read(story, lambda connection: top_accounts(connection, START, STOP, 2))
    assert [(one.account, one.calls, one.seconds, one.charge) for one in found.top] == [
        ("M00001", 1, 84, yuan("8.4")),
        (story.accounts[2], 1, 300, yuan("6.6")),
    ]
    assert (found.accounts, found.calls, found.charge) == (4, 5, yuan("22.7345"))
    assert round(found.share(found.top[0]), 1) == 36.9
    pdf = top_accounts_report.top_accounts_pdf(found, DAY, DAY, SHANGHAI, "zh", SITE, PRINTED)
    for word in ("消费排行", "外科", "22.7345", "36.9"):
        assert word in paper(pdf), word
    every = read(story, lambda connection: top_accounts(connection, START, STOP, 10))
    [rows] = sheets(top_accounts_report.top_accounts_workbook(every, "en")).values()
    assert rows[3][1:7] == (story.accounts[1], "李明", 2, 630, 6.5, 28.59)
    assert rows[-1][1:6] == ("All accounts", None, 5, 1137, 22.7345)
    assert sum(row[5] for row in rows[1:-1]) == pytest.approx(22.7345)


def test_a_bill_has_every_call_of_its_month(story: Story) -> None:
    """The bill is the sum of its calls, telephone by telephone; what is paid and left follows from month to month."""
    surgery, bed = read(story, lambda connection: bills(connection, "2026-02", SHANGHAI))[::-1]
    assert (surgery.number, surgery.amount, surgery.before, surgery.paid, surgery.due) == (
        "M00001-2026-03", yuan("45.2"), 0, 0, yuan("45.2"),
    )  # fmt: skip
    assert [(one.extension, one.calls, one.charge) for one in surgery.by_extension()] == [
        ("8085", 1, yuan("30.2")),
        ("8086", 1, yuan(15)),
    ]
    assert bed.due == yuan("3.5")
    [march] = read(story, lambda connection: bills(connection, "2026-03", SHANGHAI, "department/surgery"))
    assert (march.number, march.before, march.amount, march.paid, march.due) == (
        "", yuan("45.2"), yuan("8.4"), yuan(20), yuan("33.6"),
    )  # fmt: skip
    text = paper(monthly_bill_report.bills_pdf([surgery], "2026-02", SHANGHAI, "zh", SITE, PRINTED))
    for word in ("月结账单", "科室 surgery · 外科", "账单 M00001-2026-03", "45.20", "1:02:05", "+86 138 0013 8000"):
        assert word in text, word
    pdf = monthly_bill_report.bills_pdf([bed, surgery], "2026-02", SHANGHAI, "en", SITE, PRINTED)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 2
    going_on = paper(monthly_bill_report.bills_pdf([march], "2026-03", SHANGHAI, "en", SITE, PRINTED))
    assert "Not billed yet" in going_on
    sums, calls = sheets(monthly_bill_report.bills_workbook([bed, surgery], SHANGHAI, "en")).values()
    assert sums[2][0:4] == ("M00001-2026-03", "Department surgery", "外科", "2026-02")
    assert [row[6] for row in calls[1:]] == [3.5, 30.2, 15]


def test_the_bills_of_a_month_make_up_what_is_on_the_books(story: Story) -> None:
    """Whoever owes nothing and did not call has none."""
    found = read(story, lambda connection: bills(connection, "2026-02", SHANGHAI))
    stop = month_of("2026-02", SHANGHAI)[1]
    owed = read(story, lambda connection: unpaid(connection, stop.replace(hour=1)))
    assert Money(sum(bill.due for bill in found)) == owed.owed
    assert read(story, lambda connection: bills(connection, "2025-12", SHANGHAI)) == []
    with pytest.raises(ValueError, match="month"):
        month_of("2026-13", SHANGHAI)
