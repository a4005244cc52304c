"""An exchange that stopped answering is started anew, not too soon, not too often, and not into talk."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance import revival
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import journal
from appliance.revival import GRACE, LONG, PACE, PATIENCE, REST, TALK, VAIN, ExchangeStartedAnew, Revival
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase

PART = "exchange:asterisk"


class Box:
    """Asterisk, as supervisord keeps it; and a Revival that watches it. It ends on `ends_on` and comes back healthy."""

    def __init__(self) -> None:
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        self.process, self.is_silent, self.calls = 100, True, 0
        self.ends_on = "TERM"
        self.heals = True
        self.gone: OSError | None = None
        self.signals: list[str] = []
        self.told: list[str] = []
        self.events: list[ExchangeStartedAnew] = []
        self.bus.subscribe(ExchangeStartedAnew, self.events.append)
        self.revival = Revival(PART, self, self.told.append, self.database, self.clock, self.bus)

    async def pid(self) -> int:
        if self.gone:
            raise self.gone
        return self.process

    async def silent(self) -> bool:
        return self.is_silent

    async def talking(self, pid: int) -> int:
        assert pid == self.process
        return self.calls

    async def signal(self, signal: str) -> None:
        self.signals.append(signal)
        if signal == self.ends_on:
            self.process, self.calls = self.process + 1, 0
            if self.heals:
                self.is_silent = False
                self.hear(State.UP)

    def hear(self, state: State, part: str = PART) -> None:
        self.bus.publish(HealthChanged(at=self.clock.now(), part=part, state=state))

    def wait(self, long: timedelta) -> None:
        """As time passes: timer by timer."""
        for _ in range(int(long.total_seconds())):
            self.clock.advance(1)

    def written(self) -> list[str]:
        with self.database.engine.begin() as connection:
            return [row.body for row in connection.execute(sa.select(journal))]


def test_who_stays_silent_is_started_anew() -> None:
    """After thirty seconds out of touch; it is said, written down, and told to the house."""
    box = Box()
    box.hear(State.DOWN)
    box.wait(PATIENCE - timedelta(seconds=1))
    assert box.signals == []
    box.wait(timedelta(seconds=1))
    assert box.signals == ["TERM"]
    assert box.told == [revival.ANEW]
    assert box.written() == ['{"talking":0}']
    assert [event.talking for event in box.events] == [0]
    box.wait(GRACE)
    assert box.signals == ["TERM"]


def test_it_counts_from_the_first_time_out_of_touch() -> None:
    """Each vain try to get in touch says so again; that changes nothing, nor does what other parts say."""
    box = Box()
    box.hear(State.STARTING)
    for _ in range(10):
        box.wait(PATIENCE / 10)
        box.hear(State.DOWN)
        box.hear(State.UP, "trunk:telecom")
    assert box.signals == ["TERM"]


def test_who_does_not_end_is_killed() -> None:
    """A stopped or wedged process heeds no polite word."""
    box = Box()
    box.ends_on = "KILL"
    box.hear(State.DOWN)
    box.wait(PATIENCE)
    assert box.signals == ["TERM"]
    box.wait(GRACE)
    assert box.signals == ["TERM", "KILL"]


def test_who_is_back_in_time_is_left_alone() -> None:
    """In touch again after 29 s; the next time out of touch counts from its own start."""
    box = Box()
    box.hear(State.DOWN)
    box.wait(PATIENCE - timedelta(seconds=1))
    box.hear(State.UP)
    box.wait(TALK)
    box.hear(State.DOWN)
    box.wait(PATIENCE - timedelta(seconds=1))
    assert box.signals == []


def test_who_answers_is_left_alone_for_minutes() -> None:
    """It may let us in again by itself; after three minutes it is started anew; where that is vain, not soon again."""
    box = Box()
    box.is_silent = box.heals = False
    box.hear(State.DOWN)
    box.wait(LONG - timedelta(seconds=1))
    assert (box.signals, box.told) == ([], [])
    box.wait(PACE)
    assert (box.signals, box.told) == (["TERM"], [revival.ANEW])
    box.wait(VAIN - timedelta(seconds=1) - PACE)
    assert box.signals == ["TERM"]
    box.wait(timedelta(seconds=1) + PACE)
    assert box.signals == ["TERM", "TERM"]


def test_who_let_us_in_again_has_all_its_minutes_anew() -> None:
    """Twice nearly three minutes out of touch are not six."""
    box = Box()
    box.is_silent = False
    for _ in range(3):
        box.hear(State.DOWN)
        box.wait(LONG - timedelta(seconds=1))
        box.hear(State.UP)
    assert box.signals == []


def test_who_does_not_run_is_left_alone() -> None:
    """supervisord is starting it, or was told to let it be."""
    box = Box()
    box.process = 0
    box.hear(State.DOWN)
    box.wait(TALK)
    assert (box.signals, box.told) == ([], [])


def test_talk_is_let_end() -> None:
    """It is said that this is waited for; as soon as nobody talks it is started anew."""
    box = Box()
    box.calls = 1
    box.hear(State.DOWN)
    box.wait(PATIENCE + timedelta(minutes=2))
    assert (box.signals, set(box.told)) == ([], {revival.WAITING})
    box.calls = 0
    box.wait(PACE)
    assert (box.signals, box.told[-1]) == (["TERM"], revival.ANEW)


def test_talk_is_not_waited_for_for_ever() -> None:
    """After five minutes it is cut, and the journal says how many calls that were."""
    box = Box()
    box.calls = 2
    box.hear(State.DOWN)
    box.wait(PATIENCE + TALK - PACE)
    assert box.signals == []
    box.wait(PACE)
    assert box.signals == ["TERM"]
    assert box.written() == ['{"talking":2}']


def test_never_twice_within_two_minutes() -> None:
    """Whether it came back in between or not; and talk in the new one is let end as well."""
    box = Box()
    box.heals = False
    box.hear(State.DOWN)
    box.wait(PATIENCE)
    box.hear(State.UP)
    box.hear(State.DOWN)
    box.wait(REST - timedelta(seconds=1))
    assert box.signals == ["TERM"]
    box.calls = 1
    box.wait(PACE * 2)
    assert box.signals == ["TERM"]
    box.calls = 0
    box.wait(PACE)
    assert box.signals == ["TERM", "TERM"]


def test_broken_records_hinder_nothing() -> None:
    """It is started anew all the same."""
    box = Box()
    box.database.broken = OSError("disk full")
    box.hear(State.DOWN)
    box.wait(PATIENCE)
    assert box.signals == ["TERM"]
    assert len(box.events) == 1


def test_a_box_without_supervisord_goes_on_watching() -> None:
    """The daemon may have been started by hand; and a supervisord that was away may come back."""
    box = Box()
    box.gone = ConnectionError("nobody there")
    box.hear(State.DOWN)
    box.wait(PATIENCE + PACE * 3)
    box.gone = None
    box.wait(PACE)
    assert box.signals == ["TERM"]


def test_nothing_is_left_waiting_when_it_is_stopped() -> None:
    """Not a timer; not even while talk is waited for, or after it was started anew."""
    for calls in (0, 1):
        box = Box()
        box.calls = calls
        box.hear(State.DOWN)
        box.wait(PATIENCE)
        box.revival.stop()
        assert box.clock.twisted.getDelayedCalls() == []


def test_being_back_while_it_is_looked_at_is_in_time() -> None:
    """The answer that comes too late is not heeded."""
    box = Box()
    looked: Deferred[bool] = Deferred()

    async def slowly() -> bool:
        return await looked

    box.silent = slowly  # type: ignore[method-assign]
    box.hear(State.DOWN)
    box.wait(PATIENCE)
    box.hear(State.UP)
    if not looked.called:
        looked.callback(True)
    box.wait(PACE)
    assert box.signals == []
