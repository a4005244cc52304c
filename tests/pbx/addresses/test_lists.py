"""The address book as a file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.sheets import table_file
from pbx.addresses.book import compare
from pbx.addresses.entry import Entry, found
from pbx.addresses.lists import BadList, list_rows, read_list

STATION = Entry("血站值班", ("057185000000", "13800138001"), "市中心血站", "24 小时")
DEAN = Entry("周院长", ("13800000091",), "院办", vip=True)
BOOK = [STATION, DEAN, Entry("Zhang Wei", ("8081",), "Cardiology")]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_taken_away_is_what_was_loaded(form: str) -> None:
    """Through a spreadsheet and back."""
    rows = list_rows(BOOK)
    assert read_list(table_file(form, "book", rows)) == BOOK


def test_a_hospitals_own_list_is_understood() -> None:
    """Chinese headings in any order, several numbers a cell or a column, as people write them, GB18030."""
    head = "电话,姓名,电话2,重要,部门\r\n"
    text = f"{head}0571-8500 0000；（0571）85000001,血站,+86 138 0013 8000,,输血\r\n8081,张伟,,是,\r\n"
    station, wei = read_list(text.encode("gb18030"))
    assert station == Entry("血站", ("057185000000", "057185000001", "+8613800138000"), "输血")
    assert wei == Entry("张伟", ("8081",), vip=True)


def test_each_fault_has_its_file_row_and_column() -> None:
    """All at once, in the reader's language, and nothing is read."""
    text = "姓名,电话,部门,重要\n,8081,a,\n张伟,分机八零八一,a,maybe\n李娜,8082,b,\n李娜,8083,b,\n王芳,,c,\n"
    with pytest.raises(BadList) as why:
        read_list(text)
    assert why.value.lines("通讯录.csv", "en") == [
        "通讯录.csv: Row 2, name: must not be empty",
        "通讯录.csv: Row 3, number: '分机八零八一' is no telephone number",
        "通讯录.csv: Row 3, vip: 'maybe' is neither 1 nor 0",
        "通讯录.csv: Row 5, name: is in row 4 already",
        "通讯录.csv: Row 6, number: must not be empty",
    ]
    assert why.value.lines("通讯录.csv", "zh")[1].startswith("通讯录.csv")
    assert "电话" in why.value.lines("通讯录.csv", "zh")[1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Row 1, name: this column is missing"),
        ("name\nA\n", "Row 1, number: this column is missing"),
        ("name,number,colour\nA,8081,red\n", "Row 1, colour: there is no such column"),
        ("name,number\nA,8081,x\n", "Row 2: has more cells than the heading"),
        ("name,number\nA,11;22;33;44;55;66\n", "Row 2, number: are more than 5 numbers"),
    ],
)
def test_a_table_that_is_none_says_why(text: str, fault: str) -> None:
    """A sentence each."""
    with pytest.raises(BadList) as why:
        read_list(text)
    assert fault in why.value.lines("", "en")


@given(st.binary(max_size=200))
def test_no_file_does_harm(content: bytes) -> None:
    """Whatever is sent."""
    with suppress(BadList):
        assert isinstance(read_list(content), list)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("周", ["周院长"]),
        ("zyz", ["周院长"]),
        ("zhouyuan", ["周院长"]),
        ("1380", ["血站值班", "周院长"]),
        ("ZHANG card", ["Zhang Wei"]),
        ("xzzb 8500", ["血站值班"]),
        ("nobody", []),
    ],
)
def test_somebody_is_found_by_whatever_is_typed(typed: str, names: list[str]) -> None:
    """Parts of names, numbers, pinyin whole or by its first letters."""
    assert [entry.name for entry in found(BOOK, typed, 10)] == names
    assert len(found(BOOK, "", 2)) == 2


def test_what_a_list_would_do() -> None:
    """The same by name and department; only a whole list removes."""
    there = [replace(one, id=str(at)) for at, one in enumerate(BOOK)]
    wanted = [replace(DEAN, numbers=("13800000092",)), STATION, Entry("新人", ("8090",))]
    changes = compare(there, wanted, whole=False)
    assert [one.name for one in changes.added] == ["新人"]
    assert [(one.id, one.numbers) for one in changes.changed] == [("1", ("13800000092",))]
    assert (changes.same, changes.removed) == (1, ())
    assert [one.name for one in compare(there, wanted, whole=True).removed] == ["Zhang Wei"]
