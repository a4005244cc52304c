"""What a line seems to be is judged by what our own codecs put on it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire import text_host
from nursecall.wire.modbus_frames import read_request
from nursecall.wire.recognise import Guess, recognise

POLLING = b"\x042\x05" * 5
BLOCK = b"\x011\x021\x1f0028\x1e2\x1fBed 28 call\x03\x51"


def with_parity(data: bytes, *, odd: bool = False) -> bytes:
    """As eight bits without parity hear seven bits with it."""
    return bytes(byte | (byte.bit_count() % 2 != odd) << 7 for byte in data)


def test_silence() -> None:
    """Nothing is nothing."""
    assert recognise(b"") == Guess("silent")


@pytest.mark.parametrize("data", [POLLING, POLLING + b"1\x052\x05" + BLOCK + b"\x04"])
def test_a_host_that_polls(data: bytes) -> None:
    """ESPA 4.4.4, at eight bits and at seven with either parity; whom it polls is our address."""
    own = "2"
    assert recognise(data) == Guess("espa444", own=own)
    assert recognise(with_parity(data)) == Guess("espa444", 7, "even", own)
    assert recognise(with_parity(data, odd=True)) == Guess("espa444", 7, "odd", own)


def test_a_host_that_polls_others_too() -> None:
    """Who is not told is not guessed."""
    assert recognise(b"\x043\x05\x044\x05" * 3).own == ""


def test_a_paging_host() -> None:
    """TAP knocks until it is asked for its id; and logs on."""
    assert recognise(with_parity(b"\r\r\r\r", odd=False)) == Guess("tap", 7, "even")
    assert recognise(b"\r\r") == Guess("tap")
    assert recognise(b"\r\x1bPG1\r").kind == "tap"


def test_another_master_of_modules() -> None:
    """Modbus RTU: two requests whose checks are right."""
    assert recognise(read_request(3, 0, 16) + read_request(4, 0, 16)).kind == "modbus"


@pytest.mark.parametrize("text", ["一病区 28床 呼叫", "Ward 1 bed 28 call"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_host_that_prints(text: str, encoding: str) -> None:
    """Lines and frames; in which characters is told where it can be."""
    named = "utf-8" if encoding == "utf-8" and not text.isascii() else "gb18030"
    line = text.encode(encoding)
    assert recognise(b"tick 12:00\r\n" + line + b"\r\n") == Guess("text", framing="lines", encoding=named, text=text)
    layout = text_host.Layout("stx-etx", encoding=encoding)  # type: ignore[arg-type]
    framed = b"\x02" + layout.encode(text) + b"\x03"
    assert recognise(framed) == Guess("text", framing="stx-etx", encoding=named, text=text)


def test_the_wrong_speed_makes_no_sense() -> None:
    """Of a thousand stretches of noise not one is taken for a host that polls, prints or reads modules."""
    noise = random.Random(7)
    kinds = [recognise(noise.randbytes(64)).kind for _ in range(1000)]
    assert set(kinds) == {"garbled"}


@given(st.binary(max_size=200))
def test_anything_is_something(data: bytes) -> None:
    """Never an exception."""
    assert recognise(data).kind in ("silent", "garbled", "espa444", "tap", "modbus", "text")
