"""Faxes on record, their pages beside them in files for the owner's eyes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.fax.events import FaxDeleted, FaxLookedAt
from pbx.fax.schema import faxes

MOST = 200
"""Rows that a page shows."""


@dataclass(frozen=True)
class Fax:
    """A fax. Its columns are those of `schema.faxes`."""

    id: str
    direction: str
    line: str
    number: str
    by: str
    state: str
    at: datetime
    ended_at: datetime | None = None
    pages: int = 0
    station: str = ""
    mode: str = ""
    tries: int = 0
    next_try_at: datetime | None = None
    why: str = ""


class Store:
    """directory: where the pages are kept. Publishes what it writes down."""

    def __init__(self, directory: Path, database: Transactions, clock: Clock, bus: Bus) -> None:
        self.directory = directory
        self._database, self._clock, self._bus = database, clock, bus

    def pdf(self, identity: str) -> Path:
        """Its pages as people have them."""
        return self.directory / f"{identity}.pdf"

    def tiff(self, identity: str) -> Path:
        """Its pages as the machine has them."""
        return self.directory / f"{identity}.tif"

    async def every(self) -> Sequence[Fax]:
        """The newest first."""
        return await self._read(sa.select(faxes).order_by(faxes.c.at.desc(), faxes.c.id).limit(MOST))

    async def one(self, identity: str) -> Fax | None:
        """A fax by its id."""
        found = await self._read(sa.select(faxes).where(faxes.c.id == identity))
        return found[0] if found else None

    async def older(self, than: datetime) -> Sequence[Fax]:
        """Those that are over and came before."""
        over = faxes.c.state.not_in(("waiting", "sending"))
        return await self._read(sa.select(faxes).where(over, faxes.c.at < than))

    async def sending(self) -> Sequence[Fax]:
        """Those that a life before was sending."""
        return await self._read(sa.select(faxes).where(faxes.c.state == "sending"))

    async def due(self, now: datetime) -> Fax | None:
        """The one to be sent next, if any is now."""
        waiting = sa.select(faxes).where(faxes.c.state == "waiting", faxes.c.next_try_at <= now)
        found = await self._read(waiting.order_by(faxes.c.next_try_at, faxes.c.id).limit(1))
        return found[0] if found else None

    async def on_its_way(self, number: str, by: str) -> bool:
        """Whether one waits for a number, or is sent to it, whose sender's name begins so."""
        going = faxes.c.state.in_(("waiting", "sending")) & (faxes.c.number == number) & faxes.c.by.startswith(by)
        return bool(await self._read(sa.select(faxes).where(going).limit(1)))

    async def next_due(self) -> datetime | None:
        """When the next one is to be sent."""
        query = sa.select(sa.func.min(faxes.c.next_try_at)).where(faxes.c.state == "waiting")
        return await self._database.transact(lambda connection: connection.execute(query).scalar())

    async def add(self, fax: Fax, event: Event) -> None:
        """A new fax."""
        await self._write(faxes.insert().values(vars(fax)), event)

    async def change(self, fax: Fax, event: Event | None = None, **new: object) -> Fax:
        """The fax with its `new` columns."""
        changed = replace(fax, **new)  # type: ignore[arg-type]
        await self._write(faxes.update().where(faxes.c.id == fax.id).values(**new), event)
        return changed

    async def note(self, event: Event) -> None:
        """What leaves no fax."""
        await self._write(None, event)

    async def looked(self, fax: Fax, by: str) -> None:
        """Somebody opens it."""
        await self._write(None, FaxLookedAt(at=self._clock.now(), fax=fax.id, by=by))

    async def delete(self, fax: Fax, by: str) -> None:
        """Pages first: what is off the record is nowhere."""
        for file in (self.pdf(fax.id), self.tiff(fax.id)):
            file.unlink(missing_ok=True)
        gone = FaxDeleted(at=self._clock.now(), fax=fax.id, by=by)
        await self._write(faxes.delete().where(faxes.c.id == fax.id), gone)

    async def _read(self, query: sa.Select[tuple[object, ...]]) -> Sequence[Fax]:
        def read(connection: sa.Connection) -> list[Fax]:
            return [Fax(**row) for row in connection.execute(query).mappings()]

        return await self._database.transact(read)

    async def _write(self, change: sa.Executable | None, event: Event | None) -> None:
        def write(connection: sa.Connection) -> None:
            if change is not None:
                connection.execute(change)
            if event is not None:
                journal.append(connection, event)

        await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)
