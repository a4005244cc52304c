"""Has an exchange that stopped answering started anew: dialplan and talk go on in it, but nobody can steer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks

PATIENCE = timedelta(seconds=30)
"""So long out of touch before it is looked at."""
PACE = timedelta(seconds=10)
TALK = timedelta(minutes=5)
"""So long it may wait for talk to end: an Asterisk that nobody steers puts no 600 call through."""
GRACE = timedelta(seconds=10)
"""So long it has to end by itself."""
REST = timedelta(minutes=2)
"""At least so long between one time and the next."""
LONG = timedelta(minutes=3)
"""So long out of touch, and one that answers strangers is of no use either: it is started anew, as people would do."""
VAIN = timedelta(minutes=15)
"""So long after that, should it not have helped, until it is tried again."""

WAITING = "Asterisk does not answer. It is started anew when talk is over, within 5 minutes. Ward calls still work."
ANEW = "Asterisk had stopped answering and is being started anew. Ward calls still work; telephones do not."


@dataclass(frozen=True, kw_only=True)
class ExchangeStartedAnew(journal.Event):
    """Asterisk took connections and answered none, or let us in for minutes no more. talking: calls that were cut."""

    talking: int


class Asterisk(Protocol):
    """The process, seen from outside. Raises OSError where nobody keeps it."""

    async def pid(self) -> int:
        """Its process, 0 while none runs."""
        ...

    async def silent(self) -> bool:
        """Whether it takes a connection and answers nothing."""
        ...

    async def talking(self, pid: int) -> int:
        """How many calls talk in that process, by its own records."""
        ...

    async def signal(self, signal: str) -> None:
        """Send `TERM`, `KILL`; it is started again whenever it ends."""
        ...


class Revival:
    """Watches from the moment the exchange is out of touch until it is back. `tell` says why it is out of touch."""

    log = Logger()

    def __init__(
        self,
        part: str,
        asterisk: Asterisk,
        tell: Callable[[str], None],
        database: Transactions,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._part = part
        self._asterisk = asterisk
        self._tell = tell
        self._database = database
        self._clock = clock
        self._bus = bus
        self._tasks = Tasks()
        self._watching: Deferred[Any] | None = None
        self._letting_talk: Timer | None = None
        self._resting: Timer | None = None
        self._bearing: Timer | None = None
        bus.subscribe(HealthChanged, self._heard)

    def stop(self) -> None:
        """Watch no more."""
        self._tasks.stop()
        if self._resting is not None and _active(self._resting):
            self._resting.cancel()

    def _heard(self, event: HealthChanged) -> None:
        if event.part != self._part:
            return
        if event.state is State.UP:
            watching, self._watching = self._watching, None
            if watching is not None:
                watching.cancel()
        elif self._watching is None:
            self._watching = self._tasks.start(self._watch(), "watching over the exchange")

    async def _watch(self) -> None:
        self._bear_for(LONG)
        try:
            await sleep(self._clock, PATIENCE)
            while True:
                if not _active(self._resting):
                    await self._look()
                await sleep(self._clock, PACE)
        finally:
            self._forget_talk()
            self._bear_for(None)

    def _bear_for(self, long: timedelta | None) -> None:
        """So long one that answers strangers, and not us, is let be."""
        if self._bearing is not None and _active(self._bearing):
            self._bearing.cancel()
        self._bearing = None if long is None else self._clock.later(long, lambda: None)

    async def _look(self) -> None:
        try:
            pid = await self._asterisk.pid()
            useless = bool(pid) and (not _active(self._bearing) or await self._asterisk.silent())
            talking = await self._asterisk.talking(pid) if useless else 0
        except CancelledError:
            raise
        except Exception:
            self.log.failure("the exchange is out of touch and could not be looked at")
            return
        if not useless:
            self._forget_talk()
        elif not talking or self._talk_is_overdue():
            self._forget_talk()
            self._resting = self._clock.later(REST, lambda: None)
            self._bear_for(VAIN)
            # Not a part of the watching, which ends as soon as the exchange is back.
            self._tasks.start(self._start_anew(pid, talking), "starting the exchange anew")
        else:
            self._tell(WAITING)

    def _talk_is_overdue(self) -> bool:
        if self._letting_talk is None:
            self._letting_talk = self._clock.later(TALK, lambda: None)
        return not _active(self._letting_talk)

    def _forget_talk(self) -> None:
        if self._letting_talk is not None and _active(self._letting_talk):
            self._letting_talk.cancel()
        self._letting_talk = None

    async def _start_anew(self, pid: int, talking: int) -> None:
        self.log.error("Asterisk stopped answering and is started anew; {talking} calls are cut", talking=talking)
        self._tell(ANEW)
        await self._asterisk.signal("TERM")
        self._tasks.start(self._write_down(talking), "writing it down")  # records that hang keep nobody
        await sleep(self._clock, GRACE)
        if await self._asterisk.pid() == pid:
            await self._asterisk.signal("KILL")

    async def _write_down(self, talking: int) -> None:
        event = ExchangeStartedAnew(at=self._clock.now(), talking=talking)
        try:
            await self._database.transact(lambda connection: journal.append(connection, event))
        except CancelledError:
            raise
        except Exception:
            self.log.failure("that the exchange was started anew could not be written down")
        self._bus.publish(event)


def _active(timer: Timer | None) -> bool:
    return timer is not None and bool(timer.active())
