"""Written down, then told; told anyway when it cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from nursecall.calls import CallFacts
from nursecall.events import CallNotStored, CallRepeated
from nursecall.scribe import DEADLINE, RETRY, Scribe
from nursecall.store import Change
from tests.fakes.clock import START, FakeClock
from tests.support import now

OUT_OF_ORDER = sa.exc.OperationalError("INSERT", {}, Exception("disk full"))
REFUSED = sa.exc.DataError("INSERT", {}, Exception("value too long"))


def change(number: int, call: str = "c") -> Change:
    """The change with which `call` was pressed for the `number`th time."""
    facts = CallFacts(
        id=call, ward="w1", bed="28", call_type="call", priority=3, line="l1", raised_at=START, changes=number
    )
    return Change.of(facts, [CallRepeated(at=START, presses=number, **facts.subject())])


class Desk:
    """A scribe whose every write ends when and as the test says."""

    def __init__(self, *, start: bool = True) -> None:
        self.clock = FakeClock()
        self.bus = Bus()
        self.told: list[object] = []
        self.batches: list[list[int]] = []
        self.written: list[int] = []
        self.fault: Exception | None = None
        self.slow: list[Deferred[None]] | None = None
        self.afterwards: list[int] = []
        self.bus.subscribe(CallRepeated, lambda event: self.told.append(event.presses))
        self.bus.subscribe(HealthChanged, lambda event: self.told.append(event.state))
        self.bus.subscribe(CallNotStored, lambda event: self.told.append(event.why))
        self.scribe = Scribe(self._write, lambda change: self.afterwards.append(_number(change)), self.clock, self.bus)
        if start:
            self.scribe.start()

    async def _write(self, changes: Sequence[Change]) -> None:
        numbers = [_number(change) for change in changes]
        self.batches.append(numbers)
        if self.slow is not None:
            self.slow.append(Deferred())
            await self.slow[-1]
        if self.fault is not None and (self.fault is not REFUSED or 13 in numbers):
            raise self.fault
        self.written += numbers


def _number(change: Change) -> int:
    return int(change.row["changes"])


def test_a_change_is_written_then_told() -> None:
    """In that order, and whoever waits for it goes on."""
    desk = Desk()
    done = desk.scribe.keep(change(1))
    assert (desk.written, desk.told, desk.afterwards, done.called) == ([1], [1], [1], True)
    assert desk.scribe.stored("c")
    assert desk.clock.twisted.getDelayedCalls() == []


def test_nothing_is_told_before_it_is_written() -> None:
    """As long as the database answers in time."""
    desk = Desk()
    desk.slow = []
    desk.scribe.keep(change(1))
    desk.clock.advance(DEADLINE / 2)
    assert desk.told == []
    assert not desk.scribe.stored("c")
    desk.slow[0].callback(None)
    assert desk.told == [1]
    assert desk.scribe.stored("c")


def test_what_comes_while_writing_is_written_together_next() -> None:
    """A burst costs two transactions, not sixty."""
    desk = Desk()
    desk.slow = []
    for number in range(1, 61):
        desk.scribe.keep(change(number))
    desk.slow[0].callback(None)
    desk.slow[1].callback(None)
    assert desk.batches == [[1], list(range(2, 61))]
    assert desk.told == list(range(1, 61))


def test_a_lamp_matters_more_than_a_row() -> None:
    """After a second it is told, written or not; later ones are told at once until all is written."""
    desk = Desk()
    desk.slow = []
    desk.scribe.keep(change(1))
    desk.clock.advance(DEADLINE)
    late = "the database has not answered in time"
    assert desk.told == [State.DEGRADED, 1, late]
    desk.scribe.keep(change(2))
    assert desk.told[3:] == [2, "records cannot be written now"]
    desk.slow[0].callback(None)
    desk.slow[1].callback(None)
    assert desk.told[5:] == [State.UP]
    assert desk.written == [1, 2]


def test_what_cannot_be_written_is_told_and_tried_again() -> None:
    """Every two seconds, in order, until it is written; nobody is told twice."""
    desk = Desk()
    desk.fault = OUT_OF_ORDER
    desk.scribe.keep(change(1))
    desk.scribe.keep(change(2))
    assert desk.told[0] is State.DOWN
    assert [told for told in desk.told if isinstance(told, int)] == [1, 2]
    assert sum("disk full" in str(told) for told in desk.told) == 1
    for _ in range(3):
        desk.clock.advance(RETRY)
    assert not desk.scribe.stored("c")
    desk.fault = None
    desk.scribe.keep(change(3))
    assert desk.written == []
    desk.clock.advance(RETRY)
    assert desk.written == [1, 2, 3]
    assert [told for told in desk.told if isinstance(told, int)] == [1, 2, 3]
    assert desk.told[-1] is State.UP
    assert desk.scribe.stored("c")


def test_one_outage_is_one_word_on_the_status_page() -> None:
    """Down when it begins, up when all is written."""
    desk = Desk()
    desk.fault = OUT_OF_ORDER
    for number in range(1, 10):
        desk.scribe.keep(change(number))
        desk.clock.advance(1)
    desk.fault = None
    desk.clock.advance(RETRY)
    assert [told for told in desk.told if isinstance(told, State)] == [State.DOWN, State.UP]


def test_a_row_the_database_refuses_does_not_hold_up_the_others() -> None:
    """It is told and logged; the ones before and after it are written."""
    desk = Desk()
    desk.slow = []
    desk.fault = REFUSED
    for number in (11, 12, 13, 14):
        desk.scribe.keep(change(number, call=str(number)))
    while desk.slow:
        desk.slow.pop().callback(None)
    assert desk.written == [11, 12, 14]
    assert [told for told in desk.told if isinstance(told, int)] == [11, 12, 13, 14]
    assert not desk.scribe.stored("13")
    assert desk.scribe.stored("14")
    assert State.DOWN not in desk.told


def test_a_refused_call_counts_as_stored_once_a_later_change_is() -> None:
    """Each change carries the whole row."""
    desk = Desk()
    desk.fault = REFUSED
    desk.scribe.keep(change(13))
    desk.scribe.keep(change(14))
    assert desk.scribe.stored("c")


def test_before_the_start_changes_are_kept_and_told_in_time() -> None:
    """While open calls cannot be read back, nothing is written over them."""
    desk = Desk(start=False)
    desk.scribe.keep(change(1))
    assert (desk.batches, desk.told) == ([], [])
    desk.clock.advance(DEADLINE)
    assert desk.told[:2] == [State.DEGRADED, 1]
    desk.scribe.start()
    assert desk.written == [1]
    assert desk.told[-1] is State.UP


def test_a_fault_known_before_the_start_is_over_with_the_start() -> None:
    """Storage answered again, and nothing waits."""
    desk = Desk(start=False)
    desk.scribe.failed(OUT_OF_ORDER)
    desk.scribe.start()
    assert desk.told == [State.DOWN, State.UP]


def test_a_subscriber_that_causes_another_change_keeps_the_order() -> None:
    """Whether storage works or not: what was kept first is told first."""
    for fault in (None, OUT_OF_ORDER):
        desk = Desk(start=False)
        desk.fault = fault

        def answer(event: CallRepeated, desk: Desk = desk) -> None:
            if event.presses == 1:
                desk.scribe.keep(change(3))

        desk.bus.subscribe(CallRepeated, answer)
        desk.scribe.keep(change(1))
        desk.scribe.keep(change(2))
        desk.scribe.start()
        assert [told for told in desk.told if isinstance(told, int)] == [1, 2, 3]
        desk.fault = None
        desk.clock.advance(RETRY)
        assert desk.written == [1, 2, 3]


def test_finish_waits_until_all_is_written() -> None:
    """And not at all where nothing waits."""
    desk = Desk()
    now(desk.scribe.finish())
    desk.fault = OUT_OF_ORDER
    desk.scribe.keep(change(1))
    finished: Deferred[Any] = Deferred.fromCoroutine(desk.scribe.finish())
    assert not finished.called
    desk.fault = None
    desk.clock.advance(RETRY)
    assert finished.called


def test_stop_leaves_no_timer() -> None:
    """Whether it waits for a deadline or for the next attempt."""
    waiting, failing = Desk(start=False), Desk()
    waiting.scribe.keep(change(1))
    failing.fault = OUT_OF_ORDER
    failing.scribe.keep(change(1))
    for desk in (waiting, failing):
        desk.scribe.stop()
        assert desk.clock.twisted.getDelayedCalls() == []
        desk.clock.advance(timedelta(minutes=1))
        assert desk.written == []


def test_facts_for_the_status_page_are_short() -> None:
    """One line, however long the database's complaint is."""
    desk = Desk()
    events: list[Event] = []
    desk.bus.subscribe(HealthChanged, events.append)
    desk.fault = RuntimeError("x" * 500 + "\nsecret")
    desk.scribe.keep(change(1))
    (health,) = events
    assert isinstance(health, HealthChanged)
    assert health.part == "storage:database"
    assert health.facts == (("why", "x" * 120),)
