"""Write it down, then tell people; but a lamp matters more than a row: what cannot be written is told anyway."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer, sleep
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from nursecall.events import CallNotStored
from nursecall.store import Change

DEADLINE = timedelta(seconds=1)
"""A press is told after this long, written or not."""

RETRY = timedelta(seconds=2)
BATCH = 200
PART = "storage:database"

Write = Callable[[Sequence[Change]], Coroutine[Any, Any, None]]


@dataclass(eq=False)
class _Pending:
    change: Change
    done: Deferred[None] = field(default_factory=Deferred)
    told: bool = False
    deadline: Timer | None = None


class Scribe:
    """Keeps changes in the order they came, writes them in that order, tells them in that order.

    write: all of the changes or none; may be given the same ones again.
    told: called after a change's events were published.
    """

    log = Logger()

    def __init__(self, write: Write, told: Callable[[Change], None], clock: Clock, bus: Bus) -> None:
        self._write, self._on_told = write, told
        self._clock, self._bus = clock, bus
        self._backlog: deque[_Pending] = deque()
        self._untold: deque[_Pending] = deque()
        self._unwritten: Counter[tuple[str, ...]] = Counter()
        self._refused: set[tuple[str, ...]] = set()
        self._tasks = Tasks()
        self._started = self._writing = False
        self._state = State.UP
        self._at_rest: list[Deferred[None]] = []

    def start(self) -> None:
        """Begin to write. Until then changes are only kept, and told at their deadline."""
        self._started = True
        self._go_on()
        self._rest()

    def stop(self) -> None:
        """Write no more."""
        self._tasks.stop()
        for pending in self._untold:
            _disarm(pending)

    def keep(self, change: Change) -> Deferred[None]:
        """Take `change` over; fires when it has been told."""
        pending = _Pending(change)
        self._backlog.append(pending)
        self._untold.append(pending)
        self._unwritten[change.subject] += 1
        if self._state is State.UP:
            pending.deadline = self._clock.later(DEADLINE, lambda: self._late(pending))
        else:
            self._tell_through(pending, "records cannot be written now")
        self._go_on()
        return pending.done

    def stored(self, call: str) -> bool:
        """Whether all that is known of `call` is written down."""
        return not self._unwritten[call,] and (call,) not in self._refused

    async def finish(self) -> None:
        """Wait until everything is written."""
        if self._backlog:
            self._at_rest.append(Deferred())
            await self._at_rest[-1]

    def failed(self, why: Exception) -> None:
        """Storage does not work: tell whatever still waits, and from now on tell at once."""
        if self._state is not State.DOWN:
            self.log.error("calls cannot be written down: {why}", why=why)
            detail = "Records cannot be written: {why}. Calls are shown and spoken all the same."
            self._say(State.DOWN, detail, brief(why))
        if self._untold:
            self._tell_through(self._untold[-1], brief(why))

    def _go_on(self) -> None:
        if self._started and not self._writing:
            self._writing = True
            self._tasks.start(self._work(), "writing down calls")

    async def _work(self) -> None:
        size = BATCH
        try:
            while self._backlog:
                batch = list(islice(self._backlog, size))
                # After a failure one by one: a single row that is refused must not hold up the others.
                size = BATCH if await self._try(batch) else 1
        finally:
            self._writing = False

    async def _try(self, batch: list[_Pending]) -> bool:
        try:
            await self._write([pending.change for pending in batch])
        except CancelledError:
            raise
        except Exception as why:
            if not refuses(why):
                self.failed(why)
                await sleep(self._clock, RETRY)
            elif len(batch) == 1:
                self._set_aside(batch[0], why)
            return False
        self._leave(batch)
        self._tell_through(batch[-1], None)
        self._rest()
        return True

    def _set_aside(self, pending: _Pending, why: Exception) -> None:
        self.log.critical("the database refused a change: {row}: {why}", row=pending.change.row, why=why)
        self._leave([pending])
        self._refused.add(pending.change.subject)
        self._tell_through(pending, brief(why))
        self._rest()

    def _leave(self, batch: list[_Pending]) -> None:
        for pending in batch:
            self._backlog.popleft()
            subject = pending.change.subject
            self._refused.discard(subject)
            self._unwritten[subject] -= 1
            if not self._unwritten[subject]:
                del self._unwritten[subject]

    def _rest(self) -> None:
        if self._backlog:
            return
        if self._state is not State.UP:
            self.log.info("calls are written down again")
            self._say(State.UP, "")
        resting, self._at_rest = self._at_rest, []
        for waiting in resting:
            waiting.callback(None)

    def _late(self, pending: _Pending) -> None:
        if self._state is State.UP:
            self._say(State.DEGRADED, "The database answers slowly. Calls are shown before they are written down.")
        self._tell_through(pending, "the database has not answered in time")

    def _tell_through(self, last: _Pending, why: str | None) -> None:
        # A subscriber may keep a further change from within this loop: order still holds, nothing is told twice.
        while not last.told:
            pending = self._untold.popleft()
            pending.told = True
            _disarm(pending)
            self._tell(pending.change, why)
            pending.done.callback(None)

    def _tell(self, change: Change, why: str | None) -> None:
        for event in change.events:
            self._bus.publish(event)
        if why is not None and change.call is not None:
            self._bus.publish(_not_stored(change, self._clock.now(), why))
        self._on_told(change)

    def _say(self, state: State, detail: str, why: str = "") -> None:
        self._state = state
        facts = (("why", why),) if why else ()
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=facts))


def refuses(why: Exception) -> bool:
    """Whether the database refuses the values, and will do so for ever, rather than being out of order."""
    return isinstance(why, (sa.exc.DataError, ValueError, TypeError)) or type(why) is sa.exc.StatementError


def brief(why: Exception) -> str:
    """The first line of a fault, short enough for a status page."""
    return (str(why).splitlines() or [type(why).__name__])[0][:120]


def _not_stored(change: Change, at: datetime, why: str) -> CallNotStored:
    row = change.row
    return CallNotStored(at=at, call=row["id"], ward=row["ward"], bed=row["bed"], call_type=row["call_type"], why=why)


def _disarm(pending: _Pending) -> None:
    if pending.deadline is not None and pending.deadline.active():
        pending.deadline.cancel()
