"""Frames and the finding of them, against the standard's vector, pymodbus' own framer, and rubbish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, ReadDiscreteInputsResponse

from nursecall.wire.modbus_decode import decode_modbus
from nursecall.wire.modbus_frames import (
    NOISE_PIECE,
    Garbled,
    Reader,
    answers,
    bytes_for,
    exception,
    inputs,
    read_answer,
    read_request,
    requests,
    sealed,
)

VECTOR = bytes.fromhex("05 02 00 00 00 08 78 48")

frames = st.one_of(
    st.builds(read_request, st.integers(1, 247), st.integers(0, 60_000), st.integers(1, 2000)),
    st.builds(read_answer, st.integers(1, 247), st.lists(st.booleans(), min_size=1, max_size=40)),
    st.builds(exception, st.integers(1, 247), st.just(2), st.integers(1, 11)),
)
pieces = st.lists(st.one_of(st.binary(max_size=40), frames), max_size=12)


def test_the_standards_request() -> None:
    """Eight inputs from 0 on, of unit 5."""
    assert read_request(5, 0, 8) == VECTOR


@given(st.integers(1, 247), st.integers(0, 60_000), st.integers(1, 2000))
def test_a_request_is_pymodbus_own(address: int, first: int, count: int) -> None:
    """Byte by byte."""
    theirs = FramerRTU(DecodePDU(False)).buildFrame(
        ReadDiscreteInputsRequest(dev_id=address, address=first, count=count)
    )
    assert read_request(address, first, count) == theirs


@given(st.integers(1, 247), st.lists(st.booleans(), min_size=1, max_size=2000))
def test_an_answer_is_pymodbus_own_and_says_which_are_closed(address: int, closed: list[bool]) -> None:
    """Whole bytes, the first input the lowest bit."""
    theirs = FramerRTU(DecodePDU(True)).buildFrame(ReadDiscreteInputsResponse(dev_id=address, bits=closed))
    assert read_answer(address, closed) == theirs
    assert inputs(theirs, len(closed)) == closed


def chopped(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` in pieces."""
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    return [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize("lengths", [requests, answers({5: 1, 17: 2, 200: 250})])
@given(said=pieces, cuts=st.lists(st.integers(0, 500)))
def test_however_the_bytes_are_chopped_the_same_is_found(lengths: object, said: list[bytes], cuts: list[int]) -> None:
    """Frames and noise alike; nothing is lost, nothing comes twice."""
    data = b"".join(said)
    whole, parts = Reader(lengths), Reader(lengths)  # type: ignore[arg-type]
    expected = [*whole.feed(data), *whole.flush()]
    found = [one for piece in chopped(data, cuts) for one in parts.feed(piece)] + parts.flush()
    assert found == expected
    assert b"".join(one.data if isinstance(one, Garbled) else one for one in found) == data


@given(said=pieces, cuts=st.lists(st.integers(0, 500)))
def test_however_a_capture_is_chopped_it_reads_the_same(said: list[bytes], cuts: list[int]) -> None:
    """Whatever the bytes, no exception."""
    data = b"".join(said)
    assert list(decode_modbus(chopped(data, cuts))) == list(decode_modbus([data]))


@given(noise=st.binary(max_size=600), address=st.integers(1, 247))
def test_a_request_is_found_after_any_noise(noise: bytes, address: int) -> None:
    """At once: nothing more need come."""
    asked = read_request(address, 0, 8)
    assert asked in Reader(requests).feed(noise + asked)


def test_noise_is_told_in_pieces() -> None:
    """A flood takes no more memory than a piece."""
    reader = Reader(requests)
    found = reader.feed(b"\xff" * 10_000)
    assert found == [Garbled(b"\xff" * NOISE_PIECE)] * (10_000 // NOISE_PIECE)
    assert reader.flush() == [Garbled(b"\xff" * (10_000 % NOISE_PIECE))]


def test_an_answer_cut_short_hides_the_next_one_only_until_the_line_is_quiet() -> None:
    """What looks like a beginning is given up, and read once more from its second byte on."""
    reader = Reader(answers({5: 250}))
    good = read_answer(5, [True] * 2000)
    assert reader.feed(b"\x05\x02\xfa" + good[:-1]) == []
    assert reader.feed(good[-1:] + b"\xff" * 3) == [Garbled(b"\x05\x02\xfa"), good]


class TestDecode:
    """A tap on the line, in the standard's words."""

    def test_a_poll_and_its_answer(self) -> None:
        """As a person reads them."""
        answer = read_answer(5, [True, False, False, True])
        assert list(decode_modbus([VECTOR + answer])) == [
            {
                "event": "request",
                "slave_address": 5,
                "function_code": 2,
                "starting_address": 0,
                "quantity": 8,
                "crc": "7848",
            },
            {
                "event": "response",
                "slave_address": 5,
                "function_code": 2,
                "byte_count": 1,
                "input_status": [1, 0, 0, 1, 0, 0, 0, 0],
                "crc": answer[-2:].hex(),
            },
        ]

    def test_an_answer_as_long_as_a_request_is_told_from_one(self) -> None:
        """Three bytes of inputs: who was asked answers."""
        answer = read_answer(5, [True] * 24)
        assert [one["event"] for one in decode_modbus([read_request(5, 0, 24) + answer])] == ["request", "response"]

    def test_an_exception(self) -> None:
        """With its code."""
        (said,) = decode_modbus([exception(5, 2, 2)])
        assert (said["event"], said["function_code"], said["exception_code"]) == ("exception", 0x82, 2)

    def test_other_traffic_on_a_shared_bus(self) -> None:
        """Registers read and written, coils written: what another master says is no noise."""
        said = [
            sealed(bytes.fromhex("11 03 006B 0003")),
            sealed(bytes.fromhex("11 03 06 022B 0000 0064")),
            sealed(bytes.fromhex("11 05 00AC FF00")),
            sealed(bytes.fromhex("11 05 00AC FF00")),
            sealed(bytes.fromhex("11 0F 0013 000A 02 CD01")),
            sealed(bytes.fromhex("11 0F 0013 000A")),
            sealed(bytes.fromhex("11 10 0001 0002 04 000A 0102")),
            sealed(bytes.fromhex("11 10 0001 0002")),
        ]
        heard = list(decode_modbus(said))
        assert [one["event"] for one in heard] == ["request", "response"] * 4
        assert heard[1]["register_value"] == [0x22B, 0, 0x64]
        assert (heard[2]["output_address"], heard[2]["output_value"]) == (0xAC, 0xFF00)
        assert heard[4]["outputs_value"] == [1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
        assert heard[6]["registers_value"] == [0xA, 0x102]

    def test_noise_and_a_wrong_check(self) -> None:
        """In hexadecimal; what follows is read."""
        wrong = VECTOR[:-1] + b"\x00"
        heard = list(decode_modbus([b"\xff\xff", wrong, VECTOR]))
        assert heard[0] == {
            "event": "garbled",
            "why": "no frame with a right CRC",
            "bytes": (b"\xff\xff" + wrong).hex(),
        }
        assert heard[1]["event"] == "request"


def test_bytes_for_inputs() -> None:
    """Rounded up."""
    assert [bytes_for(count) for count in (1, 8, 9, 2000)] == [1, 1, 2, 250]
