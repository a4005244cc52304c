"""Accounts, their ledger and their calls, for pages and reports: SQL inside, plain values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.values import Language, Money
from billing.charge import NOTHING
from billing.schema import accounts as account_table
from billing.schema import leases
from billing.schema import ledger as ledger_table

T = TypeVar("T")


@dataclass(frozen=True)
class AccountRow:
    """An account as it stands. state: open, frozen, closed. `reserved` is held by calls under way."""

    number: str
    holder: str
    language: Language
    balance: Money
    reserved: Money
    state: str
    opened_at: datetime
    credit_limit: Money = NOTHING
    card: str | None = None
    patient: str = ""
    leaving_at: datetime | None = None


@dataclass(frozen=True)
class LedgerLine:
    """One movement. kind: deposit, refund, charge; `amount` signed; `balance` after it."""

    id: int
    at: datetime
    kind: str
    amount: Money
    balance: Money
    reference: str
    by: str
    note: str


@dataclass(frozen=True)
class BilledCall:
    """One billed call. `called` in E.164 digits; `seconds`, `charge` and `cost` are None until it is settled."""

    call: str
    account: str
    extension: str
    called: str
    trunk: str
    state: str
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    charge: Money | None
    cost: Money | None
    explanation: str | None


async def accounts(database: Transactions, search: str = "") -> list[AccountRow]:
    """Accounts by number; `search` is a part of the number or of the holder's name, in any case."""
    query = _columns(AccountRow, account_table).order_by(account_table.c.number)
    if search := search.strip():
        query = query.where(
            account_table.c.number.contains(search, autoescape=True)
            | account_table.c.holder.icontains(search, autoescape=True)
        )
    return await _read(database, query, AccountRow)


async def account(database: Transactions, number: str) -> AccountRow | None:
    """The account `number`, None if there is none."""
    query = _columns(AccountRow, account_table).where(account_table.c.number == number)
    return next(iter(await _read(database, query, AccountRow)), None)


async def ledger(database: Transactions, number: str, start: datetime, end: datetime) -> list[LedgerLine]:
    """The movements of account `number` in [start, end), oldest first."""
    query = (
        _columns(LedgerLine, ledger_table)
        .where(ledger_table.c.account == number, ledger_table.c.at >= start, ledger_table.c.at < end)
        .order_by(ledger_table.c.id)
    )
    return await _read(database, query, LedgerLine)


async def balance_before(database: Transactions, number: str, moment: datetime) -> Money:
    """The balance account `number` had just before `moment`: the opening balance of a period."""
    query = (
        sa.select(ledger_table.c.balance)
        .where(ledger_table.c.account == number, ledger_table.c.at < moment)
        .order_by(ledger_table.c.id.desc())
        .limit(1)
    )

    def read(connection: sa.Connection) -> Money:
        return Money(connection.execute(query).scalar() or 0)

    return await database.transact(read)


async def billed_calls(
    database: Transactions, start: datetime, end: datetime, *, account: str | None = None
) -> list[BilledCall]:
    """Calls of the period [start, end), oldest first.

    A call belongs to the period in which it was charged, so that it stands beside its ledger line;
    one that was never charged belongs to the period in which it was opened.
    """
    charged = (ledger_table.c.reference == leases.c.call) & (ledger_table.c.kind == "charge")
    when = sa.func.coalesce(ledger_table.c.at, leases.c.opened_at, type_=leases.c.opened_at.type)
    query = (
        _columns(BilledCall, leases)
        .select_from(leases.outerjoin(ledger_table, charged))
        .where(when >= start, when < end)
        .order_by(leases.c.opened_at, leases.c.call)
    )
    if account is not None:
        query = query.where(leases.c.account == account)
    return await _read(database, query, BilledCall)


def _columns(row: type[Any], table: sa.FromClause) -> sa.Select[Any]:
    return sa.select(*(table.c[name] for name in row.__dataclass_fields__))


async def _read(database: Transactions, query: sa.Select[Any], row: type[T]) -> list[T]:
    def read(connection: sa.Connection) -> list[T]:
        return [row(**found._mapping) for found in connection.execute(query)]

    return await database.transact(read)
