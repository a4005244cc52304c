"""Staff, rosters and covers as rows; each change in one transaction with the journal event that reports it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime

import sqlalchemy as sa

from appliance.foundation.database import Transactions, serialise
from appliance.foundation.journal import append
from nursecall.roster import Cells, Change, Cover, RosterRefused, Staff, Stint, different
from nursecall.roster_events import CoverChanged, How, RosterChanged, StaffChanged
from nursecall.schema import covers, duties, staff

ALONE = "roster"


@dataclass(frozen=True)
class Books:
    """Everything at once. cells: by ward."""

    staff: dict[str, Staff] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)
    covers: tuple[Cover, ...] = ()


class RosterStore:
    """The tables `staff`, `duties` and `covers`."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def books(self, since: date, now: datetime) -> Books:
        """As `books_of` has them."""
        return await self._database.transact(lambda connection: books_of(connection, since, now))

    async def cells(self, ward: str, first: date, last: date) -> Cells:
        """The ward's roster of these days."""
        return await self._database.transact(lambda connection: _of(connection, ward, first, last))

    async def write_staff(self, people: Iterable[Staff], by: str, at: datetime) -> list[StaffChanged]:
        """Take them in, or note what is new of those who are there. Raises RosterRefused for a login two would have."""
        every = list(people)

        def write(connection: sa.Connection) -> list[StaffChanged]:
            serialise(connection, ALONE)
            events = [event for one in every if (event := _put(connection, one, by, at)) is not None]
            _logins_apart(connection)
            append(connection, *events)
            return events

        return await self._database.transact(write)

    async def rewrite(
        self, ward: str, first: date, last: date, change: Change, how: How, by: str, at: datetime
    ) -> RosterChanged | None:
        """Change the ward's roster of these days; None where nothing is different. Raises what `change` raises."""

        def write(connection: sa.Connection) -> RosterChanged | None:
            serialise(connection, ALONE)
            old = _of(connection, ward, first, last)
            new = different(old, change(old))
            if not new:
                return None
            for (day, shift), stints in new.items():
                here = sa.and_(duties.c.ward == ward, duties.c.day == day, duties.c.shift == shift)
                connection.execute(duties.delete().where(here))
                for place, stint in enumerate(stints):
                    row = {"ward": ward, "day": day, "shift": shift, "place": place} | asdict(stint)
                    connection.execute(duties.insert().values(row))
            told = tuple((*cell, tuple((one.staff, one.beds) for one in stints)) for cell, stints in new.items())
            event = RosterChanged(at=at, ward=ward, how=how, cells=told, by=by)
            append(connection, event)
            return event

        return await self._database.transact(write)

    async def cover(self, cover: Cover, by: str, at: datetime) -> CoverChanged:
        """From now on `cover` counts."""
        event = _covers(cover, by, at, withdrawn=False)

        def write(connection: sa.Connection) -> None:
            connection.execute(covers.insert().values(asdict(cover)))
            append(connection, event)

        await self._database.transact(write)
        return event

    async def withdraw(self, cover: Cover, by: str, at: datetime) -> CoverChanged:
        """`cover` counts no longer; one that has begun ends now."""
        event = _covers(cover, by, at, withdrawn=True)

        def write(connection: sa.Connection) -> None:
            this = covers.c.id == cover.id
            if cover.start < at:
                connection.execute(covers.update().where(this).values(end=at))
            else:
                connection.execute(covers.delete().where(this))
            append(connection, event)

        await self._database.transact(write)
        return event


def books_of(connection: sa.Connection, since: date, now: datetime) -> Books:
    """All staff, the roster from `since` on, and covers that were not over at `now`."""
    every = {row.id: Staff(**row._mapping) for row in connection.execute(sa.select(staff))}
    cells = _cells(connection, duties.c.day >= since)
    coming = sa.select(covers).where(covers.c.end > now).order_by(covers.c.start, covers.c.id)
    return Books(every, cells, tuple(Cover(**row._mapping) for row in connection.execute(coming)))


def _of(connection: sa.Connection, ward: str, first: date, last: date) -> Cells:
    found = _cells(connection, sa.and_(duties.c.ward == ward, duties.c.day.between(first, last)))
    return found.get(ward, {})


def _cells(connection: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, Cells]:
    found: dict[str, dict[tuple[date, str], tuple[Stint, ...]]] = {}
    query = sa.select(duties).where(which).order_by(duties.c.day, duties.c.shift, duties.c.place)
    for row in connection.execute(query):
        cells = found.setdefault(row.ward, {})
        cells[row.day, row.shift] = (*cells.get((row.day, row.shift), ()), Stint(row.staff, row.beds))
    return dict(found)


def _put(connection: sa.Connection, one: Staff, by: str, at: datetime) -> StaffChanged | None:
    row = connection.execute(sa.select(staff).where(staff.c.id == one.id)).first()
    known = Staff(**row._mapping) if row is not None else None
    names = [of.name for of in fields(Staff)]
    new = tuple(name for name in names if known is None or getattr(known, name) != getattr(one, name))
    if known is None:
        connection.execute(staff.insert().values(asdict(one)))
    elif new:
        connection.execute(staff.update().where(staff.c.id == one.id).values(asdict(one)))
    else:
        return None
    return StaffChanged(at=at, staff=one.id, ward=one.ward, role=one.role, active=one.active, fields=new, by=by)


def _logins_apart(connection: sa.Connection) -> None:
    query = sa.select(staff.c.login).where(staff.c.login != "", staff.c.active)
    twice = connection.execute(query.group_by(staff.c.login).having(sa.func.count() > 1)).scalars().first()
    if twice is not None:
        raise RosterRefused("The log-in {login} belongs to somebody else already.", login=twice)


def _covers(cover: Cover, by: str, at: datetime, *, withdrawn: bool) -> CoverChanged:
    return CoverChanged(
        at=at, cover=cover.id, ward=cover.ward, staff=cover.staff, start=cover.start, end=cover.end,
        withdrawn=withdrawn, by=by,
    )  # fmt: skip
