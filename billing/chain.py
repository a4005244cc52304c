"""The hashes that hold the ledger together, and what does not follow from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.values import Money
from billing import books
from billing.schema import entries, postings

GENESIS = "0" * 64

CARRIED_OVER = "billing.LedgerCarriedOver"
"""The journal's line about entries that are older than it: `entry` is the last of them, `hash` its hash."""


@dataclass(frozen=True)
class Posting:
    """What an entry does to one book; amounts are credits. balance: after it, where the book is a caller's account."""

    book: str
    amount: Money
    balance: Money | None = None


@dataclass(frozen=True)
class Broken:
    """An entry that is not as it was written. why: a message id, `facts` fill its fields."""

    entry: int
    why: str
    facts: dict[str, object]


def link(
    previous: str,
    number: int,
    at: datetime,
    kind: str,
    reference: str,
    by: str,
    note: str,
    lines: Sequence[Posting],
) -> str:
    """The hash of an entry: SHA-256 of a JSON list of the hash before it and all that it says, in UTF-8.

    `[previous, number, at, kind, reference, by, note, [[book, amount, balance], …]]` without spaces, `at` in ISO 8601
    and UTC, amounts in 1/10 000 yuan, balance null where the book keeps none.
    """
    written = [[line.book, line.amount, line.balance] for line in lines]
    said = [previous, number, at.astimezone(UTC).isoformat(), kind, reference, by, note, written]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def head(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and the genesis where there is none."""
    last = connection.execute(sa.select(entries.c.id, entries.c.hash).order_by(entries.c.id.desc()).limit(1)).first()
    return (last.id, last.hash) if last else (0, GENESIS)


def verify(connection: sa.Connection) -> Iterator[Broken]:
    """Every entry that was changed, removed, put in or moved, in order; nothing when the ledger is whole.

    The journal tells of each entry with its hash: so a ledger whose last entries were cut off, or that was written
    anew with good hashes, is found too, as long as `journal.verify` finds the journal whole.
    """
    carried, told = _told(connection)
    expected, previous = 1, GENESIS
    for row, lines in _written(connection):
        if row.id > expected:
            yield _missing(expected, row.id - 1)
        if row.hash != link(previous, row.id, row.at, row.kind, row.reference, row.by, row.note, lines):
            yield Broken(row.id, "the entry does not match its hash", {})
        if sum(line.amount for line in lines):
            yield Broken(row.id, "its postings do not add up to zero", {})
        known = told.pop(row.id, None)
        if known is None and row.id > carried:
            yield Broken(row.id, "the journal does not know this entry", {})
        elif known is not None and known.hex() != row.hash:
            yield Broken(row.id, "the journal knows this entry by another hash", {})
        expected, previous = row.id + 1, row.hash
    last = max(told, default=0)
    if last >= expected:
        yield _missing(expected, last)
    yield from _strays(connection)


def length(connection: sa.Connection) -> int:
    """How many entries there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one()


def _missing(first: int, last: int) -> Broken:
    return Broken(last, "entries {first} to {last} are missing", {"first": first, "last": last})


def _told(connection: sa.Connection) -> tuple[int, dict[int, bytes]]:
    """What the journal says: up to which entry it only vouches for the last one, and the hash of each it tells of."""
    carried, told = 0, dict[int, bytes]()
    kinds = (CARRIED_OVER, "billing.MoneyMoved")
    query = sa.select(journal.journal.c.kind, journal.journal.c.body).where(journal.journal.c.kind.in_(kinds))
    for row in connection.execute(query.order_by(journal.journal.c.id).execution_options(yield_per=1000)):
        body: dict[str, Any] = json.loads(row.body)
        if "hash" not in body:
            continue  # written before there was a chain
        told[body["entry"]] = bytes.fromhex(body["hash"])
        if row.kind == CARRIED_OVER:
            carried = body["entry"]
    return carried, told


def _written(connection: sa.Connection) -> Iterator[tuple[Any, list[Posting]]]:
    """Each entry and its postings, in order."""
    query = (
        sa.select(entries, postings.c.book, postings.c.amount, postings.c.balance)
        .join_from(entries, postings, isouter=True)
        .order_by(entries.c.id, postings.c.line)
    )
    for _, group in groupby(connection.execute(query.execution_options(yield_per=1000)), lambda row: row.id):
        rows = list(group)
        yield rows[0], [Posting(row.book, row.amount, row.balance) for row in rows if row.book is not None]


def _strays(connection: sa.Connection) -> Iterator[Broken]:
    """Postings of no entry, and postings that say another account than their book: neither is in a hash."""
    query = sa.select(postings.c.entry).join_from(postings, entries, isouter=True).where(entries.c.id.is_(None))
    for entry in connection.execute(query.distinct().order_by(postings.c.entry)).scalars():
        yield Broken(entry, "postings without their entry", {})
    named = books.ACCOUNT + sa.func.coalesce(postings.c.account, "")
    wrong = sa.case(
        (postings.c.account.is_(None), postings.c.book.startswith(books.ACCOUNT)), else_=postings.c.book != named
    )
    for entry in connection.execute(
        sa.select(postings.c.entry).where(wrong).distinct().order_by(postings.c.entry)
    ).scalars():
        yield Broken(entry, "its account is not that of its book", {})
