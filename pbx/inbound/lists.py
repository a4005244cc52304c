"""What people change while the box runs: callers that are blocked, schedules that are switched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.inbound.events import CallerBlocked, CallerUnblocked, ScheduleSwitched
from pbx.inbound.schema import blocked_callers, switched_schedules
from pbx.plan_inbound import is_pattern
from pbx.schedules import POSITIONS, Position


class NoNumber(ValueError):
    """What is to be blocked is no number."""


@dataclass(frozen=True)
class Blocked:
    """A caller blocked at the panel."""

    number: str
    note: str
    by: str
    at: datetime


class Lists:
    """In memory, so that calls go their way while the records are down; each change is on record first."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self.blocked: dict[str, Blocked] = {}
        self.positions: dict[str, Position] = {}

    async def load(self) -> None:
        """Read what was changed before."""

        def read(connection: sa.Connection) -> tuple[dict[str, Blocked], dict[str, Position]]:
            blocked = {row.number: Blocked(*row) for row in connection.execute(sa.select(blocked_callers))}
            return blocked, {row.schedule: row.position for row in connection.execute(sa.select(switched_schedules))}

        self.blocked, self.positions = await self._database.transact(read)

    async def block(self, number: str, note: str, by: str) -> None:
        """Refuse calls from `number`, a pattern as the plan has them. Raises NoNumber."""
        if not is_pattern(number):
            raise NoNumber(number)
        row = Blocked(number, note[:200], by, self._clock.now())

        def write(connection: sa.Connection) -> None:
            connection.execute(blocked_callers.delete().where(blocked_callers.c.number == number))
            values = {"number": number, "note": row.note, "by": by, "at": row.at}
            connection.execute(blocked_callers.insert().values(**values))

        await self._write(write, CallerBlocked(at=row.at, number=number, note=row.note, by=by))
        self.blocked[number] = row

    async def unblock(self, number: str, by: str) -> None:
        """Let `number` call again."""

        def write(connection: sa.Connection) -> None:
            connection.execute(blocked_callers.delete().where(blocked_callers.c.number == number))

        if number in self.blocked:
            await self._write(write, CallerUnblocked(at=self._clock.now(), number=number, by=by))
            self.blocked.pop(number, None)

    async def switch(self, schedule: str, position: Position, by: str) -> None:
        """Open or close a schedule by hand, or let it go by its hours again. Raises ValueError."""
        if position not in POSITIONS:
            raise ValueError(position)
        now = self._clock.now()

        def write(connection: sa.Connection) -> None:
            connection.execute(switched_schedules.delete().where(switched_schedules.c.schedule == schedule))
            if position:
                values = {"schedule": schedule, "position": position, "by": by, "at": now}
                connection.execute(switched_schedules.insert().values(**values))

        if self.positions.get(schedule, "") != position:
            await self._write(write, ScheduleSwitched(at=now, schedule=schedule, position=position, by=by))
            self.positions.pop(schedule, None)
            if position:
                self.positions[schedule] = position

    async def _write(self, write: Callable[[sa.Connection], None], event: journal.Event) -> None:
        def work(connection: sa.Connection) -> None:
            write(connection)
            journal.append(connection, event)

        await self._database.transact(work)
        self._bus.publish(event)
