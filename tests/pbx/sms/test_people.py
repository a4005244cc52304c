"""Lists of people, as people bring them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.people import MOST, Person, read_file, read_lines, together
from pbx.sms.trouble import Unsendable


@pytest.mark.parametrize(
    "text",
    [
        "王芳,13800138000\n李静,13900139000",
        "13800138000;王芳\n\n13900139000;李静\n",
        "姓名,手机\n王芳,13800138000\n李静,13900139000",
        "Name\tMobile\n王芳\t138 0013 8000\n李静\t13900139000",
        "王芳，13800138000\n李静、13900139000",
        "王芳 13800138000\n李静   13900139000",
        '"王芳","13800138000"\n"李静","13900139000"',
    ],
)
def test_names_and_numbers_in_either_order(text: str) -> None:
    """Whatever stands between them, with or without headings."""
    assert read_lines(text) == [Person("13800138000", "王芳"), Person("13900139000", "李静")]


def test_a_number_alone_is_enough_and_counts_once() -> None:
    """With the country code or without; the first name is kept."""
    assert read_lines("13800138000\n+8613800138000, 王芳") == [Person("13800138000")]
    assert together([[Person("1380", "a")], [Person("1380", "b"), Person("1390")]]) == [
        Person("1380", "a"), Person("1390")
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_chinese_spreadsheets_are_read(encoding: str) -> None:
    """As they come from Excel."""
    assert read_file("姓名,手机\r\n欧阳慧,13800138000\r\n".encode(encoding)) == [Person("13800138000", "欧阳慧")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("13800138000\n王芳", "Line 2: there is no telephone number in “王芳”."),
        ("x" * 65 + ",13800138000", "Line 1: the name is too long"),
        ("\n".join(f"138{n:08}" for n in range(MOST + 1)), "more than may be written to at once"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, sentence: str) -> None:
    """In one sentence, in both languages."""
    with pytest.raises(Unsendable, match=sentence) as refusal:
        read_lines(text)
    assert refusal.value.text("zh") != str(refusal.value)


@given(st.binary(max_size=300))
def test_whatever_file_is_brought(content: bytes) -> None:
    """A list, or a sentence."""
    with suppress(Unsendable):
        assert all(person.mobile for person in read_file(content))
