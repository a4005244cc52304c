"""What is spent just now, for the page: calls under way, and the last hour or day. SQL inside, plain values out.

Calls without an account count by what a patient would pay for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.values import Money
from billing.guard.schema import guard_calls
from billing.schema import accounts, leases


@dataclass(frozen=True)
class Live:
    """A call outside under way. account, holder: empty without one. held: what it may cost at most so far."""

    call: str
    account: str
    holder: str
    extension: str
    called: str
    opened_at: datetime
    answered_at: datetime | None
    held: Money


@dataclass(frozen=True)
class Spent:
    """What an account has spent, what its calls hold included."""

    account: str
    holder: str
    amount: Money
    calls: int


async def live(database: Transactions) -> list[Live]:
    """Every call outside that is under way, the oldest first."""
    billed = (
        sa.select(
            leases.c.call, leases.c.account, accounts.c.holder, leases.c.extension, leases.c.called,
            leases.c.opened_at, leases.c.answered_at, leases.c.reserved.label("held"),
        )
        .select_from(leases.join(accounts, accounts.c.number == leases.c.account, isouter=True))
        .where(leases.c.state.in_(("reserved", "talking")))
    )  # fmt: skip
    others = sa.select(
        guard_calls.c.call, sa.literal("").label("account"), sa.literal("").label("holder"), guard_calls.c.extension,
        guard_calls.c.called, guard_calls.c.opened_at, guard_calls.c.answered_at, guard_calls.c.amount.label("held"),
    ).where(guard_calls.c.ended_at.is_(None))  # fmt: skip

    def read(connection: sa.Connection) -> list[Live]:
        found = [Live(**row) for query in (billed, others) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda call: call.opened_at)

    return await database.transact(read)


async def by_account(database: Transactions, since: datetime, limit: int = 12) -> list[Spent]:
    """Who has spent most since then."""
    spent = sa.func.sum(_amount()).label("amount")
    query = (
        sa.select(leases.c.account, accounts.c.holder, spent, sa.func.count().label("calls"))
        .select_from(leases.join(accounts, accounts.c.number == leases.c.account, isouter=True))
        .where(_since(since))
        .group_by(leases.c.account, accounts.c.holder)
        .having(sa.func.sum(_amount()) > 0)
        .order_by(spent.desc())
        .limit(limit)
    )

    def read(connection: sa.Connection) -> list[Spent]:
        return [Spent(row.account, row.holder, Money(int(row.amount)), row.calls) for row in connection.execute(query)]

    return await database.transact(read)


async def by_extension(database: Transactions, since: datetime, limit: int = 12) -> list[Spent]:
    """Which telephones have called most without an account since then; `account` is the extension."""
    worth = sa.func.sum(guard_calls.c.amount).label("amount")
    query = (
        sa.select(guard_calls.c.extension, worth, sa.func.count().label("calls"))
        .where(_lately(since))
        .group_by(guard_calls.c.extension)
        .order_by(worth.desc(), guard_calls.c.extension)
        .limit(limit)
    )

    def read(connection: sa.Connection) -> list[Spent]:
        return [Spent(row.extension, "", Money(int(row.amount)), row.calls) for row in connection.execute(query)]

    return await database.transact(read)


async def by_number(database: Transactions, since: datetime) -> dict[str, Money]:
    """What calls to each number cost since then."""
    billed = sa.select(leases.c.called, sa.func.sum(_amount()).label("amount")).where(_since(since))
    others = sa.select(guard_calls.c.called, sa.func.sum(guard_calls.c.amount).label("amount")).where(_lately(since))

    def read(connection: sa.Connection) -> dict[str, Money]:
        found: dict[str, Money] = {}
        for query in (billed.group_by(leases.c.called), others.group_by(guard_calls.c.called)):
            for row in connection.execute(query):
                found[row.called] = Money(found.get(row.called, 0) + int(row.amount))
        return {called: amount for called, amount in found.items() if amount}

    return await database.transact(read)


def _amount() -> sa.ColumnElement[Any]:
    return sa.case((leases.c.state == "settled", sa.func.coalesce(leases.c.charge, 0)), else_=leases.c.reserved)


def _since(since: datetime) -> sa.ColumnElement[bool]:
    return (leases.c.state != "settled") | (leases.c.ended_at >= since)


def _lately(since: datetime) -> sa.ColumnElement[bool]:
    return guard_calls.c.ended_at.is_(None) | (guard_calls.c.ended_at >= since)
