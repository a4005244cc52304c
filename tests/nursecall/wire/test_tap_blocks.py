"""Blocks of TAP 1.8 against the standard's own vector and the field's habits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.tap import Block, Page, checksum, encode_page, read_page
from nursecall.wire.tap_blocks import is_right

VECTOR = b"\x02123\rABC\r\x03"


def joined(blocks: list[bytes]) -> bytes:
    """The bodies of `blocks`, one after the other."""
    return b"".join(Block(block).body for block in blocks)


def test_the_standards_vector_has_the_standards_check() -> None:
    """`STX 123 CR ABC CR ETX` gives `17;`."""
    assert checksum(VECTOR) == b"17;"
    assert encode_page("123", "ABC") == [VECTOR + b"17;"]
    assert read_page(VECTOR[1:-1]) == Page("123", "ABC", ("123", "ABC"))


def test_the_check_is_of_seven_bits_or_of_eight() -> None:
    """The standard's, and that of hosts on 8-bit lines that add whole bytes."""
    block = "\x0228\r呼叫\r\x03".encode("gb18030")
    assert is_right(block, checksum(block))
    assert is_right(block, bytes(0x30 + (sum(block) >> shift & 15) for shift in (8, 4, 0)))
    assert not is_right(block, b"000")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"123\rABC\r", ("123", "ABC")),
        (b"123\rABC", ("123", "ABC")),
        (b"123\r\nABC\r\n", ("123", "ABC")),
        (b"123\rA\nBC\r", ("123", "A\nBC")),
        (b"123\r\r", ("123", "")),
        (b"123\r", ("123",)),
        (b"123\rtab\x1aIbell\x1aG\r", ("123", "tab\tbell\x07")),
    ],
)
def test_fields_end_with_cr(body: bytes, fields: tuple[str, ...]) -> None:
    """Or with CR LF, or the last one with nothing; control characters come as SUB and a letter."""
    page = read_page(body)
    assert page is not None
    assert page.fields == fields


def test_fields_after_the_second_belong_to_the_text() -> None:
    """And the pager loses its blanks."""
    assert read_page(b" 28 \rbed\rcall\r") == Page("28", "bed\ncall", (" 28 ", "bed", "call"))


@pytest.mark.parametrize("body", [b"", b"\r", b"  \rtext\r", b"\n"])
def test_a_page_without_a_pager_is_none(body: bytes) -> None:
    """There would be nobody to page."""
    assert read_page(body) is None


def test_text_is_guessed_or_read_as_the_plan_says() -> None:
    """UTF-8 and GB18030."""
    for encoding in ("utf-8", "gb18030"):
        body = "28\r28床 呼叫\r".encode(encoding)
        assert read_page(body) == read_page(body, encoding) == Page("28", "28床 呼叫", ("28", "28床 呼叫"))


def test_a_long_page_is_split_in_the_middle_of_a_field() -> None:
    """US, no CR before it; the whole of a block is 256 characters at most."""
    blocks = [Block(block) for block in encode_page("28", "0123456789" * 60)]
    assert [block.terminator for block in blocks] == [b"\x1f", b"\x1f", b"\x03"]
    assert [len(block.raw) for block in blocks] == [255, 255, 109]
    assert not blocks[0].body.endswith(b"\r")


def test_a_page_is_split_between_fields_with_etb() -> None:
    """Where the field just ends."""
    blocks = [Block(block) for block in encode_page("2" * 249, "text")]
    assert [block.terminator for block in blocks] == [b"\x17", b"\x03"]


def test_no_two_blocks_of_a_page_that_follow_each_other_are_alike() -> None:
    """They could not be told from one said twice."""
    blocks = encode_page("2", "x" * 5000)
    assert all(one != other for one, other in pairwise(blocks))
    assert read_page(joined(blocks)) == Page("2", "x" * 5000, ("2", "x" * 5000))


@given(st.text(st.characters(codec="gb18030"), max_size=600))
def test_any_text_comes_back(text: str) -> None:
    """Control characters, Chinese, and no block longer than 256 with its CR."""
    blocks = encode_page("28", text, "gb18030")
    assert read_page(joined(blocks), "gb18030") == Page("28", text, ("28", text))
    assert all(len(block) <= 255 and checksum(block[:-3]) == block[-3:] for block in blocks)
