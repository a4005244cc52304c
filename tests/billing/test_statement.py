"""An account's statement, on paper and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pypdf import PdfReader

from appliance.foundation.values import Language, Money, yuan
from billing import statement
from billing.report_words import spaced
from billing.statement import DoesNotAddUp, TooLong, drawn_up, statement_pdf, statement_workbook
from billing.views import AccountRow, BilledCall, LedgerLine
from tests.fakes.clock import START

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
ACCOUNT = AccountRow("100001", "乐正平", "zh", yuan("80.2"), Money(0), "open", START)


def a_line(number: int, kind: str, amount: str, balance: str, reference: str, note: str = "") -> LedgerLine:
    at = START + timedelta(days=number, minutes=10)
    return LedgerLine(number, at, kind, yuan(amount), yuan(balance), reference, "林静", note)


def a_call(identity: str, called: str, seconds: int | None, charge: str | None, state: str = "settled") -> BilledCall:
    money = None if charge is None else yuan(charge)
    at = START + timedelta(days=2)
    return BilledCall(
        identity, "100001", "8028", called, "mobile", state, at, at, None, seconds, money, Money(0), "arithmetic"
    )


LINES = [
    a_line(1, "deposit", "100", "112.5", "R0017", "现金"),
    a_line(2, "charge", "-1.23", "111.27", "c1"),
    a_line(3, "charge", "-11.07", "100.2", "c2"),
    a_line(4, "refund", "-20", "80.2", "T0003"),
]
CALLS = [
    a_call("c1", "8613800138000", 123, "1.23"),
    a_call("c2", "12125550123", 3725, "11.07"),
    a_call("c3", "8657188123456", 0, "0"),
    a_call("c4", "8613800138000", None, None, "talking"),
]


def printed(
    lines: Sequence[LedgerLine] = LINES,
    calls: Sequence[BilledCall] = CALLS,
    language: Language = "zh",
    account: AccountRow = ACCOUNT,
    **more: Any,
) -> list[str]:
    """The lines of the statement."""
    at = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    said = drawn_up(account, lines, calls, FIRST, LAST, **more)
    pdf = statement_pdf(said, SHANGHAI, language, "之江示范医院", printed_at=at)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).splitlines()


@pytest.fixture(scope="module")
def march() -> list[str]:
    """The sample account's March."""
    return printed()


def test_the_heading_names_account_holder_and_period(march: list[str]) -> None:
    """And the foot when it was printed."""
    assert march[:3] == ["之江示范医院", "账户对账单", "账号 100001 ｜ 乐正平 ｜ 2026-03-01 至 2026-03-31"]
    assert any("打印于 2026-04-01 09:00" in line for line in march)


def test_opening_and_movements_add_up_to_closing(march: list[str]) -> None:
    """12.50 + 100.00 − 20.00 − 12.30 = 80.20."""
    assert march[3:13:2] == ["12.50", "100.00", "-20.00", "-12.30", "80.20"]


def test_each_movement_has_its_line(march: list[str]) -> None:
    """A call with its number in full, when it was answered, its length and its charge."""
    assert [line for line in march if line.startswith("2026-03-")] == [
        "2026-03-01 上期结转 12.50",
        "2026-03-03 09:10 充值 R0017 现金 +100.00 112.50",
        "2026-03-04 09:00 通话 +86 138 0013 8000 2:03 -1.23 111.27",
        "2026-03-04 09:00 通话 +1 212-555-0123 1:02:05 -11.07 100.20",
        "2026-03-06 09:10 退款 T0003 -20.00 80.20",
        "2026-03-31 本期结存 1:04:08 +67.70 80.20",
    ]


def test_calls_without_a_charge_are_counted(march: list[str]) -> None:
    """One that was not answered and one that goes on."""
    assert "本期另有 1 次呼叫未产生费用。" in march
    assert "另有 1 次通话尚未结算，将列入下期对账单。" in march


def test_there_is_a_line_to_sign(march: list[str]) -> None:
    """For the cashier and for the holder."""
    assert any("经办人签字" in line for line in march)
    assert any("账户持有人签字" in line for line in march)


def test_a_workbook_has_the_same_movements() -> None:
    """Times by the site's clock, amounts as numbers that a spreadsheet adds up; also of more than one paper holds."""
    said = drawn_up(ACCOUNT, LINES, CALLS, FIRST, LAST)
    sheet = openpyxl.load_workbook(io.BytesIO(statement_workbook(said, SHANGHAI, "en"))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert sheet.title == "Account 100001 乐正平"
    assert rows[0][0] == "Date and time"
    assert rows[1][1:] == ("Brought forward", None, None, None, None, 12.5)
    assert rows[2] == (datetime(2026, 3, 3, 9, 10), "Deposit", "R0017", "现金", None, 100, 112.5)
    assert rows[3] == (datetime(2026, 3, 4, 9, 0), "Outside call", "'+86 138 0013 8000", None, 123, -1.23, 111.27)
    assert rows[-1][1:] == ("Carried forward", None, None, 3848, 67.7, 80.2)


def test_parts_of_a_fen_are_printed_exactly() -> None:
    """Where one amount is finer than a fen all have four decimals, so that the column adds up on paper."""
    lines = [a_line(1, "charge", "-0.0105", "0.9895", "c9")]
    assert "2026-03-03 09:10 Outside call -0.0105 0.9895" in printed(lines, [], "en")


def test_a_period_without_movements_carries_its_balance_over() -> None:
    """What the account had before, not what it has today; and a frozen account is marked."""
    frozen = AccountRow("100001", "乐正平", "zh", yuan(7), Money(0), "frozen", START)
    lines = printed([], [], "en", frozen, opening=yuan("3.5"))
    assert lines[2] == "Account 100001 ｜ 乐正平 ｜ 2026-03-01 to 2026-03-31 ｜ Account frozen"
    assert "2026-03-01 Brought forward 3.50" in lines
    assert "2026-03-31 Carried forward 0.00 3.50" in lines
    assert "Nothing was moved in this period." in lines


def test_a_ledger_that_does_not_add_up_is_not_printed() -> None:
    """Better no statement than a wrong one."""
    with pytest.raises(DoesNotAddUp, match="ledger line 2 says 990000, the movements add up to 1112700"):
        printed([LINES[0], a_line(2, "charge", "-1.23", "99", "c1")])
    with pytest.raises(DoesNotAddUp):
        printed(opening=yuan(1))


def test_a_statement_is_whole_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving movements out would hide something."""
    monkeypatch.setattr(statement, "LISTED", 3)
    with pytest.raises(TooLong, match="4 movements"):
        printed()


def test_numbers_are_spaced_as_people_write_them() -> None:
    """And left alone where they are no number."""
    assert spaced("8657188123456") == "+86 571 8812 3456"
    assert spaced("85223456789") == "+852 2345 6789"
    assert spaced("") == ""
    assert spaced("12") == "12"
