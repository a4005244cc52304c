"""Reading who went through the menus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from pbx.ivr.schema import menu_calls, menu_steps


@dataclass(frozen=True)
class MenuCall:
    """A caller's way, from the first menu to its end; why is empty while they are in it."""

    call: str
    flow: str
    caller: str
    entered_at: datetime
    left_at: datetime | None
    left_flow: str
    left_node: str
    why: str


@dataclass(frozen=True)
class Step:
    """One step of it."""

    at: datetime
    flow: str
    node: str
    kind: str
    what: str
    detail: str


class PastMenus:
    """Menu calls as they are on record."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def calls(self, limit: int = 100) -> list[MenuCall]:
        """The newest first."""

        def read(connection: sa.Connection) -> list[MenuCall]:
            columns = [menu_calls.c[name] for name in MenuCall.__dataclass_fields__]
            query = sa.select(*columns).order_by(menu_calls.c.entered_at.desc()).limit(limit)
            return [MenuCall(**row._mapping) for row in connection.execute(query)]

        return await self._database.transact(read)

    async def steps(self, call: str) -> list[Step]:
        """In their order."""

        def read(connection: sa.Connection) -> list[Step]:
            columns = [menu_steps.c[name] for name in Step.__dataclass_fields__]
            query = sa.select(*columns).where(menu_steps.c.call == call).order_by(menu_steps.c.id)
            return [Step(**row._mapping) for row in connection.execute(query)]

        return await self._database.transact(read)
