"""What is owed at the end of a day: bills of whoever pays by the month, and accounts below zero. From the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing import books
from billing.charge import NOTHING
from billing.schema import accounts, entries, payers, postings

AGES = (30, 60, 90)
"""Days since a bill was written, by which what is owed is put apart."""


@dataclass(frozen=True)
class OpenBill:
    """A bill that is not, or not wholly, paid. month: of the calls on it; owed: what is left of it. days: old."""

    number: str
    month: str
    at: datetime
    days: int
    amount: Money
    owed: Money


@dataclass(frozen=True)
class Debtor:
    """A bed, department or person. used: on calls that are on no bill yet."""

    payer: str
    account: str
    holder: str
    bills: tuple[OpenBill, ...]
    used: Money

    @property
    def owed(self) -> Money:
        """On all bills."""
        return Money(sum(bill.owed for bill in self.bills))

    def by_age(self) -> list[Money]:
        """The same, by the age of the bills: as `AGES` parts them."""
        sums = [NOTHING] * (len(AGES) + 1)
        for bill in self.bills:
            at = sum(bill.days > age for age in AGES)
            sums[at] = Money(sums[at] + bill.owed)
        return sums


@dataclass(frozen=True)
class Overdrawn:
    """A caller's account below zero. limit: what it may owe now; leaving_at: when its holder was discharged."""

    account: str
    holder: str
    owed: Money
    limit: Money
    leaving_at: datetime | None


@dataclass(frozen=True)
class Unpaid:
    """At the end of a day. debtors: who owes anything on bills or used anything, the largest debt first."""

    debtors: tuple[Debtor, ...]
    overdrawn: tuple[Overdrawn, ...]

    @property
    def owed(self) -> Money:
        """On bills."""
        return Money(sum(one.owed for one in self.debtors))

    @property
    def used(self) -> Money:
        """On no bill yet."""
        return Money(sum(one.used for one in self.debtors))

    @property
    def below_zero(self) -> Money:
        """Of callers' accounts."""
        return Money(sum(one.owed for one in self.overdrawn))

    def by_age(self) -> list[Money]:
        """What is owed on bills, by their age."""
        every = [one.by_age() for one in self.debtors]
        return [Money(sum(ages[at] for ages in every)) for at in range(len(AGES) + 1)]


def unpaid(connection: sa.Connection, stop: datetime) -> Unpaid:
    """As it stood just before `stop`."""
    held = _held(connection, stop)
    rows = connection.execute(
        sa.select(payers.c.payer, accounts.c.number, accounts.c.holder)
        .join_from(payers, accounts)
        .order_by(payers.c.payer)
    ).all()
    debtors = [
        Debtor(row.payer, row.number, row.holder, tuple(open_bills(connection, row.payer, stop)),
               Money(-held.get(row.number, 0)))
        for row in rows
    ]  # fmt: skip
    telling = [one for one in debtors if one.bills or one.used]
    telling.sort(key=lambda one: (-one.owed, -one.used, one.payer))
    return Unpaid(tuple(telling), tuple(_overdrawn(connection, held, {row.number for row in rows})))


def open_bills(connection: sa.Connection, payer: str, stop: datetime) -> Sequence[OpenBill]:
    """Bills that were open just before `stop`, the oldest first; money pays the oldest bill first."""
    query = (
        sa.select(entries.c.reference, entries.c.note, entries.c.at, postings.c.amount)
        .join_from(postings, entries)
        .where(postings.c.book == books.receivable(payer), entries.c.at < stop)
        .order_by(entries.c.id)
    )
    rows = connection.execute(query).all()
    paid = sum(int(row.amount) for row in rows if row.amount > 0)
    found = []
    for row in (row for row in rows if row.amount < 0):
        owed = max(0, -int(row.amount) - paid)
        paid = max(0, paid + int(row.amount))
        if owed:
            days = (stop - timedelta(microseconds=1) - row.at).days
            found.append(OpenBill(row.reference, row.note, row.at, days, Money(-int(row.amount)), Money(owed)))
    return found


def _held(connection: sa.Connection, stop: datetime) -> dict[str, int]:
    query = (
        sa.select(postings.c.account, sa.func.sum(postings.c.amount).label("held"))
        .join_from(postings, entries)
        .where(postings.c.account.is_not(None), entries.c.at < stop)
        .group_by(postings.c.account)
        .having(sa.func.sum(postings.c.amount) < 0)
    )
    return {row.account: int(row.held) for row in connection.execute(query)}


def _overdrawn(connection: sa.Connection, held: dict[str, int], by_the_month: set[str]) -> Iterator[Overdrawn]:
    for number, amount in sorted(held.items(), key=lambda one: (one[1], one[0])):
        if number not in by_the_month:
            row = connection.execute(sa.select(accounts).where(accounts.c.number == number)).one()
            yield Overdrawn(number, row.holder, Money(-amount), Money(row.credit_limit), row.leaving_at)
