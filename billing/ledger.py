"""Every movement of money is a ledger line and a journal event, in one transaction, the balance kept in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.values import Language, Money
from billing.events import MoneyMoved
from billing.refusal import NoSuchAccount, ReferenceUsed
from billing.schema import accounts, leases, ledger


@dataclass(frozen=True)
class Purse:
    """An account's money and state, its row locked until the transaction ends."""

    number: str
    state: str
    language: Language
    balance: Money
    reserved: Money

    @property
    def available(self) -> Money:
        """What is not held by a call; never below zero."""
        return Money(max(0, self.balance - self.reserved))


@dataclass(frozen=True)
class Movement:
    """One ledger line. amount signed, `balance` after it. new: False when it had been written by an earlier call."""

    id: int
    account: str
    at: datetime
    kind: str
    amount: Money
    balance: Money
    reference: str
    by: str
    note: str
    new: bool = True

    @property
    def event(self) -> MoneyMoved:
        """What is told of it."""
        return MoneyMoved(
            at=self.at,
            account=self.account,
            movement=self.kind,
            amount=self.amount,
            balance=self.balance,
            reference=self.reference,
            by=self.by,
        )


def lock(connection: sa.Connection, number: str) -> Purse:
    """The account's money, which nobody else moves until this transaction ends. Raises NoSuchAccount.

    Whoever changes an account or one of its leases takes this lock first, and writes to the journal last: so nobody
    waits for anybody in a circle.
    """
    row = connection.execute(sa.select(accounts).where(accounts.c.number == number).with_for_update()).first()
    if row is None:
        raise NoSuchAccount(account=number)
    return Purse(row.number, row.state, row.language, Money(row.balance), Money(row.reserved))


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
) -> Movement:
    """Write a movement, or return the one written before under this kind and reference.

    amount: signed. Raises NoSuchAccount; ReferenceUsed when the earlier one is of another account or amount.
    The caller publishes `Movement.event` after the transaction, if it is new.
    """
    purse = lock(connection, account)
    earlier = _earlier(connection, kind, reference)
    if earlier is not None:
        if (earlier.account, earlier.amount) != (account, amount):
            raise ReferenceUsed(reference=reference)
        return earlier
    balance = Money(purse.balance + amount)
    values = {"account": account, "at": at, "kind": kind, "amount": amount, "balance": balance}
    values |= {"reference": reference, "by": by, "note": note}
    number = connection.execute(ledger.insert().values(values).returning(ledger.c.id)).scalar_one()
    connection.execute(accounts.update().where(accounts.c.number == account).values(balance=balance))
    movement = Movement(number, account, at, kind, amount, balance, reference, by, note)
    journal.append(connection, movement.event)
    return movement


def _earlier(connection: sa.Connection, kind: str, reference: str) -> Movement | None:
    query = sa.select(ledger).where(ledger.c.kind == kind, ledger.c.reference == reference)
    row = connection.execute(query).mappings().first()
    return None if row is None else Movement(**row, new=False)


def discrepancies(connection: sa.Connection) -> Iterator[str]:
    """What does not add up, in English; nothing when the books are right.

    Balance = sum of ledger lines and not below zero; reserved = sum of the open leases, not above the balance.
    """
    for row in connection.execute(sa.select(accounts).order_by(accounts.c.number)):
        moved = _sum(connection, ledger.c.amount, ledger.c.account == row.number)
        held = _sum(connection, leases.c.reserved, leases.c.account == row.number, leases.c.state != "settled")
        if row.balance != moved:
            yield f"account {row.number}: balance {row.balance}, but its ledger lines add up to {moved}"
        if row.reserved != held:
            yield f"account {row.number}: {row.reserved} reserved, but its open leases hold {held}"
        if not 0 <= row.reserved <= row.balance:
            yield f"account {row.number}: {row.reserved} reserved of a balance of {row.balance}"


def _sum(connection: sa.Connection, column: sa.Column[int], *where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*where)).scalar_one())
