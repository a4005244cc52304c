"""Calls as pages and reports read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.journal import Entry, journal
from pbx.calls.schema import telephone_calls

AFTERWARDS = 5_000
"""Lines of the journal behind a call's end in which something may still be said of it: its bill, its recording."""
KIN = 20
"""Calls that grew out of one another, at most."""


@dataclass(frozen=True)
class CallRow:
    """One call. Times are aware; `answered_at`, `ended_at` are None where that has not happened."""

    id: str
    direction: str
    caller: str
    called: str
    trunk: str
    leg: str
    grown_from: str
    began_at: datetime
    answered_at: datetime | None
    answered_by: str
    ended_at: datetime | None
    outcome: str
    first_line: int

    @property
    def seconds(self) -> float:
        """How long both talked, 0 where they did not or still do."""
        if self.answered_at is None or self.ended_at is None:
            return 0.0
        return max(0.0, (self.ended_at - self.answered_at).total_seconds())


@dataclass(frozen=True)
class Wanted:
    """Which calls: begun in [start, stop); number: of either side, or a part of it; empty: any."""

    start: datetime
    stop: datetime
    number: str = ""
    direction: str = ""
    trunk: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Story:
    """A call, those it grew from or into, oldest first, and all that the journal says of them, in order."""

    call: CallRow
    kin: tuple[CallRow, ...]
    entries: tuple[Entry, ...]


async def search(database: Transactions, wanted: Wanted, most: int, after: int = 0) -> list[CallRow]:
    """The latest `most` of them, newest first, apart from the first `after`."""
    return await database.transact(lambda connection: _search(connection, wanted, most, after))


async def story(database: Transactions, call: str) -> Story | None:
    """All that is on record of a call; None where there is no such call."""
    return await database.transact(lambda connection: _story(connection, call))


def _search(connection: sa.Connection, wanted: Wanted, most: int, after: int) -> list[CallRow]:
    c = telephone_calls.c
    query = sa.select(telephone_calls).where(c.began_at >= wanted.start, c.began_at < wanted.stop)
    if wanted.number:
        either = (column.contains(wanted.number, autoescape=True) for column in (c.caller, c.called))
        query = query.where(sa.or_(*either))
    for column, value in ((c.direction, wanted.direction), (c.trunk, wanted.trunk), (c.outcome, wanted.outcome)):
        if value:
            query = query.where(column == value)
    query = query.order_by(c.began_at.desc(), c.id).limit(most).offset(after)
    return [CallRow(**row._mapping) for row in connection.execute(query)]


def _story(connection: sa.Connection, call: str) -> Story | None:
    found = _rows(connection, telephone_calls.c.id == call)
    if not found:
        return None
    kin = {found[0].id: found[0]}
    grown = found
    while grown and len(kin) < KIN:
        ids = [row.id for row in grown]
        before = [row.grown_from for row in grown if row.grown_from]
        wanted = telephone_calls.c.grown_from.in_(ids) | telephone_calls.c.id.in_(before)
        grown = [row for row in _rows(connection, wanted) if row.id not in kin]
        kin |= {row.id: row for row in grown}
    ordered = tuple(sorted(kin.values(), key=lambda row: row.began_at))
    return Story(found[0], ordered, tuple(_said_of(connection, ordered)))


def _rows(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[CallRow]:
    return [CallRow(**row._mapping) for row in connection.execute(sa.select(telephone_calls).where(where))]


def _said_of(connection: sa.Connection, calls: Sequence[CallRow]) -> list[Entry]:
    first = min(call.first_line for call in calls)
    ended = [_last_line(connection, call) for call in calls]
    naming = sa.or_(*(journal.c.body.contains(call.id) for call in calls))
    near = journal.c.id.between(first, max(ended) + AFTERWARDS)
    query = sa.select(journal).where(near, naming).order_by(journal.c.id)
    return [
        Entry(row.id, datetime.fromisoformat(row.at), row.kind, json.loads(row.body))
        for row in connection.execute(query)
    ]


def _last_line(connection: sa.Connection, call: CallRow) -> int:
    """Of the journal, when the call ended; its very last where it has not."""
    query: sa.Select[Any] = sa.select(sa.func.max(journal.c.id))
    if call.ended_at is not None:
        own = journal.c.body.contains(call.id)
        query = query.where(journal.c.kind == "pbx.CallEnded", journal.c.id >= call.first_line, own)
    return int(connection.execute(query).scalar_one() or call.first_line)
