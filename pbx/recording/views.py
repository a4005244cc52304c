"""Recordings as people look for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pbx.recording.schema import recording_acts, recordings

SHOWN = ("going", "taken", "kept", "deleted")


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is empty does not matter. extension: one that took part; number: part of either end's.

    until: not including it.
    """

    since: datetime | None = None
    until: datetime | None = None
    number: str = ""
    trunk: str = ""
    extension: str = ""
    direction: str = ""
    queue: str = ""
    marked: bool = False
    call: str = ""
    before: datetime | None = None
    most: int = 50


@dataclass(frozen=True)
class Found:
    """A recording. Its columns are those of `schema.recordings`."""

    id: str
    call: str
    caller: str
    called: str
    passed_to: str
    direction: str
    extensions: str
    trunk: str
    queue: str
    rule: str
    about: str
    state: str
    began_at: datetime
    ended_at: datetime | None
    seconds: float
    keep_until: datetime
    format: str
    octets: int
    store: str
    shape: bytes | None
    marked_at: datetime | None
    marked_by: str
    note: str
    deleted_at: datetime | None
    deleted_by: str


@dataclass(frozen=True)
class Act:
    """Who did what with a recording, and when."""

    at: datetime
    act: str
    by: str


_COLUMNS = [recordings.c[name] for name in Found.__dataclass_fields__]


def search(connection: sa.Connection, wanted: Wanted) -> list[Found]:
    """Those that fit, the newest first; at most `wanted.most`, begun before `wanted.before`."""
    query = sa.select(*_COLUMNS).where(recordings.c.state.in_(SHOWN), *_conditions(wanted))
    return _found(connection, query.order_by(recordings.c.began_at.desc(), recordings.c.id).limit(wanted.most))


def one(connection: sa.Connection, identity: str) -> Found | None:
    """A recording by its id."""
    query = sa.select(*_COLUMNS).where(recordings.c.id == identity, recordings.c.state.in_(SHOWN))
    return next(iter(_found(connection, query)), None)


def of_call(connection: sa.Connection, call: str) -> list[Found]:
    """Every leg of talk of a call that is kept, in order."""
    query = sa.select(*_COLUMNS).where(recordings.c.call == call, recordings.c.state.in_(SHOWN))
    return _found(connection, query.order_by(recordings.c.began_at))


def acts(connection: sa.Connection, identity: str) -> list[Act]:
    """All that was done with it, the newest first."""
    row = recording_acts.c
    query = sa.select(row.at, row.act, row.by).where(row.recording == identity).order_by(row.at.desc())
    return [Act(**found) for found in connection.execute(query).mappings()]


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    row = recordings.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(row.began_at >= wanted.since)
    if wanted.until is not None:
        found.append(row.began_at < wanted.until)
    if wanted.before is not None:
        found.append(row.began_at < wanted.before)
    if wanted.number:
        found.append(sa.or_(*(end.contains(wanted.number, autoescape=True) for end in (row.caller, row.called))))
    if wanted.extension:
        found.append(row.extensions.contains(f",{wanted.extension},", autoescape=True))
    if wanted.marked:
        found.append(row.marked_at.is_not(None))
    exactly = ("trunk", "direction", "queue", "call")
    return found + [row[column] == value for column in exactly if (value := getattr(wanted, column))]


def _found(connection: sa.Connection, query: sa.Select[Any]) -> list[Found]:
    return [Found(**row) for row in connection.execute(query).mappings()]
