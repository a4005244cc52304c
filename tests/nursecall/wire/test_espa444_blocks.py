"""Blocks of ESPA 4.4.4 against the standard's own vector and the field's habits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.espa444 import Block, Call, Garbled, Message, Other, Reset, Status, StatusRequest, bcc, encode_block
from nursecall.wire.espa444_blocks import ACKNOWLEDGED, status_of

VECTOR = bytes.fromhex("01310231 1f313233 1e351f33 1e361f33 03 2d")


def block(header: int, **records: str) -> Block:
    """A block with records `r<number>`."""
    return Block(header, encode_block(header, ((int(name[1:]), value.encode()) for name, value in records.items())))


def test_the_standards_vector_has_the_standards_check() -> None:
    """`01 31 02 31 1f 31 32 33 1e 35 1f 33 1e 36 1f 33 03` gives 2d."""
    assert bcc(VECTOR[1:-1]) == 0x2D
    assert encode_block(1, [(1, b"123"), (5, b"3"), (6, b"3")]) == VECTOR


def test_the_standards_vector_is_read_with_only_its_own_records() -> None:
    """Address 123, three transmissions, normal priority; nothing is made up."""
    message = Block(1, VECTOR).message()
    assert message == Call(address="123", transmissions=3, priority=3)
    assert isinstance(message, Message)
    assert message.records() == {"address": "123", "transmissions": 3, "priority": 3}


@pytest.mark.parametrize(
    ("header", "kind"), [(1, Call), (2, Status), (3, StatusRequest), (4, Call), (5, Other), (7, Other)]
)
def test_each_header_has_its_meaning(header: int, kind: type[Message]) -> None:
    """Calls to pagers and to subscriber lines are calls; what the standard does not know is other."""
    assert isinstance(block(header, r1="28").message(), kind)


@pytest.mark.parametrize("header", [1, 4, 5])
def test_type_1_is_a_reset(header: int) -> None:
    """Record 4 = 1 ends a call, whatever header carries it."""
    message = block(header, r1="28", r4="1").message()
    assert isinstance(message, Reset)
    assert message.type == 1


@pytest.mark.parametrize(("header", "kind"), [(2, Status), (3, StatusRequest)])
def test_a_status_that_repeats_a_resets_data_is_no_reset(header: int, kind: type[Message]) -> None:
    """A status request repeats the identifying data of its call."""
    assert isinstance(block(header, r1="28", r4="1", r7="3").message(), kind)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_text_is_read_in_its_encoding_and_without_being_told(encoding: str) -> None:
    """Hosts on 8-bit lines send either; a capture does not say which."""
    call = Call(address="28", text="28床 卫生间呼叫", type=3)
    raw = call.encode(encoding)
    assert Block(1, raw).message(encoding) == call
    assert Block(1, raw).message() == call


def test_text_in_the_wrong_encoding_still_shows_its_digits() -> None:
    """A badly configured line must not lose a call."""
    message = Block(1, Call(text="28床 呼叫").encode("gb18030")).message("utf-8")
    assert isinstance(message, Call)
    assert message.text is not None
    assert message.text.startswith("28")


def test_a_separator_before_etx_and_unknown_records_do_no_harm() -> None:
    """Seen in the field."""
    raw = encode_block(1, [(1, b"28"), (9, b"x")])
    body = raw[1:-2] + b"\x1e\x03"
    message = Block(1, b"\x01" + body + bytes([bcc(body)])).message()
    assert message == Call(address="28", others=(("9", "x"),))


def test_numbers_that_are_none_stay_text() -> None:
    """What a host writes is shown, not guessed."""
    message = block(1, r3=" 2", r6="A").message()
    assert isinstance(message, Call)
    assert (message.beep, message.priority) == (2, "A")


def test_a_padded_record_number_is_read() -> None:
    """Seen in the field: a blank between STX and the number."""
    body = b"1\x02 1\x1f28\x1e2\x1fhello\x03"
    assert Block(1, b"\x01" + body + bytes([bcc(body)])).message() == Call(address="28", text="hello")


def test_omitted_records_have_their_defaults() -> None:
    """A standard call of normal priority, sent once; what was said stays, and how it beeps is the receiver's affair."""
    assert Call(address="28").complete() == Call(address="28", type=3, transmissions=1, priority=3)
    said = Call(address="28", beep=5, type=2, transmissions=3, priority=1)
    assert said.complete() == said


def test_a_status_repeats_what_identifies_the_call() -> None:
    """Also when a status was asked for, and whatever status stood there before."""
    call = Call(address="28", text="28床", type=3, priority=1)
    told = Status(address="28", text="28床", type=3, priority=1, status=6)
    assert status_of(call, ACKNOWLEDGED) == told
    assert status_of(StatusRequest(address="28", text="28床", type=3, priority=1, status=2), 6) == told
    assert Block(2, told.encode("gb18030")).message("gb18030") == told


def test_a_block_without_records_is_garbled() -> None:
    """Its check is right, but it says nothing."""
    body = b"1\x02nothing\x03"
    assert isinstance(Block(1, b"\x01" + body + bytes([bcc(body)])).message(), Garbled)


@given(st.text(max_size=60), st.text(max_size=16), st.sampled_from(["ascii", "gb18030", "utf-8"]))
def test_no_text_can_break_a_block(text: str, address: str, encoding: str) -> None:
    """Control characters and what the encoding lacks are replaced; the block stays whole."""
    raw = Call(address=address, text=text.encode("utf-8", "ignore").decode()).encode(encoding)
    assert raw.count(b"\x03", 0, -1) == 1
    assert isinstance(Block(1, raw).message(encoding), Call)


@given(st.binary(max_size=80))
def test_no_block_raises(data: bytes) -> None:
    """Whatever stands between STX and ETX."""
    body = b"1\x02" + data + b"\x03"
    Block(1, b"\x01" + body + bytes([bcc(body)])).message()
