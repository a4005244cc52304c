"""What came into the tills in some days and went out of them, cashier by cashier, read from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing import books
from billing.charge import NOTHING
from billing.schema import accounts, entries, postings

CASH_KINDS = ("deposit", "settlement", "refund", "payment", "float", "handover")
"""Kinds of entries that touch a till, in the order of the report."""
OF_THE_HOUSE = ("float", "handover")
"""Those of them that only move cash between a till and the safe."""


@dataclass(frozen=True)
class Till:
    """One cashier's. before, after: what ought to lie in it. moved: into it, out of it below zero, by kind of entry.

    difference: what was counted beyond what ought to have been there, at hand-overs of these days; below zero: less.
    """

    cashier: str
    before: Money
    moved: Mapping[str, Money]
    difference: Money = NOTHING

    def of(self, kind: str) -> Money:
        """Moved by entries of a kind."""
        return self.moved.get(kind, NOTHING)

    @property
    def takings(self) -> Money:
        """From callers and payers, less what they got back."""
        return Money(sum(amount for kind, amount in self.moved.items() if kind not in OF_THE_HOUSE))

    @property
    def after(self) -> Money:
        """What ought to lie in it in the end."""
        return Money(self.before + sum(self.moved.values()))


@dataclass(frozen=True)
class CashLine:
    """One entry that touched a till: cash in, or out below zero. account, holder: empty where none was touched."""

    entry: int
    at: datetime
    cashier: str
    kind: str
    account: str
    holder: str
    reference: str
    note: str
    cash: Money


@dataclass(frozen=True)
class CashBook:
    """All tills that held or moved anything, by cashier, and every movement, oldest first."""

    tills: tuple[Till, ...]
    lines: tuple[CashLine, ...] = field(default=())

    @property
    def whole(self) -> Till:
        """All tills together."""
        moved = {kind: Money(sum(till.of(kind) for till in self.tills)) for kind in CASH_KINDS}
        before = Money(sum(till.before for till in self.tills))
        return Till("", before, moved, Money(sum(till.difference for till in self.tills)))

    @property
    def cash_in(self) -> Money:
        """What callers and payers paid in."""
        return Money(sum(one.cash for one in self.lines if one.kind not in OF_THE_HOUSE and one.cash > 0))

    @property
    def cash_out(self) -> Money:
        """What was paid out to them."""
        return Money(-sum(one.cash for one in self.lines if one.kind not in OF_THE_HOUSE and one.cash < 0))


def cash_book(connection: sa.Connection, start: datetime, stop: datetime) -> CashBook:
    """Of [start, stop)."""
    before = _held(connection, start)
    lines = tuple(_lines(connection, start, stop))
    differences = _differences(connection, start, stop)
    moved: dict[str, dict[str, Money]] = {}
    for line in lines:
        sums = moved.setdefault(line.cashier, {})
        sums[line.kind] = Money(sums.get(line.kind, NOTHING) + line.cash)
    cashiers = sorted({name for name, held in before.items() if held} | set(moved))
    tills = (
        Till(name, before.get(name, NOTHING), moved.get(name, {}), differences.get(name, NOTHING)) for name in cashiers
    )
    return CashBook(tuple(tills), lines)


def _held(connection: sa.Connection, start: datetime) -> dict[str, Money]:
    query = (
        sa.select(postings.c.book, sa.func.sum(postings.c.amount).label("held"))
        .join_from(postings, entries)
        .where(postings.c.book.startswith(books.CASH, autoescape=True), entries.c.at < start)
        .group_by(postings.c.book)
    )
    return {row.book.removeprefix(books.CASH): Money(-int(row.held)) for row in connection.execute(query)}


def _lines(connection: sa.Connection, start: datetime, stop: datetime) -> list[CashLine]:
    theirs = postings.alias("theirs")
    query = (
        sa.select(
            entries.c.id, entries.c.at, entries.c.kind, entries.c.reference, entries.c.note, postings.c.book,
            postings.c.amount, theirs.c.account, accounts.c.holder,
        )
        .join_from(postings, entries, postings.c.entry == entries.c.id)
        .join(theirs, (theirs.c.entry == entries.c.id) & theirs.c.account.is_not(None), isouter=True)
        .join(accounts, accounts.c.number == theirs.c.account, isouter=True)
        .where(postings.c.book.startswith(books.CASH, autoescape=True), entries.c.at >= start, entries.c.at < stop)
        .order_by(entries.c.id)
    )  # fmt: skip
    return [
        CashLine(
            row.id, row.at, row.book.removeprefix(books.CASH), row.kind, row.account or "", row.holder or "",
            row.reference, row.note, Money(-row.amount),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _differences(connection: sa.Connection, start: datetime, stop: datetime) -> dict[str, Money]:
    query = (
        sa.select(entries.c.by, sa.func.sum(postings.c.amount).label("difference"))
        .join_from(postings, entries)
        .where(
            postings.c.book == books.DIFFERENCE,
            entries.c.kind == "handover",
            entries.c.at >= start,
            entries.c.at < stop,
        )
        .group_by(entries.c.by)
    )
    return {row.by: Money(int(row.difference)) for row in connection.execute(query)}
