"""The table of regions in the records, and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.regions.file import Row, read_regions, write_regions
from pbx.regions.schema import region_tables
from pbx.regions.table import RegionTable


@dataclass(frozen=True, kw_only=True)
class RegionsImported(Event):
    """Another table of regions is in force."""

    rows: int
    by: str


@dataclass(frozen=True)
class Imported:
    """When the table in force came, who brought it, and how many rows it has."""

    at: datetime
    by: str
    rows: int


class Regions:
    """The table in force; an empty one until `load`, and where none was imported."""

    def __init__(self, database: Transactions, clock: Clock) -> None:
        self.table = RegionTable()
        self._version: int | None = None
        self._database = database
        self._clock = clock

    def carrier_of(self, number: str) -> str:
        """As `RegionTable.carrier_of` has it, by the table in force."""
        return self.table.carrier_of(number)

    async def replace(self, rows: Sequence[Row], *, by: str) -> None:
        """Put these rows in place of all others."""
        at = self._clock.now()
        text = write_regions(rows)

        def write(connection: sa.Connection) -> int:
            values = {"imported_at": at, "imported_by": by, "row_count": len(rows), "csv": text}
            insert = region_tables.insert().values(values).returning(region_tables.c.id)
            version = int(connection.execute(insert).scalar_one())
            # Only now, so that the new one has a number that nobody has seen.
            connection.execute(region_tables.delete().where(region_tables.c.id != version))
            journal.append(connection, RegionsImported(at=at, rows=len(rows), by=by))
            return version

        self._version = await self._database.transact(write)
        self.table = RegionTable(rows)

    async def load(self) -> None:
        """Take up the table of the records, if it is not the one we have."""
        known = self._version

        def read(connection: sa.Connection) -> tuple[int | None, RegionTable | None]:
            version = connection.execute(sa.select(sa.func.max(region_tables.c.id))).scalar()
            if version is None or version == known:
                return version, None
            text = connection.execute(sa.select(region_tables.c.csv).where(region_tables.c.id == version)).scalar_one()
            return version, RegionTable(read_regions(text))

        self._version, table = await self._database.transact(read)
        if table is not None:
            self.table = table


async def imported(database: Transactions) -> Imported | None:
    """Which table is in force; None where there is none."""
    query = sa.select(region_tables.c.imported_at, region_tables.c.imported_by, region_tables.c.row_count)

    def read(connection: sa.Connection) -> Imported | None:
        row = connection.execute(query).first()
        return None if row is None else Imported(row.imported_at, row.imported_by, row.row_count)

    return await database.transact(read)


async def as_text(database: Transactions) -> str:
    """The table in force as CSV, as `read_regions` reads it; only a heading where there is none."""

    def read(connection: sa.Connection) -> str:
        return str(connection.execute(sa.select(region_tables.c.csv)).scalar() or write_regions(()))

    return await database.transact(read)
