"""Time as a party sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Timer
from nursecall.dialogue import Dialogue, Stopwatch
from nursecall.wire import modbus
from nursecall.wire.espa444 import Call, Control, Delivered, Event, Station, encode_block
from tests.fakes.clock import START, FakeClock


def test_seconds_only_grow() -> None:
    """The wall clock is set back a day, then ahead by one: neither is time that passed."""
    clock = FakeClock()
    stopwatch = Stopwatch(clock)
    clock.advance(5)
    assert stopwatch.seconds() == 5
    clock._start = START - timedelta(days=1)
    assert stopwatch.seconds() == 5
    clock.advance(5)
    assert stopwatch.seconds() == 10
    clock._start = START + timedelta(days=1)
    assert stopwatch.seconds() <= 70


def test_a_party_goes_on_when_the_wall_clock_is_set_back() -> None:
    """A control station still polls."""
    clock, written = FakeClock(), list[bytes]()
    dialogue = Dialogue(Control("1", "2"), clock=clock, write=written.append, happened=lambda _event: None)
    dialogue.opened()
    clock.advance(0)
    clock._start = START - timedelta(days=1)
    for _ in range(30):
        clock.advance(1)
    assert len(written) > 5


def test_what_is_sent_while_closed_goes_out_when_opened() -> None:
    """The host keeps its calls."""
    clock, written, events = FakeClock(), list[bytes](), list[Event]()
    control = Control("1", "2")
    dialogue = Dialogue(control, clock=clock, write=written.append, happened=events.append)
    ticket = dialogue.do(lambda now: control.send(Call(address="28").encode(), now))
    clock.advance(60)
    assert written == []
    dialogue.opened()
    clock.advance(0)
    assert written == [b"\x041\x052\x05"]
    dialogue.received(b"\x06")
    dialogue.received(b"\x06")
    assert events == [Delivered(ticket)]


def test_a_call_is_acknowledged_only_when_it_was_taken() -> None:
    """Killed before the call is on record, we have not told the host that we have it: it says it again."""
    clock, written, taken = FakeClock(), list[bytes](), list[Deferred[None]]()

    def happened(event: Event) -> Deferred[None] | None:
        if not isinstance(event, Call):
            return None
        taken.append(Deferred())
        return taken[-1]

    dialogue = Dialogue(Station("2", "1"), clock=clock, write=written.append, happened=happened)
    dialogue.opened()
    dialogue.received(b"\x041\x052\x05")
    assert b"".join(written) == b"\x06"
    dialogue.received(encode_block(1, [(1, b"28")]))
    assert len(taken) == 1
    assert b"".join(written) == b"\x06"
    taken[0].callback(None)
    assert b"".join(written) == b"\x06\x06"


def test_nothing_is_said_on_a_line_that_was_lost_meanwhile() -> None:
    """The acknowledgement of a call that was taken after the cord was pulled goes nowhere."""
    clock, written, taken = FakeClock(), list[bytes](), Deferred[None]()
    dialogue = Dialogue(
        Station("2", "1"),
        clock=clock,
        write=written.append,
        happened=lambda event: taken if isinstance(event, Call) else None,
    )
    dialogue.opened()
    dialogue.received(b"\x041\x052\x05" + encode_block(1, [(1, b"28")]))
    said = list(written)
    dialogue.closed()
    taken.callback(None)
    assert written == said


def test_an_answer_that_came_while_we_were_busy_counts() -> None:
    """A timer that fires late proves nothing before the line was read: no module is missed for our own delay."""
    clock, written, fired = FakeClock(), list[bytes](), list[Callable[[], object]]()
    later = clock.later

    def noted(delay: timedelta, call: Callable[[], object]) -> Timer:
        fired.append(call)
        return later(delay, call)

    clock.later = noted  # type: ignore[method-assign]
    unit = modbus.Unit(5, 0, 8)
    master, slaves = modbus.Master([unit], byte_time=0.001), modbus.Slaves([unit])
    dialogue = Dialogue(master, clock=clock, write=written.append, happened=lambda _event: None)
    dialogue.opened()
    clock.advance(0.1)
    asked = list(written)
    slaves.feed(b"".join(asked), 0.1)
    overdue = fired[-1]
    clock.twisted.rightNow += 10  # nobody looks
    overdue()
    assert written == asked
    dialogue.received(slaves.outgoing())
    assert master.heard_at > 0
