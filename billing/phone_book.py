"""Numbers that an account keeps: under the keys 1 to 9, and those it called last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from billing import ledger
from billing.events import SpeedDialSet
from billing.schema import leases, speed_dials

KEYS = "123456789"


class PhoneBook:
    """All numbers are of the world: E.164 digits without `+`."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus

    async def speed_dials(self, account: str) -> Mapping[str, str]:
        """Key to number."""
        query = sa.select(speed_dials.c.key, speed_dials.c.number).where(speed_dials.c.account == account)

        def read(connection: sa.Connection) -> dict[str, str]:
            return {row.key: row.number for row in connection.execute(query)}

        return await self._database.transact(read)

    async def keep(self, account: str, key: str, number: str) -> None:
        """From now on `number` is under `key`. Raises NoSuchAccount."""
        event = SpeedDialSet(at=self._clock.now(), account=account, key=key)
        where = (speed_dials.c.account == account, speed_dials.c.key == key)

        def write(connection: sa.Connection) -> None:
            ledger.lock(connection, account)
            connection.execute(speed_dials.delete().where(*where))
            connection.execute(speed_dials.insert().values(account=account, key=key, number=number))
            journal.append(connection, event)

        await self._database.transact(write)
        self._bus.publish(event)

    async def recent(self, account: str, most: int) -> Sequence[str]:
        """Numbers called last, the latest first, each once."""
        last = sa.func.max(leases.c.opened_at).label("last")
        query = sa.select(leases.c.called, last).where(leases.c.account == account).group_by(leases.c.called)
        query = query.order_by(sa.desc("last")).limit(most)

        def read(connection: sa.Connection) -> list[str]:
            return [row.called for row in connection.execute(query)]

        return await self._database.transact(read)
