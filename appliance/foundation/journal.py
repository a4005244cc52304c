"""The append-only journal: every domain event, in the transaction of the change it reports, hash-chained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
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
    """A line that does not follow from the one before it. why: a message id, `facts` fill its fields."""

    id: int
    why: str
    facts: dict[str, object] = field(default_factory=dict)


def append(connection: sa.Connection, *events: Event) -> None:
    """Write `events` at the end of the chain, within the caller's transaction."""
    serialise(connection, "journal")
    last = head(connection)
    number, previous = last.id, last.hash
    for event in events:
        number += 1
        line = _line(event)
        previous = link(previous, number, **line)
        connection.execute(journal.insert().values(id=number, hash=previous, **line))


def link(previous: str, number: int, at: str, kind: str, body: str) -> str:
    """The hash of a line: SHA-256 over the previous hash, number, time, kind and body, each ended by a newline."""
    return hashlib.sha256(f"{previous}\n{number}\n{at}\n{kind}\n{body}\n".encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """The last line of the journal: its number (0 where there is none) and its hash."""

    id: int
    hash: str


def head(connection: sa.Connection) -> Head:
    """Where the chain ends now; kept elsewhere, it later proves that nothing was cut off."""
    last = connection.execute(sa.select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)).first()
    return Head(last.id, last.hash) if last else Head(0, GENESIS)


def verify(connection: sa.Connection, *, known: Head | None = None) -> Iterator[Broken]:
    """Every line that was changed, removed or put in. An empty result means the chain is whole.

    A chain whose last lines were cut off is whole too: only `known`, a head that was kept elsewhere, shows it, and
    shows also a journal that was written anew from that line or an earlier one.
    """
    kept = known is None or known.id == 0
    expected, previous = 1, GENESIS
    for row in connection.execute(sa.select(journal).order_by(journal.c.id).execution_options(yield_per=1000)):
        if row.id > expected:
            yield Broken(row.id, "lines {first} to {last} are missing", {"first": expected, "last": row.id - 1})
        if row.hash != link(previous, row.id, row.at, row.kind, row.body):
            yield Broken(row.id, "the line does not match its hash")
        if known is not None and row.id == known.id:
            kept = True
            if row.hash != known.hash:
                yield Broken(row.id, "the line is not the one that was known")
        expected, previous = row.id + 1, row.hash
    if known is not None and not kept:
        yield Broken(known.id, "the journal ends at line {last}", {"last": expected - 1})


def length(connection: sa.Connection) -> int:
    """How many lines there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one()


def entries(connection: sa.Connection, *, after: int = 0, since: datetime | None = None) -> Iterator[Entry]:
    """The journal in order, from the line after number `after`; of what happened at `since` or later."""
    query = sa.select(journal).where(journal.c.id > after).order_by(journal.c.id)
    if since is not None:
        query = query.where(journal.c.at >= _moment(since))
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield Entry(row.id, datetime.fromisoformat(row.at), row.kind, json.loads(row.body))


def _line(event: Event) -> dict[str, str]:
    cls = type(event)
    kind = f"{cls.__module__.split('.')[0]}.{cls.__name__}"
    body = {each.name: getattr(event, each.name) for each in fields(event) if each.name != "at"}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return {"at": _moment(event.at), "kind": kind, "body": text}


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(UTC).isoformat()


def _plain(value: object) -> object:
    match value:
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case tuple() | frozenset() | set():
            return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    raise TypeError(f"{type(value).__name__} cannot be journalled")
