"""The append-only journal: every domain event, in the transaction of the change it reports, hash-chained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import metadata, serialise

GENESIS = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened. Subclasses add their fields; `at` is when, aware, in UTC."""

    at: datetime


journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(80), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)


@dataclass(frozen=True)
class Entry:
    """One line of the journal; `body` is the event's fields as JSON values."""

    id: int
    at: datetime
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A line that does not follow from the one before it."""

    id: int
    why: str


def append(connection: sa.Connection, *events: Event) -> None:
    """Write `events` at the end of the chain, within the caller's transaction."""
    serialise(connection, "journal")
    last = connection.execute(sa.select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)).first()
    number, previous = (last.id, last.hash) if last else (0, GENESIS)
    for event in events:
        number += 1
        line = _line(event)
        previous = link(previous, number, **line)
        connection.execute(journal.insert().values(id=number, hash=previous, **line))


def link(previous: str, number: int, at: str, kind: str, body: str) -> str:
    """The hash of a line: SHA-256 over the previous hash, number, time, kind and body, each ended by a newline."""
    return hashlib.sha256(f"{previous}\n{number}\n{at}\n{kind}\n{body}\n".encode()).hexdigest()


def verify(connection: sa.Connection) -> Iterator[Broken]:
    """Every line that was changed, removed or put in. An empty result means the chain is whole."""
    expected, previous = 1, GENESIS
    for row in connection.execute(sa.select(journal).order_by(journal.c.id)).yield_per(1000):
        if row.id != expected:
            yield Broken(row.id, f"lines {expected} to {row.id - 1} are missing")
        if row.hash != link(previous, row.id, row.at, row.kind, row.body):
            yield Broken(row.id, "the line does not match its hash")
        expected, previous = row.id + 1, row.hash


def entries(connection: sa.Connection, *, after: int = 0) -> Iterator[Entry]:
    """The journal in order, from the line after number `after`."""
    query = sa.select(journal).where(journal.c.id > after).order_by(journal.c.id)
    for row in connection.execute(query).yield_per(1000):
        yield Entry(row.id, datetime.fromisoformat(row.at), row.kind, json.loads(row.body))


def _line(event: Event) -> dict[str, str]:
    cls = type(event)
    kind = f"{cls.__module__.split('.')[0]}.{cls.__name__}"
    body = {field.name: getattr(event, field.name) for field in fields(event) if field.name != "at"}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return {"at": event.at.astimezone(UTC).isoformat(), "kind": kind, "body": text}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case tuple() | frozenset() | set():
            return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    raise TypeError(f"{type(value).__name__} cannot be journalled")
