"""A capture in words."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.decode import decode_espa444
from nursecall.wire.espa444 import Call, Other, Reset, Status, StatusRequest

VECTOR = bytes.fromhex("01310231 1f313233 1e351f33 1e361f33 03 2d")


def decoded(*chunks: bytes) -> list[dict[str, object]]:
    """All events."""
    return list(decode_espa444(chunks))


def test_the_standards_vector_is_a_call() -> None:
    """Only the records that were in it, numbers as numbers."""
    assert decoded(VECTOR) == [{"event": "call", "address": "123", "transmissions": 3, "priority": 3}]


def test_a_whole_exchange_reads_like_one() -> None:
    """Both directions mixed."""
    call = Call(address="28", text="28床 呼叫", beep=2, type=3)
    exchange = b"\x042\x05\x04\x041\x052\x05\x06" + call.encode("gb18030") + b"1\x15\x06\x04"
    assert decoded(exchange) == [
        {"event": "eot"},
        {"event": "poll", "address": "2"},
        {"event": "eot"},
        {"event": "eot"},
        {"event": "poll", "address": "1"},
        {"event": "select", "address": "2"},
        {"event": "ack"},
        {"event": "call", "address": "28", "text": "28床 呼叫", "beep": 2, "type": 3},
        {"event": "nak", "reason": 1},
        {"event": "ack"},
        {"event": "eot"},
    ]


def test_each_kind_of_block_has_its_name() -> None:
    """Reset, status, status request, other."""
    blocks = [
        Reset(address="28"),
        Status(address="28", status=3, system=1),
        StatusRequest(address="28"),
        Other(text="x"),
    ]
    assert decoded(*(block.encode() for block in blocks)) == [
        {"event": "reset", "address": "28", "type": 1},
        {"event": "status", "address": "28", "status": 3, "system": 1},
        {"event": "status-request", "address": "28"},
        {"event": "other", "text": "x"},
    ]


def test_rubbish_is_garbled_with_its_bytes() -> None:
    """A wrong check, noise, and a capture that ends in mid-block."""
    wrong = VECTOR[:-1] + b"\x2c"
    assert decoded(wrong, b"\xff\xfe", VECTOR, VECTOR[:7]) == [
        {"event": "garbled", "why": "wrong check character", "bytes": wrong.hex()},
        {"event": "garbled", "why": "noise", "bytes": "fffe"},
        {"event": "call", "address": "123", "transmissions": 3, "priority": 3},
        {"event": "garbled", "why": "cut short", "bytes": VECTOR[:7].hex()},
    ]


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(VECTOR)), max_size=8))
def test_everything_can_be_printed_and_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """Whatever the bytes, the same JSON."""
    events = decoded(*chunks)
    assert json.loads(json.dumps(events)) == events
    assert decoded(b"".join(chunks)) == events
