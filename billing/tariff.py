"""Versions of tariffs: imported as CSV, kept for ever once they have counted; the newest valid one counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, rows
from appliance.foundation.days import WEEKDAYS, Calendar
from billing.charge import Rate
from billing.events import TariffImported, TariffWithdrawn
from billing.rating import Tariff
from billing.refusal import Refusal
from billing.schema import tariff_versions
from billing.tariff_csv import parse

LONGEST_CALL = timedelta(days=1)


class NoTariff(Refusal):
    """No version of this tariff is valid at that time."""

    message = "There is no tariff {name} yet: import one."


class TariffExists(Refusal):
    """Another file was already imported under this name for this moment; versions are never changed."""

    message = "A tariff {name} valid from then was already imported: choose another moment."


class TariffInForce(Refusal):
    """A version that counts, or has counted, stays for ever: calls were charged by it."""

    message = "This version counts already, or has counted: import another one instead."


class NoVersion(Refusal):
    """There is no version of this number."""

    message = "There is no tariff version {version}."


@dataclass(frozen=True)
class Version:
    """One version of a tariff. until: when the next one begins to count, None where none is known.

    rows: how many it has. by: who imported it, empty where that was not kept.
    """

    id: int
    name: str
    valid_from: datetime
    until: datetime | None
    imported_at: datetime
    rows: int
    by: str

    def state(self, at: datetime) -> Literal["past", "current", "future"]:
        """Whether it counts at that moment."""
        if at < self.valid_from:
            return "future"
        return "current" if self.until is None or at < self.until else "past"


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
                values |= {"row_count": len(rates), "imported_by": by}
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

    async def withdraw(self, version: int, *, by: str) -> None:
        """Take back a version that does not count yet. Raises NoVersion, TariffInForce."""
        at = self._clock.now()

        def write(connection: sa.Connection) -> None:
            row = connection.execute(sa.select(tariff_versions).where(tariff_versions.c.id == version)).first()
            if row is None:
                raise NoVersion(version=version)
            if row.valid_from <= at:
                raise TariffInForce
            connection.execute(tariff_versions.delete().where(tariff_versions.c.id == version))
            event = TariffWithdrawn(at=at, tariff=row.name, version=version, valid_from=row.valid_from, by=by)
            journal.append(connection, event)

        await self._database.transact(write)
        self._forget(version)

    async def load(self) -> None:
        """Take from the database every version that counted yesterday, counts now or will; each is read once.

        Yesterday's, for calls that began before the newest version did.
        """
        since = self._clock.now() - LONGEST_CALL

        def read(connection: sa.Connection) -> list[tuple[datetime, int, str, Tariff | None]]:
            wanted = _in_force_or_later(connection, since)
            return [
                (valid_from, version, name, None if version in self._parsed else self._read(connection, version))
                for version, name, valid_from in wanted
            ]

        valid: dict[str, list[tuple[datetime, int]]] = {}
        for valid_from, version, name, tariff in await self._database.transact(read):
            if tariff is not None:
                self._parsed[version] = tariff
            valid.setdefault(name, []).append((valid_from, version))
        self._valid = {name: sorted(versions) for name, versions in valid.items()}

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

    def _forget(self, version: int) -> None:
        self._parsed.pop(version, None)
        for name, versions in self._valid.items():
            self._valid[name] = [known for known in versions if known[1] != version]

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


def _in_force_or_later(connection: sa.Connection, now: datetime) -> list[tuple[int, str, datetime]]:
    query = sa.select(tariff_versions.c.id, tariff_versions.c.name, tariff_versions.c.valid_from)
    found: list[tuple[int, str, datetime]] = []
    seen: set[str] = set()
    for row in rows(connection, query.order_by(tariff_versions.c.valid_from.desc())):
        if row.valid_from > now or row.name not in seen:
            found.append((row.id, row.name, row.valid_from))
        if row.valid_from <= now:
            seen.add(row.name)
    return found


async def versions(database: Transactions, name: str | None = None) -> list[Version]:
    """Every version, of every tariff or of one, by name and the time from which it counts."""
    columns = [column for column in tariff_versions.c if column.name != "csv"]
    query = sa.select(*columns).order_by(tariff_versions.c.name, tariff_versions.c.valid_from)
    if name is not None:
        query = query.where(tariff_versions.c.name == name)

    def read(connection: sa.Connection) -> list[Version]:
        found = rows(connection, query)
        return [
            Version(
                row.id, row.name, row.valid_from,
                after.valid_from if after is not None and after.name == row.name else None,
                row.imported_at, row.row_count, row.imported_by,
            )
            for row, after in zip_longest(found, found[1:])
        ]  # fmt: skip

    return await database.transact(read)


async def rates_of(database: Transactions, version: int) -> list[Rate]:
    """The rows of a version, in the order of its file. Raises NoVersion."""

    def read(connection: sa.Connection) -> str | None:
        query = sa.select(tariff_versions.c.csv).where(tariff_versions.c.id == version)
        return connection.execute(query).scalar()

    text = await database.transact(read)
    if text is None:
        raise NoVersion(version=version)
    return parse(text)
