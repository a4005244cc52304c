"""Who sits where: kept as rows, known in memory, every change on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from pbx.plan import PbxPlan
from pbx.seating.events import SeatLeft, SeatTaken
from pbx.seating.schema import seats

HOURS = "hours"
"""Who ends what has lasted too long."""


@dataclass(frozen=True)
class Seat:
    """A number at a telephone that is not its own."""

    number: str
    telephone: str
    since: datetime


class Seats:
    """Until `load` everybody is at their own telephone. `changed` is told who came, and which telephones."""

    def __init__(self, plan: PbxPlan, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._plan, self._said = plan, plan.features.seating
        self._database, self._clock, self._bus = database, clock, bus
        self.changed: Callable[[frozenset[str]], object] = lambda extensions: None
        self._at: dict[str, Seat] = {}
        self._due: Timer | None = None
        self._tasks = Tasks()

    async def load(self) -> None:
        """Read who sat where. Who may not sit there by the plan of today is at their own telephone."""
        found = await read(self._database)
        self._at = {one.number: one for one in found if self._fits(one)}
        self._wait()

    def stop(self) -> None:
        """End none any more."""
        self._tasks.stop()
        if self._due is not None and self._due.active():
            self._due.cancel()

    def every(self) -> list[Seat]:
        """All of them, by number."""
        return sorted(self._at.values(), key=lambda seat: seat.number)

    def telephone_of(self, number: str) -> str:
        """The telephone at which an extension rings."""
        seat = self._at.get(number)
        return seat.telephone if seat else number

    def whose(self, telephone: str) -> str:
        """The extension by which calls are made at a telephone."""
        return next((seat.number for seat in self._at.values() if seat.telephone == telephone), telephone)

    async def take(self, number: str, telephone: str) -> None:
        """A number comes to a telephone; whoever was there is at their own again. Its own telephone ends it."""
        if number == telephone:
            await self.leave(number, telephone)
            return
        seat = Seat(number, telephone, self._clock.now())
        there = self.whose(telephone)
        moved = {number} if there == telephone else {number, there}
        left = [self._at[one] for one in sorted(moved) if one in self._at]
        happened: list[Event] = [
            SeatLeft(at=seat.since, number=one.number, telephone=one.telephone, by=number) for one in left
        ]
        happened.append(SeatTaken(at=seat.since, number=number, telephone=telephone))

        def write(connection: sa.Connection) -> None:
            gone = seats.c.number.in_(moved) | (seats.c.telephone == telephone)
            connection.execute(seats.delete().where(gone))
            connection.execute(seats.insert().values(number=number, telephone=telephone, since=seat.since))
            journal.append(connection, *happened)

        await self._database.transact(write)
        self._at = {one.number: one for one in self._at.values() if one.number not in moved} | {number: seat}
        self._tell({*moved, telephone, *(one.telephone for one in left)}, happened)

    async def leave(self, number: str, by: str) -> bool:
        """It is at its own telephone again; False where it was."""
        seat = self._at.get(number)
        if seat is None:
            return False
        left = SeatLeft(at=self._clock.now(), number=number, telephone=seat.telephone, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(seats.delete().where(seats.c.number == number))
            journal.append(connection, left)

        await self._database.transact(write)
        self._at.pop(number, None)
        self._tell({number, seat.telephone}, [left])
        return True

    def _fits(self, seat: Seat) -> bool:
        return self._said.may_sit(seat.number) and self._said.may_be_sat_at(seat.telephone, self._plan.numbers())

    def _tell(self, extensions: set[str], happened: list[Event]) -> None:
        self._wait()
        for event in happened:
            self._bus.publish(event)
        self.changed(frozenset(extensions))

    def _wait(self) -> None:
        """For the first that will have lasted too long."""
        if self._due is not None and self._due.active():
            self._due.cancel()
        if self._said.hours and self._at:
            first = min(seat.since for seat in self._at.values())
            wait = max(timedelta(0), first + self._longest - self._clock.now())
            self._due = self._clock.later(wait, lambda: self._tasks.start(self._end(), "ending what lasted too long"))

    @property
    def _longest(self) -> timedelta:
        return timedelta(hours=self._said.hours)

    async def _end(self) -> None:
        now = self._clock.now()
        for seat in [one for one in self._at.values() if one.since + self._longest <= now]:
            await self.leave(seat.number, HOURS)


async def read(database: Transactions) -> list[Seat]:
    """Every seat that is on record."""
    query = sa.select(seats)
    return await database.transact(
        lambda connection: [Seat(row.number, row.telephone, row.since) for row in connection.execute(query)]
    )


async def telephones(database: Transactions) -> Mapping[str, str]:
    """The telephone of each number that is not at its own."""
    return {seat.number: seat.telephone for seat in await read(database)}
