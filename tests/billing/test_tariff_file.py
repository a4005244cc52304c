"""A tariff as CSV and XLSX: what was written is read as it was; rows are named as spreadsheets number them."""

from __future__ import annotations

import io
from datetime import time
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.values import Money, yuan
from billing.charge import Rate
from billing.tariff_csv import TariffFaulty, parse
from billing.tariff_file import HEADING, as_csv, as_xlsx, text_of

AMOUNTS = st.integers(0, 99_999_999).map(Money)
NAMES = st.tuples(
    st.sampled_from(["", "", "＋", "=", "'", "'=", "''＠"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=61),
).map("".join)
SECONDS = st.integers(0, 1439).map(lambda minute: 60 * minute)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    """Any row that a tariff may have, of a prefix of its own."""
    begins, ends = draw(
        st.tuples(SECONDS, SECONDS.map(lambda second: second + 60)).filter(lambda two: two[0] != two[1])
    )
    timed, least = draw(st.booleans()), draw(st.one_of(st.just(Money(0)), AMOUNTS))
    return Rate(
        str(draw(st.integers(1, 10**15 - 1))),
        draw(NAMES),
        draw(st.sampled_from(["", "workday", "restday", "holiday"])),
        begins if timed else None,
        ends if timed else None,
        draw(AMOUNTS),
        draw(AMOUNTS),
        draw(st.integers(1, 99_999)),
        draw(st.integers(1, 99_999)),
        draw(st.integers(0, 99_999)),
        least,
        draw(st.one_of(st.none(), AMOUNTS.map(lambda more: Money(least + more)))),
    )


def book(*rows: tuple[Any, ...]) -> bytes:
    """A workbook as somebody typed it."""
    found = openpyxl.Workbook()
    sheet = found.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    found.save(file)
    return file.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.lists(rates(), min_size=1, max_size=6, unique_by=lambda rate: rate.prefix))
def test_what_is_exported_is_imported_again_as_it_was(found: list[Rate]) -> None:
    """Every column, exactly, through both kinds of files; names that look like formulas too."""
    assert parse(text_of(as_csv(found))) == found
    assert parse(text_of(as_xlsx(found, "retail"))) == found


def test_a_workbook_as_people_make_it() -> None:
    """Numbers for prefixes, a time of day for an hour, a sum that is not quite 0.3, empty rows and cells."""
    sheet = book(
        HEADING,
        (86571, "杭州", None, None, None, 0.1 + 0.2, 0, 60, 60.0, None, None, None),
        (None, None, " "),
        ("861", "手机", "workday", time(21), time(7, 30), 0.3333, None, 6, 6, 5, 0.5, 20, None, ""),
    )
    assert parse(text_of(sheet)) == [
        Rate("86571", "杭州", per_minute=yuan("0.3")),
        Rate(
            "861",
            "手机",
            "workday",
            21 * 3600,
            7 * 3600 + 1800,
            yuan("0.3333"),
            yuan(0),
            6,
            6,
            5,
            yuan("0.5"),
            yuan(20),
        ),
    ]


def test_a_bad_row_of_a_workbook_is_named_as_the_spreadsheet_numbers_it() -> None:
    """Empty rows count."""
    with pytest.raises(TariffFaulty) as refused:
        parse(
            text_of(
                book(HEADING, (86, "x", "", "", "", 1, "", 60, 60), (), ("+86", "", "", "", "", "dear", "", 60, 60))
            )
        )
    assert [(fault.row, fault.field) for fault in refused.value.faults] == [(4, "prefix"), (4, "rate_per_minute")]


def test_text_of_a_chinese_windows_is_read_too() -> None:
    """Excel there saves CSV as GB18030."""
    text = "prefix,name,rate_per_minute,first_seconds,next_seconds\n86,中国大陆,0.3,60,60\n"
    assert parse(text_of(text.encode("gb18030")))[0].name == "中国大陆"
    assert parse(text_of(text.encode("utf-8-sig")))[0].name == "中国大陆"


@pytest.mark.parametrize("content", [b"PK\x03\x04 and then nothing", b"\xff\xfe\x00\x80"])
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    """In both languages, by row."""
    with pytest.raises(TariffFaulty) as refused:
        text_of(content)
    assert [fault.row for fault in refused.value.faults] == [1]
    assert refused.value.text("zh") != refused.value.text("en")
