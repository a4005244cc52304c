"""Calls outside that no account pays for, under the guard all the same: counted, and ended where too much is too much.

Their worth is what a patient would pay for them. Nothing is held to it by Asterisk: while we are dead nobody's call is
cut, and while nothing can be written down every call goes on unwatched. A telephone matters more than a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, Money
from billing.bill import whole_seconds
from billing.charge import NOTHING
from billing.guard.events import Watched
from billing.guard.schema import guard_calls
from billing.rating import NoRate
from billing.refusal import Refusal
from billing.route import Versions
from billing.tariff import NoTariff
from billing.watch import Asked, Watch
from pbx.calls.events import CallEnded
from pbx.calls.schema import telephone_calls

KEPT = timedelta(days=2)
"""Longer than any window of the guard."""

EXTENSION = 12
"""So much of a number fits; somebody outside whose call is sent on may have a longer one."""


class Lines(Protocol):
    """Ends calls; `billing.ports.Lines`."""

    async def release(self, call: str) -> None:
        """Hang up both legs."""
        ...


@dataclass
class _Call:
    call: str
    extension: str
    called: str
    opened_at: datetime
    answered_at: datetime | None = None
    timer: Timer | None = None

    def disarm(self) -> None:
        """Nothing more is to happen."""
        if self.timer is not None and self.timer.active():
            self.timer.cancel()


@dataclass(frozen=True)
class WatchedCall:
    """One of them. Satisfies `pbx.paid.Paid`: nobody pays, so nothing ends it but the guard."""

    call: str
    calls: OrdinaryCalls
    limit: timedelta | None = None
    used: int | None = None

    async def over_line(self, trunk: str, why: str) -> None:
        """Whatever line it takes."""

    async def answered(self, at: datetime) -> None:
        """Both talk."""
        self.calls.answered(self.call, at)

    def over(self, ended: Ended | None) -> None:
        """What became of one line; the call itself ends on record."""


class OrdinaryCalls:
    """tariff: by which they are valued. slice_seconds: so long they talk until the guard is asked again."""

    log = Logger()

    def __init__(
        self,
        guard: Watch,
        tariffs: Versions,
        tariff: str,
        slice_seconds: int,
        zone: ZoneInfo,
        database: Transactions,
        lines: Lines,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._guard, self._tariffs, self._tariff = guard, tariffs, tariff
        self._slice, self._zone = slice_seconds, zone
        self._database, self._lines, self._clock, self._bus = database, lines, clock, bus
        self._tasks = Tasks()
        self._live: dict[str, _Call] = {}
        self._deaf = bus.subscribe(CallEnded, self._ended)

    async def admit(self, call: str, extension: str, called: str) -> WatchedCall:
        """Put a call of `extension` to E.164 `called` under watch. Raises Refusal."""
        at, extension = self._clock.now(), extension[-EXTENSION:]
        worth = self._worth(called, at, self._slice)

        def write(connection: sa.Connection) -> tuple[Refusal | None, list[Event]]:
            asked = Asked(call, "", extension, called, worth, at, by_right=True)
            refusal, told = self._guard.admit(connection, asked)
            if refusal is None:
                row = {"call": call, "extension": extension, "called": called, "opened_at": at, "amount": worth}
                connection.execute(guard_calls.insert().values(row))
            return refusal, told

        refusal, told = await self._database.transact(write)
        self._tell(told)
        if refusal is not None:
            raise refusal
        self._live[call] = _Call(call, extension, called, at)
        self._bus.publish(Watched())
        return WatchedCall(call, self)

    def answered(self, call: str, at: datetime) -> None:
        """Both talk since `at`."""
        if (one := self._live.get(call)) is not None and one.answered_at is None:
            one.answered_at = at
            note = guard_calls.update().where(guard_calls.c.call == call).values(answered_at=at)
            self._tasks.start(self._written(note), f"noting the answer of call {call}")
            self._plan(one)

    async def start(self) -> None:
        """Take up what a life before left: as the book of calls has it, which tells the end of the others."""
        book, c = telephone_calls.c, guard_calls.c
        query = (
            sa.select(
                c.call, c.extension, c.called, c.opened_at,
                sa.func.coalesce(c.answered_at, book.answered_at).label("answered_at"),
                book.ended_at, book.id,
            )
            .select_from(guard_calls.join(telephone_calls, book.id == c.call, isouter=True))
            .where(c.ended_at.is_(None))
        )  # fmt: skip
        for row in await self._database.transact(lambda connection: list(connection.execute(query))):
            if row.call in self._live:
                continue
            one = self._live[row.call] = _Call(row.call, row.extension, row.called, row.opened_at, row.answered_at)
            if row.ended_at is not None or row.id is None:
                self._finish(one, row.ended_at or row.opened_at)
            elif one.answered_at is not None:
                self._plan(one)

    def stop(self) -> None:
        """Watch no more; the calls go on."""
        self._deaf()
        for one in self._live.values():
            one.disarm()
        self._tasks.stop()

    def _worth(self, called: str, at: datetime, seconds: int) -> Money:
        """Nothing where no tariff knows the number: calls to it are counted all the same."""
        local = at.astimezone(self._zone)
        try:
            return self._tariffs.current(self._tariff, local).rate(called, local, seconds).amount
        except (NoRate, NoTariff):
            return NOTHING

    def _plan(self, one: _Call) -> None:
        slice_ = timedelta(seconds=self._slice)
        one.timer = self._clock.later(slice_, lambda: self._tasks.start(self._more(one), f"watching call {one.call}"))

    async def _more(self, one: _Call) -> None:
        """It has talked for as long as was looked at: may it go on?"""
        allowed = True
        try:
            allowed = await self._allowed(one)
            if not allowed:
                await self._lines.release(one.call)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("call {call} goes on unwatched for now", call=one.call)
        if one.call in self._live:
            self._plan(one)

    async def _allowed(self, one: _Call) -> bool:
        at = self._clock.now()
        assert one.answered_at is not None
        worth = self._worth(one.called, one.answered_at, whole_seconds(at - one.answered_at) + self._slice)

        def write(connection: sa.Connection) -> tuple[bool, list[Event]]:
            asked = Asked(one.call, "", one.extension, one.called, NOTHING, at, by_right=True)
            allowed, told = self._guard.more(connection, asked)
            if allowed:
                live = (guard_calls.c.call == one.call) & guard_calls.c.ended_at.is_(None)
                connection.execute(guard_calls.update().where(live).values(amount=worth))
            return allowed, told

        allowed, told = await self._database.transact(write)
        self._tell(told)
        self._bus.publish(Watched())
        return allowed

    def _ended(self, event: CallEnded) -> None:
        if (one := self._live.get(event.call)) is not None:
            if one.answered_at is None and event.talked_seconds:
                one.answered_at = event.at - timedelta(seconds=event.talked_seconds)
            self._finish(one, event.at)

    def _finish(self, one: _Call, at: datetime) -> None:
        one.disarm()
        del self._live[one.call]
        worth = NOTHING
        if one.answered_at is not None:
            worth = self._worth(one.called, one.answered_at, whole_seconds(at - one.answered_at))
        over = guard_calls.update().where(guard_calls.c.call == one.call)
        over = over.values(answered_at=one.answered_at, ended_at=at, amount=worth)
        old = guard_calls.delete().where(guard_calls.c.ended_at < self._clock.now() - KEPT)
        what = f"noting the end of call {one.call}"
        self._tasks.start(self._tasks.until_done(lambda: self._written(over, old), what, self._clock), what)

    async def _written(self, *statements: sa.Executable) -> None:
        def write(connection: sa.Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        await self._database.transact(write)
        self._bus.publish(Watched())

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._bus.publish(event)
