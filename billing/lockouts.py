"""Accounts and extensions that too many wrong PINs have locked: told, shown, and let in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.pins import pin_failures
from appliance.foundation.tasks import Tasks
from billing.events import PinLocked, PinUnlocked
from billing.plan import BillingPlan

PART = "exchange:pins"
KINDS = ("account", "extension")
SHOWN = 5
"""So many are named on the status page."""


@dataclass(frozen=True)
class Lockout:
    """what: `account` or `extension`; number: which. failures: wrong PINs so far."""

    what: str
    number: str
    until: datetime
    failures: int


class Lockouts:
    """plan: returns the one in force. The locks themselves are rows that outlive us; here they are watched."""

    def __init__(self, plan: Callable[[], BillingPlan], database: Transactions, clock: Clock, bus: Bus) -> None:
        self._plan, self._database, self._clock, self._bus = plan, database, clock, bus
        self._timer: Timer | None = None
        self._tasks = Tasks()
        bus.subscribe(PinLocked, lambda _: self._look_soon())

    def start(self) -> None:
        """Take up what was locked before."""
        self._look_soon()

    def stop(self) -> None:
        """Watch no more."""
        self._tasks.stop()
        self._sleep()

    async def locked(self) -> Sequence[Lockout]:
        """All that are locked now, the longest first."""
        now, tries = self._clock.now(), self._plan().pin_tries
        query = sa.select(pin_failures).where(pin_failures.c.failures >= tries, pin_failures.c.locked_until > now)
        query = query.order_by(pin_failures.c.locked_until.desc(), pin_failures.c.subject)

        def read(connection: sa.Connection) -> list[Lockout]:
            found = []
            for row in connection.execute(query):
                what, _, number = row.subject.partition(":")
                if what in KINDS:
                    found.append(Lockout(what, number, row.locked_until, row.failures))
            return found

        return await self._database.transact(read)

    async def unlock(self, what: str, number: str, by: str) -> bool:
        """Let it in again before its time; False where it is not locked."""
        if not any((one.what, one.number) == (what, number) for one in await self.locked()):
            return False
        event = PinUnlocked(at=self._clock.now(), what=what, number=number, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(pin_failures.delete().where(pin_failures.c.subject == f"{what}:{number}"))
            journal.append(connection, event)

        await self._database.transact(write)
        self._bus.publish(event)
        await self._look()
        return True

    def _look_soon(self) -> None:
        what = "looking at wrong PINs"
        self._tasks.start(self._tasks.until_done(self._look, what, self._clock), what)

    async def _look(self) -> None:
        """Tell how it is, and again when the first of them has done its time."""
        locked = await self.locked()
        self._sleep()
        if locked:
            wait = min(one.until for one in locked) - self._clock.now() + timedelta(milliseconds=100)
            self._timer = self._clock.later(wait, self._look_soon)
        names = ", ".join(one.number for one in locked[:SHOWN]) + (" …" if len(locked) > SHOWN else "")
        self._bus.publish(
            HealthChanged(
                at=self._clock.now(),
                part=PART,
                state=State.DEGRADED if locked else State.UP,
                detail="Locked by wrong PINs: {names}." if locked else "Nothing is locked by wrong PINs.",
                facts=(("names", names),) if locked else (),
            )
        )

    def _sleep(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
