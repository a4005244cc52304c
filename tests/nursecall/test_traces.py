"""What went over a line: kept, bounded, saved, and read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.bus import Bus
from nursecall.captures import NoCapture, Part, in_order, of_trace, read
from nursecall.line_words import in_words, traced, tried
from nursecall.plan_lines import AnyLine, EspaLine, EspaxLine, ModbusLine, TapLine, TextLine
from nursecall.reading import Ended, Press, Terminal
from nursecall.traces import BYTES, CONTEXT, PIECES, Trace, Traced, Traces, as_json, as_text
from nursecall.wire.decode import decode_espa444
from nursecall.wire.espa444 import Call, Reset
from nursecall.wire.espax import Client, Started
from nursecall.wire.modbus_frames import read_answer, read_request
from nursecall.wire.tap import encode_page
from tests.fakes.clock import FakeClock

ESPA = EspaLine.model_validate({"id": "w1", "ward": "a", "device": "w1", "types": {"WC": "wc"}})
POLL, NOTHING = b"\x042\x05", b"\x04"


def trace() -> Trace:
    """An empty one."""
    return Trace(FakeClock())


def test_an_idle_line_is_counted_not_kept() -> None:
    """Ten thousand polls; then a call, with what came right before and after it."""
    here = trace()
    for _ in range(10_000):
        here.heard(POLL)
        here.said(NOTHING)
    quiet = len(here.pieces())
    assert quiet <= 2 * CONTEXT
    here.heard(b"call")
    here.told("a press")
    for _ in range(100):
        here.heard(POLL)
        here.said(NOTHING)
    fresh = here.pieces()[quiet:]
    assert [piece.data for piece in fresh].index(b"call") == CONTEXT
    assert fresh[0].idle == 20_000 - quiet - CONTEXT
    assert fresh[CONTEXT].told == ("a press",)
    assert CONTEXT < len(fresh) <= 4 * CONTEXT


def test_what_is_told_later_stays_with_the_piece_that_was_heard() -> None:
    """Also when that piece seemed idle."""
    here = trace()
    for _ in range(100):
        here.heard(POLL)
        here.said(NOTHING)
    before = len(here.pieces())
    here.heard(POLL)
    here.told("something after all")
    assert [piece.told for piece in here.pieces()[before:]][-1] == ("something after all",)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=300)), max_size=60))
def test_a_trace_is_bounded(said: list[tuple[bool, bytes]]) -> None:
    """In pieces and in bytes; numbers grow, order is kept."""
    here = trace()
    for _ in range(60):
        for to_us, data in said:
            (here.heard if to_us else here.said)(data)
    pieces = here.pieces()
    assert len(pieces) <= PIECES
    assert sum(len(piece.data) for piece in pieces) <= BYTES
    assert [piece.number for piece in pieces] == sorted({piece.number for piece in pieces})


def test_a_flood_costs_no_more_memory_than_the_bound() -> None:
    """Noise never repeats itself."""
    here = trace()
    for number in range(3000):
        here.heard(number.to_bytes(4, "big") * 128)
    assert sum(len(piece.data) for piece in here.pieces()) <= BYTES


def test_growth_is_told_once_until_asked_again() -> None:
    """Whoever watches is told once a second, not at each byte."""
    clock, bus, told = FakeClock(), Bus(), list[Traced]()
    bus.subscribe(Traced, told.append)
    traces = Traces(clock, bus)
    traces.tell("w1")
    traces.of("w1").heard(b"a")
    traces.of("w1").heard(b"b")
    traces.tell("w1")
    traces.tell("w1")
    assert told == [Traced("w1")]


def conversation() -> Trace:
    """A poll, a call in two pieces, a note."""
    here = trace()
    call = Call(text="28床 WC").encode("gb18030")
    here.note("opened")
    here.heard(POLL)
    here.said(NOTHING)
    here.heard(b"\x041\x052\x05")
    here.said(b"\x06")
    here.heard(call[:9])
    here.heard(call[9:])
    here.told(Press("a", "28", "wc"))
    here.said(b"\x06")
    return here


@pytest.mark.parametrize("form", [as_text, as_json])
def test_a_saved_trace_is_read_again(form: Any) -> None:
    """The bytes, which way, and where something was left out."""
    pieces = conversation().pieces()
    pieces[3].idle = 17
    meanings = [f"meaning {piece.number} 呼叫" for piece in pieces]
    capture = read("\n".join(form("w1", "espa444", zip(pieces, meanings, strict=True))))
    assert capture.wire == "espa444"
    assert capture.parts == [part for part in of_trace(pieces) if part.way != "note"]
    assert capture.parts[2].gap
    found = [facts for frames in in_order(decode_espa444, capture.parts) for facts in frames]
    assert [facts["event"] for facts in found].count("call") == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("01 02 0", "single hexadecimal digit"),
        ("01\nxyz", "line 2 of the input is not hexadecimal: xyz"),
        ("# nightbell trace: line w, tap; x\nrubbish", "line 2 is no line of a trace"),
        ('{"trace": "w", "wire": "tap"}\n{"way": "in"}', "line 2 is no line of a trace"),
        ('{"trace": "w"', "line 1 is no line of a trace"),
    ],
)
def test_what_is_no_capture_is_told_in_one_sentence(text: str, why: str) -> None:
    """With its line."""
    with pytest.raises(NoCapture, match=why):
        read(text)


def test_each_piece_has_the_frames_it_completes() -> None:
    """A block in two pieces belongs to the second."""
    events = [[facts["event"] for facts in frames] for frames in traced(ESPA, conversation().pieces())]
    assert events == [[], ["eot", "poll"], ["eot"], ["eot", "poll", "select"], ["ack"], [], ["call"], ["ack"]]


def test_where_pieces_were_left_out_reading_begins_anew() -> None:
    """Half a block before the gap is not glued to what comes after it."""
    block = Call(text="28").encode()
    parts = [Part(block[:5]), Part(block, gap=True)]
    assert [[facts["event"] for facts in frames] for frames in in_order(decode_espa444, parts)] == [
        ["garbled"],
        ["call"],
    ]


def test_frames_are_put_into_words() -> None:
    """As IT reads them."""
    assert in_words({"event": "call", "text": "28床 呼叫", "type": 3}) == 'call text="28床 呼叫" type=3'
    assert in_words({"event": "response", "input_status": [1, 0]}) == "response input_status=1,0"
    assert in_words({"event": "eot"}) == "eot"


def espax(**start: Any) -> bytes:
    """What a host sends to log in and start a process."""
    client = Client()
    client.begin(0.0)
    login = client.outgoing()
    client._session = "1"
    client.start(Started("ref", **start), 0.0)
    return login + client.outgoing()


LINES: dict[str, AnyLine] = {
    "text": TextLine.model_validate(
        {"id": "t", "ward": "a", "device": "t", "protocol": "text", "encoding": "utf-8", "types": {"WC": "wc"}}
    ),
    "tap": TapLine.model_validate({"id": "t", "ward": "a", "device": "t", "protocol": "tap", "types": {"WC": "wc"}}),
    "espax": EspaxLine.model_validate(
        {"id": "x", "ward": "b", "protocol": "espax", "types": {r"WC|\[Emergency\]": "wc"}, "wards": {"One": "a"}}
    ),
    "modbus": ModbusLine.model_validate(
        {"id": "m", "ward": "a", "device": "m", "protocol": "modbus"}
        | {"units": [{"address": 5, "contacts": [
            {"input": 8, "bed": "28", "means": "wc"},
            {"input": 9, "bed": "27", "means": "fault", "normally": "closed"}]}]}
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "data"),
    [
        ("text", b"bed 28 WC\r\n"),
        ("tap", b"".join(encode_page("9", "28 WC")) + b"\r"),
        ("espax", espax(ward="One", bed="028", text="call", priority="Emergency")),
        ("espax", espax(ward="One", text="bed 28 WC")),
        ("modbus", read_request(5, 8, 2) + read_answer(5, [True, True])),
    ],
)
def test_captured_bytes_are_read_under_any_lines_plan(wire: str, data: bytes) -> None:
    """Whatever the wire, the bed in WC 28."""
    said = tried(LINES[wire], [Part(data)])
    assert [heard for one in said for heard in one.means] == [Press("a", "28", "wc")]


def test_captured_bytes_show_what_is_wrong() -> None:
    """A reset, and a block with a wrong check."""
    reset = Reset(text="28 WC").encode()
    said = tried(ESPA, [Part(reset + Call(text="1").encode()[:-1] + b"\x00")])
    assert said[0].means == (Ended("a", "28", "wc"),)
    assert said[1].facts["event"] == "garbled"
    assert said[1].facts["why"] == "wrong check character"


def test_a_contact_that_rests_closed_is_at_fault_when_open() -> None:
    """Both contacts open."""
    said = tried(LINES["modbus"], [Part(read_request(5, 8, 2) + read_answer(5, [False, False]))])
    assert said[-1].means == (Terminal("a", "27", False),)
