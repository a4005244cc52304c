"""The accounts that spent most on calls in some days, read from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation.values import Money
from billing.schema import accounts, leases
from billing.schema import ledger as ledger_table


@dataclass(frozen=True)
class Spender:
    """One account: its charged calls, how long was talked, and what it paid. state, balance: as they are now."""

    account: str
    holder: str
    state: str
    calls: int
    seconds: int
    charge: Money
    balance: Money


@dataclass(frozen=True)
class Spending:
    """The largest first; `calls`, `seconds` and `charge` of all accounts together, `accounts` of which had a call."""

    top: tuple[Spender, ...]
    accounts: int
    calls: int
    seconds: int
    charge: Money

    def share(self, one: Spender) -> float:
        """What an account paid, in per cent of all charges."""
        return 100 * one.charge / self.charge if self.charge else 0.0


def top_accounts(connection: sa.Connection, start: datetime, stop: datetime, count: int) -> Spending:
    """The first `count` of [start, stop); calls that cost nothing are no calls here."""
    spent = sa.func.sum(-ledger_table.c.amount)
    calls, seconds = sa.func.count(), sa.func.coalesce(sa.func.sum(leases.c.seconds), 0)
    mine = (
        sa.select(ledger_table.c.account, calls.label("calls"), seconds.label("seconds"), spent.label("charge"))
        .join_from(ledger_table, leases, leases.c.call == ledger_table.c.reference, isouter=True)
        .where(ledger_table.c.kind == "charge", ledger_table.c.at >= start, ledger_table.c.at < stop)
        .group_by(ledger_table.c.account)
        .subquery("mine")
    )
    whole = connection.execute(
        sa.select(
            sa.func.count(), sa.func.sum(mine.c.calls), sa.func.sum(mine.c.seconds), sa.func.sum(mine.c.charge)
        ).select_from(mine)
    ).one()
    largest = (
        sa.select(mine, accounts.c.holder, accounts.c.state, accounts.c.balance)
        .join_from(mine, accounts, accounts.c.number == mine.c.account)
        .order_by(mine.c.charge.desc(), mine.c.account)
        .limit(count)
    )
    top = tuple(
        Spender(
            row.account, row.holder, row.state, row.calls, int(row.seconds), Money(int(row.charge)), Money(row.balance)
        )
        for row in connection.execute(largest)
    )
    return Spending(top, whole[0], int(whole[1] or 0), int(whole[2] or 0), Money(int(whole[3] or 0)))
