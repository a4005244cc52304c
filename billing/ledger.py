"""Every movement of money is an entry whose postings add up to zero, in one transaction with what it changes.

The entry, the balances it changes and the journal's word of it are written together; entries are numbered without a
gap and hold one another by their hashes (`billing.chain`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.database import serialise
from appliance.foundation.values import Language, Money
from billing import books
from billing.chain import Posting, head, link
from billing.charge import NOTHING
from billing.events import MoneyMoved
from billing.refusal import MonthIsClosed, NoSuchAccount, ReferenceUsed
from billing.schema import accounts, closings, entries, postings

AGAINST = {"charge": books.REVENUE, "card": books.CARD}
"""Where money of a kind comes from or goes to, if it is not the till of whoever moves it."""

SMALLEST = Money(1)


@dataclass(frozen=True)
class Purse:
    """An account's money and state, its row locked until the transaction ends. unit: the least amount it can pay."""

    number: str
    state: str
    language: Language
    balance: Money
    reserved: Money
    credit_limit: Money = NOTHING
    unit: Money = SMALLEST

    @property
    def available(self) -> Money:
        """What calls may still spend: balance and credit limit, less what calls hold; never below zero."""
        return Money(max(0, self.balance + self.credit_limit - self.reserved))

    @property
    def free(self) -> Money:
        """What can be paid out: the holder's own money that no call holds; never below zero."""
        return Money(max(0, self.balance - self.reserved))


@dataclass(frozen=True)
class Entry:
    """What was moved between which books. new: False when it had been written by an earlier call."""

    id: int
    at: datetime
    kind: str
    reference: str
    by: str
    note: str
    hash: str
    lines: tuple[Posting, ...]
    new: bool = True

    @property
    def events(self) -> list[MoneyMoved]:
        """What is told of it: once for each account; once without one where it touches none."""
        lines = [line for line in self.lines if books.account_in(line.book)] or [Posting("", NOTHING, NOTHING)]
        return [self._event(books.account_in(line.book) or "", line) for line in lines]

    def of(self, account: str) -> Movement:
        """The entry as `account` sees it. Raises StopIteration if it does not touch it."""
        line = next(line for line in self.lines if line.book == books.account(account))
        event = self._event(account, line)
        assert line.balance is not None
        return Movement(
            self.id, account, self.at, self.kind, line.amount, line.balance, self.reference, self.by, self.note, event,
            self.new,
        )  # fmt: skip

    def _event(self, account: str, line: Posting) -> MoneyMoved:
        return MoneyMoved(
            at=self.at, account=account, movement=self.kind, amount=line.amount, balance=line.balance or NOTHING,
            reference=self.reference, by=self.by, entry=self.id, hash=self.hash,
        )  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """One account's line of an entry. amount signed, `balance` after it. event: what is told of it."""

    id: int
    account: str
    at: datetime
    kind: str
    amount: Money
    balance: Money
    reference: str
    by: str
    note: str
    event: MoneyMoved
    new: bool = True


def lock(connection: sa.Connection, number: str) -> Purse:
    """The account's money, which nobody else moves until this transaction ends. Raises NoSuchAccount.

    Whoever changes accounts or their leases takes their locks first, by number, then writes to the ledger, and to the
    journal last: so nobody waits for anybody in a circle.
    """
    row = connection.execute(sa.select(accounts).where(accounts.c.number == number).with_for_update()).first()
    if row is None:
        raise NoSuchAccount(account=number)
    return Purse(
        row.number, row.state, row.language, Money(row.balance), Money(row.reserved), Money(row.credit_limit)
    )  # fmt: skip


def move(
    connection: sa.Connection,
    account: str,
    kind: str,
    amount: Money,
    *,
    reference: str,
    by: str,
    at: datetime,
    note: str = "",
    against: str | None = None,
) -> Movement:
    """Move `amount` (signed) onto an account, or return the movement made before under this kind and reference.

    against: the book it comes from (`billing.books`); unless given the revenue for a charge, else the till of `by`.
    Raises NoSuchAccount; ReferenceUsed when the earlier one is of another account or amount.
    The caller publishes `Movement.event` after the transaction, if it is new.
    """
    other = against or AGAINST.get(kind) or books.cash(by)
    amounts = {books.account(account): amount, other: Money(-amount)}
    entry = post(connection, kind, amounts, reference=reference, by=by, at=at, note=note)
    return entry.of(account)


def post(
    connection: sa.Connection,
    kind: str,
    amounts: Mapping[str, Money],
    *,
    reference: str,
    by: str,
    at: datetime,
    note: str = "",
) -> Entry:
    """Write an entry, or return the one written before under this kind and reference.

    amounts: what each book (`billing.books`) is credited; they add up to zero, else ValueError.
    kind: at most 16 letters. Raises NoSuchAccount; MonthIsClosed; ReferenceUsed when the earlier entry moves something
    else.
    The caller publishes `Entry.events` after the transaction, if it is new.
    """
    if sum(amounts.values()) or not amounts:
        raise ValueError(f"{kind} {reference}: the postings {dict(amounts)} do not add up to zero")
    touched = sorted(number for book in amounts if (number := books.account_in(book)) is not None)
    purses = {books.account(number): lock(connection, number) for number in touched}
    serialise(connection, "ledger")
    earlier = find(connection, kind, reference)
    if earlier is not None:
        if not _same(earlier, amounts):
            raise ReferenceUsed(reference=reference)
        return earlier
    closed = connection.execute(sa.select(sa.func.max(closings.c.until))).scalar()
    if closed is not None and at < closed:
        raise MonthIsClosed(until=f"{closed:%Y-%m-%d %H:%M} UTC")
    lines = tuple(
        Posting(book, amount, Money(purses[book].balance + amount) if book in purses else None)
        for book, amount in amounts.items()
    )
    last, previous = head(connection)
    digest = link(previous, last + 1, at, kind, reference, by, note, lines)
    entry = Entry(last + 1, at, kind, reference, by, note, digest, lines)
    _write(connection, entry)
    journal.append(connection, *entry.events)
    return entry


def _write(connection: sa.Connection, entry: Entry) -> None:
    values = {name: getattr(entry, name) for name in ("id", "at", "kind", "reference", "by", "note", "hash")}
    connection.execute(entries.insert().values(values))
    rows = [
        {"entry": entry.id, "line": place, "account": books.account_in(line.book)} | vars(line)
        for place, line in enumerate(entry.lines)
    ]
    connection.execute(postings.insert(), rows)
    for line in entry.lines:
        if (number := books.account_in(line.book)) is not None:
            connection.execute(accounts.update().where(accounts.c.number == number).values(balance=line.balance))


def find(connection: sa.Connection, kind: str, reference: str) -> Entry | None:
    """The entry of this kind and reference, None if there is none."""
    row = connection.execute(sa.select(entries).where(entries.c.kind == kind, entries.c.reference == reference)).first()
    if row is None:
        return None
    query = sa.select(postings).where(postings.c.entry == row.id).order_by(postings.c.line)
    lines = tuple(Posting(line.book, line.amount, line.balance) for line in connection.execute(query))
    return Entry(row.id, row.at, row.kind, row.reference, row.by, row.note, row.hash, lines, new=False)


def _same(earlier: Entry, amounts: Mapping[str, Money]) -> bool:
    """Whether a second request means the earlier one; from whose till is no matter."""

    def without_till(moved: Mapping[str, Money]) -> dict[str, Money]:
        return {books.CASH if book.startswith(books.CASH) else book: amount for book, amount in moved.items()}

    return without_till({line.book: line.amount for line in earlier.lines}) == without_till(amounts)
