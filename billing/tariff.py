"""Versions of tariffs: imported as CSV, kept for ever, the newest valid one counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, rows
from billing.days import WEEKDAYS, Calendar
from billing.events import TariffImported
from billing.rating import Tariff
from billing.refusal import Refusal
from billing.schema import tariff_versions
from billing.tariff_csv import parse


class NoTariff(Refusal):
    """No version of this tariff is valid at that time."""

    message = "There is no tariff {name} yet: import one."


class TariffExists(Refusal):
    """Another file was already imported under this name for this moment; versions are never changed."""

    message = "A tariff {name} valid from then was already imported: choose another moment."


class Tariffs:
    """Tariffs by name and version, parsed once, kept in memory.

    calendar: which days are workdays, restdays and holidays.
    """

    def __init__(self, database: Transactions, clock: Clock, *, calendar: Calendar = WEEKDAYS) -> None:
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._parsed: dict[int, Tariff] = {}
        self._valid: dict[str, list[tuple[datetime, int]]] = {}

    async def import_csv(self, name: str, valid_from: datetime, text: str, *, by: str = "") -> int:
        """Make `text` the version of tariff `name` from `valid_from` on; how many rows it has.

        The same text for the same moment again changes nothing. Raises TariffFaulty, TariffExists.
        """
        at = self._clock.now()

        def write(connection: sa.Connection) -> Tariff:
            rates = parse(text)
            version = _same(connection, name, valid_from, text)
            if version is None:
                values = {"name": name, "valid_from": valid_from, "imported_at": at, "csv": text}
                insert = tariff_versions.insert().values(values).returning(tariff_versions.c.id)
                version = int(connection.execute(insert).scalar_one())
                event = TariffImported(
                    at=at, tariff=name, version=version, valid_from=valid_from, rows=len(rates), by=by
                )
                journal.append(connection, event)
            return Tariff(name, rates, version=version, calendar=self._calendar)

        tariff = await self._database.transact(write)
        self._remember(tariff, valid_from)
        return len(tariff)

    async def load(self) -> None:
        """Take from the database every version that counts now or later."""
        now = self._clock.now()

        def read(connection: sa.Connection) -> list[tuple[datetime, Tariff]]:
            wanted = _in_force_or_later(connection, now)
            return [(valid_from, self._read(connection, version)) for version, valid_from in wanted]

        for valid_from, tariff in await self._database.transact(read):
            self._remember(tariff, valid_from)

    def current(self, name: str, at: datetime) -> Tariff:
        """The version of tariff `name` that counts at `at`. Raises NoTariff."""
        valid = [version for valid_from, version in self._valid.get(name, ()) if valid_from <= at]
        if not valid:
            raise NoTariff(name=name)
        return self._parsed[valid[-1]]

    async def version(self, number: int) -> Tariff:
        """A version by its number, also one that no longer counts. Raises LookupError."""
        if number not in self._parsed:
            self._parsed[number] = await self._database.transact(lambda connection: self._read(connection, number))
        return self._parsed[number]

    def _read(self, connection: sa.Connection, version: int) -> Tariff:
        row = connection.execute(sa.select(tariff_versions).where(tariff_versions.c.id == version)).first()
        if row is None:
            raise LookupError(f"there is no tariff version {version}")
        return Tariff(row.name, parse(row.csv), version=version, calendar=self._calendar)

    def _remember(self, tariff: Tariff, valid_from: datetime) -> None:
        self._parsed[tariff.version] = tariff
        versions = self._valid.setdefault(tariff.name, [])
        if (valid_from, tariff.version) not in versions:
            versions.append((valid_from, tariff.version))
            versions.sort()


def _same(connection: sa.Connection, name: str, valid_from: datetime, text: str) -> int | None:
    """The version that is already there, None if there is none. Raises TariffExists if its text is another."""
    query = sa.select(tariff_versions).where(tariff_versions.c.name == name, tariff_versions.c.valid_from == valid_from)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.csv != text:
        raise TariffExists(name=name)
    return int(row.id)


def _in_force_or_later(connection: sa.Connection, now: datetime) -> list[tuple[int, datetime]]:
    query = sa.select(tariff_versions.c.id, tariff_versions.c.name, tariff_versions.c.valid_from)
    found: list[tuple[int, datetime]] = []
    seen: set[str] = set()
    for row in rows(connection, query.order_by(tariff_versions.c.valid_from.desc())):
        if row.valid_from > now or row.name not in seen:
            found.append((row.id, row.valid_from))
        if row.valid_from <= now:
            seen.add(row.name)
    return found
