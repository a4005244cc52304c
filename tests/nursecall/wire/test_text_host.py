"""Text hosts: frames of every layout, however they come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nursecall.wire.text_host import (
    CUT_SHORT,
    LONGEST,
    NOISE,
    OTHER_ENCODING,
    SILENCE,
    TOO_LONG,
    WRONG_CHECK,
    Event,
    Frame,
    Garbled,
    Layout,
    Reader,
    TextHost,
)
from nursecall.wire.text_printer import PATIENCE, Printed, Printer

CHECKS: list[dict[str, Any]] = [
    {"check": check, "check_as": form} for check in ("xor", "sum") for form in ("byte", "hex")
] + [{}]
LAYOUTS = [
    Layout(**frame, **check)
    for check in CHECKS
    for frame in (
        dict[str, Any](framing="lines"),
        {"framing": "stx-etx"},
        {"framing": "fixed", "length": 6},
        *([{"framing": "stx-etx", "check_over": over} for over in ("text+etx", "stx+text+etx")] if check else []),
    )
]


def read(layout: Layout, *chunks: bytes) -> list[Event]:
    """All that comes of it, the end included."""
    reader = Reader(layout)
    return [event for chunk in chunks for event in reader.feed(chunk)] + reader.flush()


def texts(events: list[Event]) -> list[str]:
    """What the good frames say."""
    return [event.text for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize(
    ("layout", "data"),
    [
        (Layout(), b"bed 28 call\r\n"),
        (Layout(), b"\nbed 28 call\r"),
        (Layout("stx-etx"), b"\x02bed 28 call\x03"),
        (Layout("fixed", 11), b"bed 28 call"),
        # Worked by hand: 62^65^64^20^32^38^20^63^61^6c^6c = 6b; the sum of the same is 371, modulo 256 71.
        (Layout(check="xor", check_as="hex"), b"bed 28 call6b\n"),
        (Layout(check="xor"), b"bed 28 call\x6b\r\n"),
        (Layout(check="sum", check_as="hex"), b"bed 28 call71\r\n"),
        (Layout("stx-etx", check="xor", check_over="text+etx"), b"\x02bed 28 call\x03\x68"),
        (Layout("stx-etx", check="xor", check_over="stx+text+etx"), b"\x02bed 28 call\x03\x6a"),
        (Layout("fixed", 11, check="sum"), b"bed 28 call\x71"),
    ],
)
def test_a_frame_of_each_layout(layout: Layout, data: bytes) -> None:
    """Bytes as a host's manual would give them."""
    assert texts(read(layout, data)) == ["bed 28 call"]
    assert texts(read(layout, data * 3)) == ["bed 28 call"] * 3


def test_a_frame_of_bytes_is_spelled_in_hexadecimal() -> None:
    """Bed 28 as 1C, its check an XOR: AA ^ 1C ^ 02 = B4."""
    layout = Layout("fixed", 3, check="xor", encoding="hex")
    assert read(layout, bytes.fromhex("aa1c02b4")) == [Frame("AA1C02", bytes.fromhex("aa1c02b4"))]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=40, deadline=None)
@given(texts_=st.lists(st.from_regex(r"[a-z0-9床]{1,3} [0-9]", fullmatch=True), max_size=6), seed=st.randoms())
def test_what_is_printed_is_heard_however_it_is_chopped(layout: Layout, texts_: list[str], seed: Any) -> None:
    """Every layout; a check that looks like a line's end too."""
    data = b"".join(map(layout.encode, texts_))
    cuts = sorted(seed.randrange(len(data) + 1) for _ in range(8))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    filled = [text.encode("gb18030")[:6].ljust(6).decode("gb18030", "replace") for text in texts_]
    expected = filled if layout.framing == "fixed" else texts_
    assert texts(read(layout, *chunks)) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.just(b"\x0228 call\x03\r\n")), max_size=8))
def test_whatever_comes_the_chunks_do_not_matter(layout: Layout, chunks: list[bytes]) -> None:
    """No exception, the same events, and no byte is told twice."""
    events = read(layout, *chunks)
    assert read(layout, b"".join(chunks)) == events
    told = [event.raw if isinstance(event, Frame) else event.data for event in events]
    told = [data for event, data in zip(events, told, strict=True) if getattr(event, "why", "") != OTHER_ENCODING]
    assert sum(map(len, told)) <= sum(map(len, chunks))


