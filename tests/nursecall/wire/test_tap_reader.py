"""TAP bytes into words: however chopped, whatever comes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nursecall.wire.tap import Block, Garbled, encode_page
from nursecall.wire.tap_reader import LONGEST, Line, Prompt, Reader, Word

(BLOCK,) = encode_page("28", "bed 28 call")
WRONG = BLOCK[:-1] + bytes([BLOCK[-1] ^ 1])


def read(*chunks: bytes, seven_bit: bool = True) -> list[Word]:
    """All words, to the end."""
    reader = Reader(seven_bit=seven_bit)
    return [word for chunk in chunks for word in reader.feed(chunk)] + reader.flush()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\r", [Line(b"")]),
        (b"\r\n\n\r", [Line(b""), Line(b"")]),
        (b"\x1bPG1\r", [Line(b"\x1bPG1")]),
        (b"Welcome\r\n\r\nID=\r", [Line(b"Welcome"), Line(b""), Prompt()]),
        (b"Enter ID=", [Line(b"Enter "), Prompt()]),
        (b"110 1.8\r\x06\r\x1b[p\r", [Line(b"110 1.8"), Line(b"\x06"), Line(b"\x1b[p")]),
        (b"\n110 1.8\r\n\x06\r\n", [Line(b"110 1.8"), Line(b"\x06")]),
        (b"noise\x1b\x04\r", [Line(b"noise"), Line(b"\x1b\x04")]),
        (BLOCK + b"\r", [Block(BLOCK)]),
        (BLOCK + b"\r\n" + BLOCK + b"\r\n", [Block(BLOCK), Block(BLOCK)]),
        (b"\x11" + BLOCK[:5] + b"\x13\x00" + BLOCK[5:] + b"\r", [Block(BLOCK)]),
        (BLOCK, [Block(BLOCK)]),
        (BLOCK + b"\x04\r", [Block(BLOCK), Line(b"\x04")]),
        (b"noise" + BLOCK + b"\r", [Line(b"noise"), Block(BLOCK)]),
        (WRONG + b"\r" + BLOCK + b"\r", [Garbled("wrong check characters", WRONG, in_block=True), Block(BLOCK)]),
        (BLOCK[:-1] + b"\r", [Garbled("wrong check characters", BLOCK[:-1], in_block=True)]),
        (BLOCK[:9] + BLOCK + b"\r", [Garbled("cut short", BLOCK[:9], in_block=True), Block(BLOCK)]),
        (BLOCK[:9], [Garbled("cut short", BLOCK[:9], in_block=True)]),
        (b"x" * 256 + b"ID=", [Garbled("noise", b"x" * 256), Prompt()]),
        (b"\x02" + b"x" * LONGEST, [Garbled("too long", b"\x02" + b"x" * (LONGEST - 1), in_block=True), Line(b"x")]),
    ],
)
def test_words(data: bytes, words: list[Word]) -> None:
    """What the standard says, and what the field does."""
    assert read(data) == words


def test_parity_is_dropped() -> None:
    """7E1 read through 8N1."""
    with_parity = bytes(code | 0x80 if code.bit_count() % 2 else code for code in BLOCK + b"\r")
    assert read(with_parity) == [Block(BLOCK)]
    assert read(with_parity, seven_bit=False) != [Block(BLOCK)]


def test_silence_ends_a_response_and_not_what_somebody_types() -> None:
    """The ACK of a terminal that forgets its CR; the text of a person who thinks."""
    reader = Reader()
    reader.feed(b"\x06")
    assert reader.waiting
    reader = Reader()
    reader.feed(b"bed 2")
    assert not reader.waiting


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\r", b"\n", b"ID=", b"\x1bPG1\r", b"\x06\r", BLOCK, BLOCK + b"\r", WRONG, BLOCK[:7], b"17;"]),
)


@given(st.lists(PIECES, max_size=12).map(b"".join), st.data(), st.booleans())
@example(b"x" * 255 + b"ID=\r" + b"y" * 254 + b"\r\r\x02" + b"z" * 1100, None, True)
def test_however_the_bytes_are_chopped_the_words_are_the_same(
    data: bytes, chop: st.DataObject | None, seven_bit: bool
) -> None:
    """Byte by byte, or anyhow."""
    whole = read(data, seven_bit=seven_bit)
    assert read(*(data[at : at + 1] for at in range(len(data))), seven_bit=seven_bit) == whole
    if chop is not None:
        cuts = sorted(chop.draw(st.lists(st.integers(0, len(data)), max_size=8)))
        chunks = [data[one:other] for one, other in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        assert read(*chunks, seven_bit=seven_bit) == whole


@given(st.binary(max_size=4000))
def test_whatever_comes_little_is_kept_and_the_next_block_is_found(data: bytes) -> None:
    """After the silence that ends what has begun."""
    reader = Reader()
    for at in range(0, len(data), 100):
        reader.feed(data[at : at + 100])
        assert len(reader._pending) <= LONGEST
    reader.flush()
    assert Block(BLOCK) in reader.feed(BLOCK + b"\r")
