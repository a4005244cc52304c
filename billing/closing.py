"""Months that are closed: nothing more is written into them, and what every book held is on record with a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from billing import books
from billing.chain import Broken
from billing.events import MonthClosed
from billing.refusal import Refusal
from billing.schema import closings, entries, postings


class NotOver(Refusal):
    """A month is closed when it is over."""

    message = "{month} is not over yet."


class NotNext(Refusal):
    """Months are closed one after another."""

    message = "Close {month} first."


class AlreadyClosed(Refusal):
    """It was closed before."""

    message = "{month} is closed already."


@dataclass(frozen=True)
class Closing:
    """A closed month. entry: the last of it; balances: of every book at its end, credits positive."""

    month: str
    until: datetime
    entry: int
    closed_at: datetime
    by: str
    balances: dict[str, int]
    hash: str


class Closings:
    """All of them. zone: by whose clock months begin."""

    def __init__(self, database: Transactions, zone: ZoneInfo, clock: Clock, bus: Bus) -> None:
        self._database, self._zone, self._clock, self._bus = database, zone, clock, bus

    async def close(self, month: str, by: str) -> Closing:
        """Close `month` (`2026-10`). Raises NotOver, NotNext, AlreadyClosed; ValueError for what is no month."""
        first = date.fromisoformat(f"{month}-01")
        until = self._midnight((first + timedelta(days=31)).replace(day=1))
        at = self._clock.now()
        if at < until:
            raise NotOver(month=month)

        def write(connection: sa.Connection) -> tuple[Closing, MonthClosed]:
            serialise(connection, "ledger")
            self._in_turn(connection, month)
            found = _reckoned(connection, month, until)
            row = Closing(month, until, found[0], at, by, found[1], found[2])
            connection.execute(closings.insert().values({**vars(row), "balances": _text(row.balances)}))
            event = MonthClosed(at=at, month=month, entry=row.entry, hash=row.hash, by=by)
            journal.append(connection, event)
            return row, event

        row, event = await self._database.transact(write)
        self._bus.publish(event)
        return row

    async def every(self) -> list[Closing]:
        """Closed months, newest first."""
        query = sa.select(closings).order_by(closings.c.month.desc())

        def read(connection: sa.Connection) -> list[Closing]:
            found = connection.execute(query).mappings()
            return [Closing(**{**row, "balances": json.loads(row["balances"])}) for row in found]

        return await self._database.transact(read)

    async def next(self) -> str | None:
        """The month that is to be closed next; None while nothing was ever written, or it is not over."""

        def read(connection: sa.Connection) -> str | None:
            return self._next(connection)

        month = await self._database.transact(read)
        today = self._clock.now().astimezone(self._zone)
        return month if month is not None and month < today.strftime("%Y-%m") else None

    def _in_turn(self, connection: sa.Connection, month: str) -> None:
        if connection.execute(sa.select(closings.c.month).where(closings.c.month == month)).first():
            raise AlreadyClosed(month=month)
        following = self._next(connection)
        if following is not None and month != following:
            raise NotNext(month=following)

    def _next(self, connection: sa.Connection) -> str | None:
        last = connection.execute(sa.select(sa.func.max(closings.c.month))).scalar()
        if last is not None:
            first = date.fromisoformat(f"{last}-01")
            return (first + timedelta(days=31)).strftime("%Y-%m")
        oldest = connection.execute(sa.select(entries.c.at).order_by(entries.c.id).limit(1)).scalar()
        return None if oldest is None else oldest.astimezone(self._zone).strftime("%Y-%m")

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


def verify(connection: sa.Connection) -> Iterator[Broken]:
    """Closed months whose books are no longer what was closed, or that the journal does not know so."""
    told = _told(connection)
    for row in connection.execute(sa.select(closings).order_by(closings.c.month)).all():
        entry, balances, digest = _reckoned(connection, row.month, row.until)
        facts: dict[str, object] = {"month": row.month}
        if (entry, _text(balances), digest) != (row.entry, row.balances, row.hash):
            yield Broken(row.entry, "the books of {month} are not what was closed", facts)
        if told.pop(row.month, None) != row.hash:
            yield Broken(row.entry, "the journal does not know this closing of {month}", facts)
    for month in sorted(told):
        yield Broken(0, "the closing of {month} is missing", {"month": month})


def _reckoned(connection: sa.Connection, month: str, until: datetime) -> tuple[int, dict[str, int], str]:
    """The last entry before `until`, what every book held then, and the hash of both and of the month."""
    last = connection.execute(
        sa.select(entries.c.id, entries.c.hash).where(entries.c.at < until).order_by(entries.c.id.desc()).limit(1)
    ).first()
    query = (
        sa.select(postings.c.book, sa.func.sum(postings.c.amount).label("held"))
        .join_from(postings, entries)
        .where(entries.c.at < until)
        .group_by(postings.c.book)
        .order_by(postings.c.book)
    )
    balances = {row.book: int(row.held) for row in connection.execute(query)}
    entry, link = (last.id, last.hash) if last else (0, "")
    said = json.dumps(
        [month, until.astimezone(UTC).isoformat(), entry, link, _text(balances)],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return entry, balances, hashlib.sha256(said.encode()).hexdigest()


def _text(balances: dict[str, int]) -> str:
    return json.dumps(balances, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _told(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(journal.journal.c.body).where(journal.journal.c.kind == "billing.MonthClosed")
    bodies = map(json.loads, connection.execute(query.order_by(journal.journal.c.id)).scalars())
    return {body["month"]: body["hash"] for body in bodies}


def held(closing: Closing) -> list[tuple[str, int]]:
    """What the books held, callers' accounts taken together, in the order of the books."""
    own = sum(amount for book, amount in closing.balances.items() if book.startswith(books.ACCOUNT))
    rest = [(book, amount) for book, amount in sorted(closing.balances.items()) if not book.startswith(books.ACCOUNT)]
    return [(books.ACCOUNT, own), *rest]