@pytest.mark.parametrize(
    "layout", [layout for layout in LAYOUTS if layout.framing != "fixed" or layout.check != "none"]
)
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_a_good_frame_after_rubbish_is_found(layout: Layout, rubbish: bytes) -> None:
    """The second at the latest: the first may be taken for the rest of what had begun. Fixed frames need a pause."""
    good, reader = layout.encode("28call"), Reader(layout)
    reader.feed(rubbish)
    if layout.framing == "fixed":
        reader.flush()
    assert texts(reader.feed(good * 2) + reader.flush())[-1] == "28call"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_garbage_without_end_costs_no_memory(layout: Layout) -> None:
    """Bounded, and told in pieces."""
    reader = Reader(layout)
    for _ in range(300):
        reader.feed(b"\x02" + b"x" * 999)
    assert len(reader._pending) + len(reader._noise) <= 2 * LONGEST + 1024


@pytest.mark.parametrize(
    ("layout", "data", "events"),
    [
        (Layout("stx-etx"), b"xy\x0228\x03", [Garbled(NOISE, b"xy"), Frame("28", b"\x0228\x03")]),
        (Layout("stx-etx"), b"\x0228\x0229\x03", [Garbled(CUT_SHORT, b"\x0228"), Frame("29", b"\x0229\x03")]),
        (Layout(check="xor", check_as="hex"), b"28ZZ\n", [Garbled(WRONG_CHECK, b"28ZZ\n")]),
        (Layout(), b"28", [Garbled(CUT_SHORT, b"28")]),
        (Layout(), b"x" * LONGEST, [Garbled(TOO_LONG, b"x" * LONGEST)]),
        (Layout(encoding="ascii"), b"28\xff\n", [Frame("28\ufffd", b"28\xff\n"), Garbled(OTHER_ENCODING, b"28\xff\n")]),
        (Layout("stx-etx"), b"\r\n\x0228\x03\r\n", [Frame("28", b"\x0228\x03")]),
    ],
)
def test_what_is_wrong_is_told(layout: Layout, data: bytes, events: list[Event]) -> None:
    """And in an encoding that does not fit, the call is still heard."""
    assert read(layout, data) == events


def test_each_good_frame_is_answered_once() -> None:
    """A bad one is not."""
    host = TextHost(Layout(check="xor", check_as="hex"), b"\x06")
    layout = Layout(check="xor", check_as="hex")
    host.feed(layout.encode("28") + b"29ZZ\r\n" + layout.encode("30"), 5.0)
    assert (host.outgoing(), host.outgoing()) == (b"\x06\x06", b"")
    assert host.heard_at == 5.0


def test_half_a_frame_is_given_up_after_a_while() -> None:
    """The rest would be the next frame's."""
    host = TextHost(Layout())
    host.feed(b"28", 1.0)
    assert host.deadline == 1.0 + SILENCE
    assert host.tick(1.5) == []
    assert host.tick(2.0) == [Garbled(CUT_SHORT, b"28")]
    assert host.deadline is None
    assert host.feed(b"29\n", 3.0) == [Frame("29", b"29\n")]
    host.feed(b"half", 4.0)
    host.lost(4.5)
    assert host.feed(b"30\n", 5.0) == [Frame("30", b"30\n")]


def test_a_printer_that_wants_an_answer_repeats_until_it_has_one() -> None:
    """One frame at a time, kept while the line is out."""
    printer = Printer(Layout(), b"\x06")
    first = printer.send("1", 0.0)
    assert printer.deadline is None
    printer.begin(1.0)
    printer.tick(1.0)
    second = printer.send("2", 1.0)
    assert (printer.outgoing(), printer.pending) == (b"1\r\n", 2)
    printer.tick(1.0 + PATIENCE)
    assert printer.outgoing() == b"1\r\n"
    assert printer.feed(b"x\x06", 4.0) == [Printed(first)]
    assert printer.outgoing() == b"2\r\n"
    printer.lost(5.0)
    printer.begin(6.0)
    printer.tick(6.0)
    assert printer.outgoing() == b"2\r\n"
    assert printer.feed(b"\x06", 6.0) == [Printed(second)]
    assert printer.deadline is None


def test_a_printer_that_wants_no_answer_just_prints() -> None:
    """All at once."""
    printer = Printer(Layout("stx-etx"))
    printer.begin(0.0)
    tickets = [printer.send("1", 0.0), printer.send("2", 0.0)]
    assert printer.tick(0.0) == [Printed(ticket) for ticket in tickets]
    assert printer.outgoing() == b"\x021\x03\x022\x03"
