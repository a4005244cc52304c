"""Bytes to words: chopped, garbled, cut, flooded."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espa444 import Ack, Block, Call, Eot, Garbled, Nak, bcc, encode_block
from nursecall.wire.espa444_reader import LONGEST, Enq, Reader, Word

GOOD = Call(address="28", text="28床 呼叫", type=3).encode("gb18030")
BLOCK = Block(1, GOOD)
NOISE = st.binary(max_size=40)
PIECES = st.lists(
    st.one_of(
        NOISE,
        st.sampled_from(
            [GOOD, GOOD[:9], GOOD[:-1], GOOD[:-1] + b"1", GOOD[:-1] + b"\x01", b"\x04", b"2\x05", b"1\x15"]
        ),
    ),
    max_size=12,
)


def words(*chunks: bytes, seven_bit: bool = False) -> list[Word]:
    """What a fresh reader makes of `chunks`, and of silence after them."""
    reader = Reader(seven_bit=seven_bit)
    return [word for chunk in chunks for word in reader.feed(chunk)] + reader.flush()


def test_a_whole_exchange_is_read() -> None:
    """Poll, selection, block, answers."""
    exchange = b"\x041\x052\x05\x06" + GOOD + b"1\x15" + GOOD + b"\x06\x04"
    assert words(exchange) == [Eot(), Enq("1"), Enq("2"), Ack(), BLOCK, Nak(1), BLOCK, Ack(), Eot()]


@given(PIECES, st.data())
def test_however_the_bytes_are_chopped_the_words_are_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    """Chunks are an accident of the driver."""
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert words(*chunks) == words(stream) == words(*(bytes([byte]) for byte in stream))


@given(st.binary(max_size=300))
def test_a_good_block_is_found_after_any_rubbish_once_it_is_said_again(rubbish: bytes) -> None:
    """The worst rubbish can do is to end in a block whose check is right, or eats the first byte: not the second."""
    assert words(rubbish + b"\x04" + GOOD + b"\x04" + GOOD)[-1] == BLOCK


@given(st.lists(st.binary(max_size=60).filter(lambda noise: b"\x03" not in noise), max_size=6))
def test_rubbish_without_an_end_of_block_never_swallows_a_good_one(noises: list[bytes]) -> None:
    """A garbled prefix without ETX ends where the good block begins."""
    found = words(b"".join(noise + GOOD for noise in noises))
    assert found.count(BLOCK) == len(noises)


@pytest.mark.parametrize("length", range(1, len(GOOD)))
def test_a_cut_block_is_told_once_and_the_next_one_is_whole(length: int) -> None:
    """Wherever the cord was pulled, even between ETX and the check."""
    found = words(GOOD[:length] + GOOD)
    assert found[-1] == BLOCK
    assert [type(word) for word in found[:-1]] == [Garbled]


@pytest.mark.parametrize("at", range(3, len(GOOD) - 2))
def test_one_wrong_byte_never_makes_another_call(at: int) -> None:
    """The check finds it, and the repetition is read."""
    for wrong in range(256):
        if wrong != GOOD[at]:
            found = words(GOOD[:at] + bytes([wrong]) + GOOD[at + 1 :] + b"\x04" + GOOD)
            assert [word for word in found if isinstance(word, Block)] == [BLOCK]


@pytest.mark.parametrize("check", [code for code in range(256) if code != GOOD[-1]])
def test_a_wrong_check_is_told_once_whatever_byte_it_is(check: int) -> None:
    """Also when it looks like the beginning of a block, an address or an end."""
    found = words(GOOD[:-1] + bytes([check]) + GOOD)
    assert found == [Garbled("wrong check character", GOOD[:-1] + bytes([check]), in_block=True), BLOCK]


@given(st.binary(max_size=30))
def test_the_check_may_be_any_byte(data: bytes) -> None:
    """Control characters too: exactly one byte after ETX is the check."""
    clean = bytes(byte for byte in data if byte not in (1, 3, 4, 5))
    body = b"1\x021\x1f" + clean + b"\x03"
    raw = b"\x01" + body + bytes([bcc(body)])
    assert words(raw + b"\x04") == [Block(1, raw), Eot()]


@pytest.mark.parametrize("check", range(256))
def test_each_check_character_is_met(check: int) -> None:
    """Two bytes chosen so that the check comes out as each value in turn."""
    for first in range(0x20, 0x100):
        second = first ^ check ^ bcc(b"1\x021\x1f\x03")
        if second > 0x1F:
            raw = encode_block(1, [(1, bytes([first, second]))])
            assert raw[-1] == check
            assert words(raw) == [Block(1, raw)]
            return
    raise AssertionError("no such block")


def test_an_address_after_a_cut_block_is_an_address() -> None:
    """The host broke off and polls anew, without EOT."""
    assert words(GOOD[:8] + b"1\x052\x05") == [Garbled("cut short", GOOD[:8], in_block=True), Enq("1"), Enq("2")]


def test_a_block_without_end_is_given_up_at_a_length() -> None:
    """Memory is bounded, and the next good block is found."""
    endless = b"\x011\x02" + b"x" * 5000
    found = words(endless + GOOD)
    assert found[0] == Garbled("too long", endless[:LONGEST], in_block=True)
    assert found[-1] == BLOCK


def test_a_flood_keeps_no_memory_and_loses_no_good_block() -> None:
    """A megabyte of random bytes; every good block in between is found."""
    chance = random.Random(444)
    reader, found = Reader(), 0
    for _ in range(1000):
        flood = chance.randbytes(1000).replace(b"\x03", b"")
        found += reader.feed(flood + GOOD[: chance.randrange(len(GOOD))]).count(BLOCK)
        found += reader.feed(GOOD).count(BLOCK)
    assert found == 1000
    assert len(reader._pending) + len(reader._noise) < 2000


def test_parity_bits_are_dropped_only_when_configured() -> None:
    """7E1 read on an 8-bit device sets the eighth bit of every other byte."""
    plain = Call(address="28", text="BED 28").encode("ascii")
    with_parity = bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in plain)
    assert words(with_parity, seven_bit=True) == [Block(1, plain)]
    assert not any(isinstance(word, Block) for word in words(with_parity))


def test_new_lines_between_messages_are_not_noise() -> None:
    """Some hosts end each message with CR LF."""
    assert words(GOOD + b"\r\n" + GOOD + b"\r\n") == [BLOCK, BLOCK]
