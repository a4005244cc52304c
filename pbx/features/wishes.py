"""The extensions' wishes: kept as rows, known in memory, every change on record."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.features.events import WishChanged
from pbx.features.following import AS_IT_COMES, Wishes
from pbx.features.schema import extension_wishes

NAMES = tuple(field.name for field in fields(Wishes))


class WishBook:
    """Of every extension. Until `load` nobody wants anything."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self._known: dict[str, Wishes] = {}

    async def load(self) -> None:
        """Read what was wished before."""

        def read(connection: sa.Connection) -> dict[str, Wishes]:
            return {row.extension: _wishes(row._asdict()) for row in connection.execute(sa.select(extension_wishes))}

        self._known = await self._database.transact(read)

    def of(self, extension: str) -> Wishes:
        """What an extension wants."""
        return self._known.get(extension, AS_IT_COMES)

    async def change(self, extension: str, by: str, **changes: Any) -> None:
        """Set some of the wishes; nothing is written down where nothing differs."""
        before = self.of(extension)
        after = replace(before, **changes)
        now = self._clock.now()
        happened = [
            WishChanged(at=now, extension=extension, wish=name, value=_said(getattr(after, name)), by=by)
            for name in NAMES
            if getattr(after, name) != getattr(before, name)
        ]

        def write(connection: sa.Connection) -> None:
            connection.execute(extension_wishes.delete().where(extension_wishes.c.extension == extension))
            if after != AS_IT_COMES:
                row = {**asdict(after), "extension": extension, "in_turn": " ".join(after.in_turn)}
                connection.execute(extension_wishes.insert().values(row))
            journal.append(connection, *happened)

        if not happened:
            return
        await self._database.transact(write)
        self._known[extension] = after
        for event in happened:
            self._bus.publish(event)


def _wishes(row: dict[str, Any]) -> Wishes:
    return Wishes(**{name: row[name] for name in NAMES if name != "in_turn"}, in_turn=tuple(row["in_turn"].split()))


def _said(value: bool | str | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else " ".join(value)
