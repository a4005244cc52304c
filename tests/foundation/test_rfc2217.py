"""RFC 2217 without a network: what a server may say, and what we say to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.rfc2217 import LONGEST, ComPort

DO_COM_PORT = bytes([255, 253, 44])


def port(baud: int = 1200) -> ComPort:
    """7E2."""
    made = ComPort(baud=baud, data_bits=7, parity="even", stop_bits=2)
    made.begin()
    return made


def answer(command: int, value: bytes) -> bytes:
    """The server's to a command of ours."""
    return bytes([255, 250, 44, 100 + command]) + value.replace(b"\xff", b"\xff\xff") + bytes([255, 240])


ANSWERS = answer(1, (1200).to_bytes(4, "big")) + answer(2, b"\x07") + answer(3, b"\x03") + answer(4, b"\x02")


def test_the_settings_are_asked_for_and_confirmed() -> None:
    """Bytes as in the RFC."""
    here = port()
    assert here.outgoing() == bytes([255, 251, 0, 255, 251, 3, 255, 251, 44, 255, 253, 0, 255, 253, 3])
    assert here.feed(DO_COM_PORT) == b""
    said = here.outgoing()
    assert bytes([255, 250, 44, 1, 0, 0, 4, 0xB0, 255, 240]) in said
    assert bytes([255, 250, 44, 2, 7, 255, 240, 255, 250, 44, 3, 3, 255, 240, 255, 250, 44, 4, 2, 255, 240]) in said
    states = [here.state]
    here.feed(ANSWERS)
    assert [*states, here.state] == ["asking", "ready"]


def test_a_setting_that_is_answered_otherwise_is_refused() -> None:
    """The server's port can only do 9600."""
    here = port()
    here.feed(DO_COM_PORT + answer(1, (9600).to_bytes(4, "big")))
    assert here.state == "refused"


def test_a_server_without_ports_says_so() -> None:
    """A plain telnet server."""
    here = port()
    here.feed(bytes([255, 254, 44]))
    assert here.state == "no-port"


def test_options_nobody_asked_for_are_refused_once() -> None:
    """ECHO, again and again: no endless talk."""
    here = port()
    here.outgoing()
    here.feed(bytes([255, 251, 1, 255, 253, 31]) * 50)
    assert here.outgoing() == bytes([255, 254, 1, 255, 252, 31])
    here.feed(bytes([255, 253, 0, 255, 251, 0]))
    assert here.outgoing() == b""


def test_every_byte_of_the_line_passes() -> None:
    """FF is doubled on the way, nothing else is touched."""
    everything = bytes(range(256)) + b"\r\n\r\0\xff\xff"
    assert port().feed(ComPort.sent(everything)) == everything


def test_a_subnegotiation_without_end_costs_no_memory() -> None:
    """Cut."""
    here = port()
    here.feed(bytes([255, 250, 44]) + b"x" * 100_000 + bytes([255, 240]) + b"on")
    assert len(here.feed(b"y")) == 1
    assert LONGEST < 1000


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([DO_COM_PORT, ANSWERS, b"\xff", b"\xff\xfa,"]))))
def test_whatever_comes_the_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """No exception, the same bytes, the same state."""
    once, bit_by_bit = port(), port()
    whole = once.feed(b"".join(chunks))
    assert b"".join(map(bit_by_bit.feed, chunks)) == whole
    assert (once.state, once.outgoing()) == (bit_by_bit.state, bit_by_bit.outgoing())


@pytest.mark.parametrize("baud", [300, 115200, 0xFF00])
def test_a_baud_rate_with_an_ff_in_it_is_doubled(baud: int) -> None:
    """As all else between SB and SE."""
    here = port(baud)
    here.outgoing()
    here.feed(DO_COM_PORT + answer(1, baud.to_bytes(4, "big")) + ANSWERS)
    assert here.state == "ready"
