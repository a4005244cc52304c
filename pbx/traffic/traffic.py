"""Counts calls over trunks into the hours of the records, and reads them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from pbx.traffic.hours import NOTHING, Amount, Key, amounts, hour_of
from pbx.traffic.schema import trunk_hours
from pbx.trunk_lines import LineCall

SOON = timedelta(seconds=1)
LATER = timedelta(seconds=10)


class Traffic:
    """What is counted is written a second later; what cannot be written waits, and is written when it can.

    changed: told whenever a call over a trunk begins or is over.
    """

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock) -> None:
        self.changed: Callable[[], object] = lambda: None
        self._database = database
        self._clock = clock
        self._tasks = Tasks()
        self._waiting: defaultdict[Key, Amount] = defaultdict(lambda: NOTHING)
        self._timer: Timer | None = None

    def begun(self, trunk: str, used: int, at: datetime) -> None:
        """A line of `trunk` was taken: `used` are in use now."""
        self._add(Key(trunk, hour_of(at), False), Amount(peak=used))
        self.changed()

    def over(self, call: LineCall) -> None:
        """A call over a trunk is over."""
        for key, amount in amounts(call):
            self._add(key, amount)
        self.changed()

    async def read(self, first: datetime, end: datetime) -> dict[Key, Amount]:
        """All hours from `first` on, before `end`, that have anything, also what is not written yet."""
        names = [column.name for column in trunk_hours.columns if column.name not in ("trunk", "hour", "incoming")]

        def look(connection: sa.Connection) -> dict[Key, Amount]:
            wanted = sa.select(trunk_hours).where(trunk_hours.c.hour >= first, trunk_hours.c.hour < end)
            return {
                Key(row.trunk, row.hour, row.incoming): Amount(**{name: getattr(row, name) for name in names})
                for row in connection.execute(wanted.order_by(trunk_hours.c.hour))
            }

        waiting = {key: amount for key, amount in self._waiting.items() if first <= key.hour < end}
        found = await self._database.transact(look)
        return found | {key: found.get(key, NOTHING) + amount for key, amount in waiting.items()}

    async def write(self) -> None:
        """Write what waits. Raises what the database raises; then it still waits."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waiting, self._waiting = self._waiting, defaultdict(lambda: NOTHING)
        if not waiting:
            return
        try:
            await self._database.transact(lambda connection: _write(connection, waiting))
        except BaseException:
            for key, amount in waiting.items():
                self._waiting[key] += amount
            raise

    async def finish(self) -> None:
        """Write what waits and stop."""
        self._tasks.stop()
        try:
            await self.write()
        except Exception:
            self.log.failure("what went over trunks in the last second was not written")

    def _add(self, key: Key, amount: Amount) -> None:
        self._waiting[key] += amount
        self._write_in(SOON)

    def _write_in(self, delay: timedelta) -> None:
        if self._timer is None or not self._timer.active():
            self._timer = self._clock.later(delay, lambda: self._tasks.start(self._try(), "writing traffic"))

    async def _try(self) -> None:
        try:
            await self.write()
        except CancelledError:
            raise
        except Exception:
            self.log.failure("traffic was not written; it is tried again")
            self._write_in(LATER)


def _write(connection: sa.Connection, waiting: Mapping[Key, Amount]) -> None:
    for key, amount in waiting.items():
        where = sa.and_(
            trunk_hours.c.trunk == key.trunk, trunk_hours.c.hour == key.hour, trunk_hours.c.incoming == key.incoming
        )
        found = connection.execute(sa.select(trunk_hours).where(where)).one_or_none()
        if found is None:
            connection.execute(trunk_hours.insert().values(**asdict(key), **asdict(amount)))
        else:
            names = asdict(amount)
            whole = Amount(**{name: getattr(found, name) for name in names}) + amount
            connection.execute(trunk_hours.update().where(where).values(**asdict(whole)))
