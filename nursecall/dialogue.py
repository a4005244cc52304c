"""One party on a wire, kept going: its bytes to the device, its events to whoever asked, its deadlines to the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from appliance.foundation.clock import Clock, Timer
from nursecall.wire.party import Party

E = TypeVar("E")
T = TypeVar("T")

LONGEST_STEP = 60.0
"""Seconds. A longer step of the wall clock is no passing of time, but somebody setting it."""

LATE = 0.05
"""Seconds by which a timer may be late before it may say that nothing came: perhaps nobody has looked."""


class Stopwatch:
    """Seconds that only grow, also when the wall clock is set back or far ahead."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: datetime = clock.now()
        self._seconds = 0.0

    def seconds(self) -> float:
        """Since this stopwatch was made."""
        now = self._clock.now()
        self._seconds += min(max(0.0, (now - self._seen).total_seconds()), LONGEST_STEP)
        self._seen = now
        return self._seconds


@dataclass(eq=False)
class _Answer:
    data: bytes
    ready: bool = False


class Dialogue(Generic[E]):
    """Drives `party` while its line is open.

    stopwatch: the party's time, where several share one. write: puts bytes on the wire.
    happened: is told each event, in order; what it raises is logged and goes no further. Where it returns a Deferred,
        our answer waits for that: so a call can be on record before the host hears that it was taken.
    """

    log = Logger()

    def __init__(
        self,
        party: Party[E],
        *,
        clock: Clock,
        write: Callable[[bytes], None],
        happened: Callable[[E], Deferred[None] | None],
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self.party = party
        self._clock = clock
        self._stopwatch = stopwatch or Stopwatch(clock)
        self._write = write
        self._happened = happened
        self._open = False
        self._timer: Timer | None = None
        self._due = 0.0
        self._held: deque[_Answer] = deque()
        self._telling = False

    @property
    def seconds(self) -> float:
        """The party's time."""
        return self._stopwatch.seconds()

    def opened(self) -> None:
        """The line can be used."""
        self._open = True
        self.party.begin(self.seconds)
        self._go_on([])

    def received(self, data: bytes) -> None:
        """Bytes came."""
        if self._open:
            self._go_on(self.party.feed(data, self.seconds))

    def do(self, ask: Callable[[float], T]) -> T:
        """Have the party do something of its own accord, at the time `ask` is given; returns what `ask` does."""
        done = ask(self.seconds)
        if not self._telling:
            # Else it goes out with the answer that the event being told waits for, and not before.
            self._go_on([])
        return done

    def closed(self) -> None:
        """The line cannot be used any more."""
        self._open = False
        self._held.clear()
        self.party.lost(self.seconds)
        self._stop_timer()

    def _go_on(self, events: list[E]) -> None:
        # Told, and taken, before it is acknowledged: should we die in between, the host says it again.
        self._telling = True
        promises = [promise for event in events if (promise := self._tell(event)) is not None]
        self._telling = False
        answer = _Answer(self.party.outgoing())
        if self._open:
            self._held.append(answer)
            DeferredList(promises, consumeErrors=True).addBoth(lambda _: self._say(answer))
            self._set_timer()

    def _say(self, answer: _Answer) -> None:
        """`answer` may be said, as soon as those before it are."""
        answer.ready = True
        while self._held and self._held[0].ready:
            data = self._held.popleft().data
            if data:
                self._write(data)

    def _tell(self, event: E) -> Deferred[None] | None:
        try:
            return self._happened(event)
        except Exception:
            self.log.failure("an event of a host line was not taken: {event}", event=event)
            return None

    def _set_timer(self) -> None:
        deadline = self.party.deadline
        if deadline is None:
            return
        # A timer that fires too early sets itself anew; moving it at every byte would cost more.
        if self._timer is not None and self._due <= deadline:
            return
        self._stop_timer()
        self._due = deadline
        self._timer = self._clock.later(timedelta(seconds=max(0.0, deadline - self.seconds)), self._tick)

    def _tick(self) -> None:
        if self.seconds - self._due > LATE:
            # We were busy, and what came meanwhile is read before timers get their next turn.
            self._timer = self._clock.later(timedelta(), self._overdue)
        else:
            self._overdue()

    def _overdue(self) -> None:
        self._timer = None
        # Timers may fire a hair early; the deadline counts as reached.
        self._go_on(self.party.tick(max(self.seconds, self._due)))

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
