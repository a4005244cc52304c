"""Who is billed by the month: an account of their own that may owe up to the limit, and a bill for each month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.journal import Event
from appliance.foundation.values import Language, Money, yuan
from billing import books, ledger
from billing.events import AccountOpened
from billing.ledger import Entry
from billing.plan_postpaid import PostpaidGroup
from billing.refusal import NotAnAmount
from billing.schema import accounts, payers, postings

T = TypeVar("T")

BY = "billing"
NO_LIMIT = Money(yuan(10_000_000))
"""What may be owed where the plan sets no limit."""

NO_PIN = "!"
"""No PIN fits: nobody can dial with such an account."""


@dataclass(frozen=True)
class PayerRow:
    """Who pays. used: this month, with what calls under way hold; owed: on bills that are not paid."""

    payer: str
    account: str
    holder: str
    used: Money
    limit: Money | None
    owed: Money


class Payers:
    """All of them. zone: by whose clock months begin."""

    def __init__(self, database: Transactions, zone: ZoneInfo, language: Language, clock: Clock, bus: Bus) -> None:
        self._database, self._zone, self._language = database, zone, language
        self._clock, self._bus = clock, bus

    async def account(self, group: PostpaidGroup, extension: str) -> str:
        """The account that pays for calls of `extension`, made when there is none; last month's bill is written first.

        Its credit limit follows the plan, but not below what is used already.
        """
        at = self._clock.now()

        def write(connection: sa.Connection) -> tuple[str, list[Event]]:
            number, events = self._found(connection, group, extension, at)
            events += self._billed(connection, group.payer(extension), number, at)
            purse = ledger.lock(connection, number)
            limit = Money(max(group.limit or NO_LIMIT, purse.reserved - purse.balance))
            if limit != purse.credit_limit:
                change = accounts.update().where(accounts.c.number == number)
                connection.execute(change.values(credit_limit=limit))
            return number, events

        return await self._told(write)

    async def bill(self) -> int:
        """Write the bills of the month before for whoever has none yet; how many there are now that are new."""
        at = self._clock.now()

        def write(connection: sa.Connection) -> tuple[int, list[Event]]:
            events = list[Event]()
            for row in connection.execute(sa.select(payers).order_by(payers.c.account)).all():
                events += self._billed(connection, row.payer, row.account, at)
            return len(events), events

        return await self._told(write)

    async def pay(self, payer: str, amount: Money, by: str, reference: str, note: str = "") -> Entry:
        """Cash for bills. Raises NotAnAmount, also for more than is owed; ReferenceUsed."""
        at = self._clock.now()
        if amount <= 0:
            raise NotAnAmount

        def write(connection: sa.Connection) -> tuple[Entry, list[Event]]:
            amounts = {books.receivable(payer): amount, books.cash(by): Money(-amount)}
            entry = ledger.post(connection, "payment", amounts, reference=reference, by=by, at=at, note=note)
            if entry.new and _owed(connection, payer) < 0:
                raise NotAnAmount
            return entry, list(entry.events if entry.new else ())

        return await self._told(write)

    async def every(self) -> list[PayerRow]:
        """All payers, with what they used and owe."""

        def read(connection: sa.Connection) -> list[PayerRow]:
            query = sa.select(payers.c.payer, accounts).join_from(payers, accounts).order_by(payers.c.payer)
            return [
                PayerRow(
                    row.payer,
                    row.number,
                    row.holder,
                    Money(row.reserved - row.balance),
                    None if row.credit_limit >= NO_LIMIT else Money(row.credit_limit),
                    _owed(connection, row.payer),
                )
                for row in connection.execute(query)
            ]

        return await self._database.transact(read)

    async def _told(self, write: Callable[[sa.Connection], tuple[T, list[Event]]]) -> T:
        found, events = await self._database.transact(write)
        for event in events:
            self._bus.publish(event)
        return found

    def _found(
        self, connection: sa.Connection, group: PostpaidGroup, extension: str, at: datetime
    ) -> tuple[str, list[Event]]:
        serialise(connection, "payers")
        payer = group.payer(extension)
        number = connection.execute(sa.select(payers.c.account).where(payers.c.payer == payer)).scalar()
        if number is not None:
            return number, []
        count = connection.execute(sa.select(sa.func.count()).select_from(payers)).scalar_one()
        number, holder = f"M{count + 1:05}", group.name[self._language] if group.name else extension
        row: dict[str, object] = {
            "number": number,
            "holder": holder[:64],
            "language": self._language,
            "pin_hash": NO_PIN,
        }
        row |= {"balance": 0, "reserved": 0, "state": "open", "opened_at": at}
        connection.execute(accounts.insert().values(row))
        connection.execute(payers.insert().values(payer=payer, account=number, billed_month=self._month(at)))
        event = AccountOpened(at=at, account=number, holder=holder, by=BY)
        journal.append(connection, event)
        return number, [event]

    def _billed(self, connection: sa.Connection, payer: str, number: str, at: datetime) -> list[Event]:
        """Once a month: what was used until now becomes a bill, and the limit is whole again."""
        month = self._month(at)
        purse = ledger.lock(connection, number)
        done = connection.execute(sa.select(payers.c.billed_month).where(payers.c.payer == payer)).scalar_one()
        if done >= month:
            return []
        connection.execute(payers.update().where(payers.c.payer == payer).values(billed_month=month))
        if purse.balance >= 0:
            return []
        amounts = {books.account(number): Money(-purse.balance), books.receivable(payer): purse.balance}
        reference, note = f"{number}-{month}", (self._first(at) - timedelta(days=1)).strftime("%Y-%m")
        entry = ledger.post(connection, "bill", amounts, reference=reference, by=BY, at=at, note=note)
        return list(entry.events)

    def _first(self, at: datetime) -> date:
        return at.astimezone(self._zone).date().replace(day=1)

    def _month(self, at: datetime) -> str:
        return self._first(at).strftime("%Y-%m")


def _owed(connection: sa.Connection, payer: str) -> Money:
    query = sa.select(sa.func.coalesce(sa.func.sum(postings.c.amount), 0))
    return Money(-int(connection.execute(query.where(postings.c.book == books.receivable(payer))).scalar_one()))
