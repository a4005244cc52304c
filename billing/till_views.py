"""Receipts and shifts, read from the ledger: a receipt is an entry, a shift lies between two hand-overs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.values import Money
from billing import books
from billing.charge import NOTHING
from billing.schema import accounts, entries, payers, postings

RECEIPTS = ("deposit", "refund", "settlement", "transfer", "write-off", "payment")
"""Kinds of entries for which a receipt is printed."""


@dataclass(frozen=True)
class Receipt:
    """An entry for the holder to keep. amount: what it did to the account, `balance` after it.

    cash: what the holder paid, below zero what was paid out; None where no till was touched.
    payer: whose monthly bill was paid (`department/surgery`), with `owed` left on bills afterwards; else empty and 0.
    """

    entry: int
    at: datetime
    kind: str
    reference: str
    by: str
    note: str
    account: str
    holder: str
    amount: Money
    balance: Money
    cash: Money | None
    other: str
    payer: str = ""
    owed: Money = NOTHING


@dataclass(frozen=True)
class Line:
    """What an entry did to a till: cash in, or out below zero. account: empty where none was touched."""

    entry: int
    at: datetime
    kind: str
    reference: str
    note: str
    account: str
    holder: str
    cash: Money


@dataclass(frozen=True)
class Shift:
    """One cashier's till from one hand-over to the next.

    change: taken from the safe. expected: what ought to lie in the till. counted, difference: None until handed over.
    """

    cashier: str
    began_at: datetime | None
    handed_over_at: datetime | None
    entry: int | None
    lines: tuple[Line, ...]
    change: Money
    cash_in: Money
    cash_out: Money
    expected: Money
    counted: Money | None
    difference: Money | None
    note: str


@dataclass(frozen=True)
class HandOver:
    """One line of the list of hand-overs."""

    entry: int
    at: datetime
    cashier: str
    counted: Money
    difference: Money


async def receipt(database: Transactions, number: int) -> Receipt | None:
    """The receipt of entry `number`; None where there is no such entry or nothing to print for it."""

    def read(connection: sa.Connection) -> Receipt | None:
        entry = connection.execute(sa.select(entries).where(entries.c.id == number)).first()
        if entry is None or entry.kind not in RECEIPTS:
            return None
        if entry.kind == "payment":
            return _of_payment(connection, entry)
        query = (
            sa.select(postings, accounts.c.holder)
            .join_from(postings, accounts, isouter=True)
            .where(postings.c.entry == number)
            .order_by(postings.c.line)
        )
        lines = list(connection.execute(query))
        own = next(line for line in lines if line.account is not None)
        cash = next((Money(-line.amount) for line in lines if line.book.startswith(books.CASH)), None)
        other = next((line.account for line in lines if line.account not in (None, own.account)), "")
        return Receipt(
            entry.id, entry.at, entry.kind, entry.reference, entry.by, entry.note, own.account, own.holder,
            Money(own.amount), Money(own.balance), cash, other,
        )  # fmt: skip

    return await database.transact(read)


def _of_payment(connection: sa.Connection, entry: sa.Row[Any]) -> Receipt:
    """Cash for a monthly bill: what was owed is a book, not an account."""
    theirs = postings.c.book.startswith(books.RECEIVABLE)
    query = sa.select(postings.c.book, postings.c.amount).where(postings.c.entry == entry.id, theirs)
    line = connection.execute(query).one()
    payer = line.book.removeprefix(books.RECEIVABLE)
    left = sa.select(sa.func.sum(postings.c.amount)).where(postings.c.book == line.book, postings.c.entry <= entry.id)
    owed = Money(-int(connection.execute(left).scalar_one()))
    account = sa.select(accounts.c.number, accounts.c.holder).join_from(accounts, payers).where(payers.c.payer == payer)
    whose = connection.execute(account).one()
    amount = Money(line.amount)
    return Receipt(
        entry.id, entry.at, entry.kind, entry.reference, entry.by, entry.note, whose.number, whose.holder, amount,
        NOTHING, amount, "", payer, owed,
    )  # fmt: skip


async def current_shift(database: Transactions, cashier: str) -> Shift:
    """What happened to the till of `cashier` since its last hand-over."""
    return await database.transact(lambda connection: _shift(connection, cashier, None))


async def past_shift(database: Transactions, number: int) -> Shift | None:
    """The shift that ended with the hand-over of entry `number`; None if that is none."""

    def read(connection: sa.Connection) -> Shift | None:
        query = sa.select(entries.c.by).where(entries.c.id == number, entries.c.kind == "handover")
        cashier = connection.execute(query).scalar()
        return None if cashier is None else _shift(connection, cashier, number)

    return await database.transact(read)


async def hand_overs(database: Transactions, cashier: str | None = None, limit: int = 50) -> list[HandOver]:
    """The last hand-overs, newest first; of one cashier or of all."""
    query = (
        sa.select(entries.c.id, entries.c.at, entries.c.by, postings.c.book, postings.c.amount)
        .join_from(entries, postings)
        .where(entries.c.kind == "handover")
        .order_by(entries.c.id.desc())
        .limit(limit * 3)
    )
    if cashier is not None:
        query = query.where(entries.c.by == cashier)

    def read(connection: sa.Connection) -> list[HandOver]:
        found: dict[int, HandOver] = {}
        for row in connection.execute(query):
            one = found.setdefault(row.id, HandOver(row.id, row.at, row.by, NOTHING, NOTHING))
            amounts = {books.SAFE: (Money(-row.amount), one.difference), books.DIFFERENCE: (one.counted, row.amount)}
            counted, difference = amounts.get(row.book, (one.counted, one.difference))
            found[row.id] = HandOver(row.id, row.at, row.by, Money(counted), Money(difference))
        return list(found.values())

    return await database.transact(read)


def _shift(connection: sa.Connection, cashier: str, until: int | None) -> Shift:
    before = sa.select(sa.func.max(entries.c.id)).where(entries.c.kind == "handover", entries.c.by == cashier)
    if until is not None:
        before = before.where(entries.c.id < until)
    after = connection.execute(before).scalar() or 0
    rows = connection.execute(_till_lines(cashier, after, until))
    lines = tuple(
        Line(row.id, row.at, row.kind, row.reference, row.note, row.account or "", row.holder or "", Money(-row.amount))
        for row in rows
    )
    taken = [line for line in lines if line.kind not in ("float", "handover")]
    change = sum(line.cash for line in lines if line.kind == "float")
    end = next((line for line in lines if line.kind == "handover"), None)
    safe = _sums(connection, end.entry) if end is not None else {}
    return Shift(
        cashier=cashier,
        began_at=lines[0].at if lines else None,
        handed_over_at=end.at if end else None,
        entry=end.entry if end else None,
        lines=tuple(taken),
        change=Money(change),
        cash_in=Money(sum(line.cash for line in taken if line.cash > 0)),
        cash_out=Money(-sum(line.cash for line in taken if line.cash < 0)),
        expected=Money(change + sum(line.cash for line in taken)),
        counted=Money(-safe[books.SAFE]) if end else None,
        difference=Money(safe[books.DIFFERENCE]) if end else None,
        note=end.note if end else "",
    )


def _till_lines(cashier: str, after: int, until: int | None) -> sa.Select[tuple[object, ...]]:
    """Entries that touched the till, each with the account it touched, if one; a bill's money with the billed one."""
    theirs, bill = postings.alias("theirs"), postings.alias("bill")
    whose = sa.func.coalesce(theirs.c.account, payers.c.account)
    query = (
        sa.select(
            entries.c.id, entries.c.at, entries.c.kind, entries.c.reference, entries.c.note, postings.c.amount,
            whose.label("account"), accounts.c.holder,
        )
        .join_from(postings, entries, postings.c.entry == entries.c.id)
        .join(theirs, (theirs.c.entry == entries.c.id) & theirs.c.account.is_not(None), isouter=True)
        .join(bill, (bill.c.entry == entries.c.id) & bill.c.book.startswith(books.RECEIVABLE), isouter=True)
        .join(payers, books.RECEIVABLE + payers.c.payer == bill.c.book, isouter=True)
        .join(accounts, accounts.c.number == whose, isouter=True)
        .where(postings.c.book == books.cash(cashier), entries.c.id > after)
        .order_by(entries.c.id)
    )  # fmt: skip
    return query if until is None else query.where(entries.c.id <= until)


def _sums(connection: sa.Connection, entry: int) -> dict[str, int]:
    query = sa.select(postings.c.book, postings.c.amount).where(postings.c.entry == entry)
    return {row.book: row.amount for row in connection.execute(query)}
