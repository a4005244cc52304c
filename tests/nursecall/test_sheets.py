"""Tables for spreadsheets, read again by another program."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation import sheets
from appliance.foundation.config import parse
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.analysis import analyse
from nursecall.analysis_tables import workbook
from nursecall.history_file import HEADINGS, TableFormat, history_file
from nursecall.report_words import Words
from nursecall.views import PastCall
from tests.fakes.clock import START
from tests.nursecall.test_views import a_call

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAN = parse(Path("hospital/plan.toml").read_text("utf-8"), Plan).nursecall

CALLS = [
    a_call(
        "1", waited=100, acknowledged_at=START + timedelta(seconds=10), acknowledged_by="=HYPERLINK(0)",
        attended_at=START + timedelta(seconds=40), patient="@SUM(1)",
    ),
    a_call("2", waited=None, bed="加1", patient="王\x07芳"),
    a_call("3", waited=60, outcome="cancelled", ended_by="郑洁", call_type="not-there"),
]  # fmt: skip


def words(language: Language = "en") -> Words:
    return Words(PLAN, SHANGHAI, language)


def sheet(content: bytes, title: str) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[title].iter_rows(values_only=True))


def test_a_workbook_of_the_history_can_be_reckoned_with() -> None:
    """Times are times of the site, spans are seconds, numbers are numbers, an open call has no end."""
    rows = sheet(history_file(CALLS, words(), kind="xlsx", named=True), "Nurse calls")
    assert rows[0] == HEADINGS
    nine = datetime(2026, 3, 2, 9)
    assert rows[1] == (
        nine, "Medical ward 1", "28", "'@SUM(1)", "Care grade 1", "Call", 5, 1, 0,
        nine + timedelta(seconds=10), "'=HYPERLINK(0)", 10, nine + timedelta(seconds=40), 40, None,
        nine + timedelta(seconds=100), "reset", None, 100,
    )  # fmt: skip
    assert (rows[2][2], rows[2][3], rows[2][13:17], rows[2][18]) == ("加1", "王 芳", (None, None, None, "open"), None)
    assert (rows[3][5], rows[3][13], rows[3][16:18]) == ("not-there", None, ("cancelled", "郑洁"))


def test_a_csv_of_the_history_says_that_it_is_utf_8() -> None:
    """And has the same cells, in Chinese."""
    content = history_file(CALLS, words("zh"), kind="csv", named=True)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["呼叫时间", "病区", "床位", "患者"]
    assert rows[1][:4] == ["2026-03-02 09:00:00", "内科一病区", "28", "'@SUM(1)"]
    assert rows[3][-3] == "远程取消"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_of_patients_are_there_only_when_asked_for(kind: TableFormat) -> None:
    """Neither the column nor the names."""
    call = a_call(patient="乐正平")
    content = history_file([call], words(), kind=kind, named=False)
    text = content.decode() if kind == "csv" else str(sheet(content, "Nurse calls"))
    assert "乐正平" not in text
    assert "Patient" not in text


@given(st.text())
def test_no_text_is_ever_a_formula(text: str) -> None:
    """Whatever somebody calls himself: a spreadsheet takes it for text, and it can be written."""
    cell = sheets.harmless(text)
    assert isinstance(cell, str)
    assert not cell.lstrip().startswith(sheets.FORMULA)
    assert all(sign.isprintable() or ord(sign) > 0x7F for sign in cell)


@given(st.tuples(st.sampled_from(["", "'", "''", "=", "'＋", "''-"]), st.text()).map("".join))
def test_what_was_made_harmless_is_read_as_it_was_meant(text: str) -> None:
    """Whatever it begins with, once its control characters and the blanks around it are gone."""
    cell = sheets.harmless(text)
    assert isinstance(cell, str)
    assert sheets.meant(cell.strip()) == re.sub(r"[\x00-\x1f\x7f]", " ", text).strip()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1+1", "\r\n=1"])
def test_what_would_be_calculated_gets_an_apostrophe(text: str) -> None:
    """Also behind blanks, also in wide signs."""
    assert str(sheets.harmless(text)).startswith("'")


def test_more_than_a_sheet_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, rather than as a file that no spreadsheet opens."""
    monkeypatch.setattr(sheets, "MOST", 2)
    history_file(CALLS[:2], words(), kind="xlsx", named=True)
    with pytest.raises(sheets.TooManyRows, match="shorter period"):
        history_file(CALLS, words(), kind="xlsx", named=True)


def test_an_analysis_has_a_sheet_for_each_table() -> None:
    """With the figures as numbers."""
    monday = datetime(2026, 3, 2).date()
    calls: list[PastCall] = [a_call("1", waited=100), a_call("2", waited=500, ward="ward-b", escalations=1)]
    content = workbook(analyse(calls, PLAN, monday, monday, SHANGHAI, START), words())
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == [
        "Figures", "By ward", "By type", "By shift", "By staff", "By bed", "By hour", "By day", "Hours of the week",
    ]  # fmt: skip
    figures = {row[0]: row[1] for row in sheet(content, "Figures")}
    assert (figures["Nurse calls"], figures["Passed on"], figures["At the bed: 50% (s)"]) == (2, 1, 100)
    assert (figures["Over target"], figures["Over target (%)"]) == (1, 50)
    assert [row[:2] for row in sheet(content, "By ward")[1:]] == [("Medical ward 1", 1), ("Surgical ward 2", 1)]
    assert sheet(content, "Hours of the week")[1][:11] == ("Monday", *[0] * 9, 2)
