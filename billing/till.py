"""What a cashier does with money beside paying in and out: transfers, discharge, the till's float and hand-over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.values import Money, shown
from billing import books, ledger
from billing.card.orders import card_of
from billing.events import AccountChanged
from billing.ledger import Entry, Purse
from billing.money_words import FEN
from billing.refusal import (
    AccountClosed,
    BalanceChanged,
    NotAnAmount,
    PaysByCard,
    SameAccount,
    StillInUse,
    TooLittleCredit,
)
from billing.schema import accounts, postings


@dataclass(frozen=True)
class Discharged:
    """How an account was settled for good. paid: out of the till, below zero into it; whole fen."""

    entry: Entry | None
    paid: Money


class Till:
    """All tills. `by` is the cashier: whose till it is, and who did it. The same `reference` again moves nothing."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus

    async def transfer(self, source: str, target: str, amount: Money, by: str, reference: str, note: str = "") -> Entry:
        """From one account to another, as far as no call holds it.

        Raises NotAnAmount, SameAccount, NoSuchAccount, AccountClosed, PaysByCard, TooLittleCredit, ReferenceUsed.
        """
        if amount <= 0:
            raise NotAnAmount
        if source == target:
            raise SameAccount

        def write(connection: sa.Connection, at: datetime) -> Entry:
            purses = {number: ledger.lock(connection, number) for number in sorted((source, target))}
            if any(card_of(connection, number) is not None for number in purses):
                raise PaysByCard
            amounts = {books.account(source): Money(-amount), books.account(target): amount}
            entry = ledger.post(connection, "transfer", amounts, reference=reference, by=by, at=at, note=note)
            if entry.new:
                if any(purse.state == "closed" for purse in purses.values()):
                    raise AccountClosed
                if amount > purses[source].free:
                    raise TooLittleCredit(available=shown(purses[source].free))
            return entry

        return await self._written(write)

    async def discharge(self, number: str, balance: Money, by: str, reference: str, note: str = "") -> Discharged:
        """Settle an account for good: what is on it is paid out, what it owes is paid in, and it is closed.

        balance: what the cashier was shown. Parts of a fen that no till can pay go to rounding. The same reference
        again says what was done. Raises NoSuchAccount, AccountClosed, BalanceChanged, StillInUse, ReferenceUsed.
        """
        paid = whole_fen(balance)

        def write(connection: sa.Connection, at: datetime) -> tuple[Discharged, list[Event]]:
            purse = ledger.lock(connection, number)
            if purse.state == "closed" and not _settled(connection, reference, number):
                raise AccountClosed
            _closable(purse, balance)
            entry = self._emptied(connection, number, balance, by, reference, note, at)
            if purse.state == "closed":
                return Discharged(entry, paid), []
            connection.execute(accounts.update().where(accounts.c.number == number).values(state="closed", card=None))
            closed = AccountChanged(at=at, account=number, what="closed", by=by)
            journal.append(connection, closed)
            return Discharged(entry, paid), [*(entry.events if entry is not None and entry.new else ()), closed]

        done, events = await self._database.transact(lambda connection: write(connection, self._clock.now()))
        for event in events:
            self._bus.publish(event)
        return done

    async def write_off(self, number: str, by: str, reference: str, note: str) -> Entry:
        """Give up what an account owes: its balance is zero afterwards. note: why.

        Raises NotAnAmount when it owes nothing, StillInUse, NoSuchAccount, ReferenceUsed.
        """

        def write(connection: sa.Connection, at: datetime) -> Entry:
            purse = ledger.lock(connection, number)
            if purse.balance >= 0:
                raise NotAnAmount
            if purse.reserved:
                raise StillInUse
            amounts = {books.account(number): Money(-purse.balance), books.WRITE_OFF: purse.balance}
            return ledger.post(connection, "write-off", amounts, reference=reference, by=by, at=at, note=note)

        return await self._written(write)

    async def take_float(self, amount: Money, by: str, reference: str) -> Entry:
        """Change from the safe into the till, at the beginning of a shift. Raises NotAnAmount, ReferenceUsed."""
        if amount <= 0:
            raise NotAnAmount
        amounts = {books.cash(by): Money(-amount), books.SAFE: amount}
        return await self._written(
            lambda connection, at: ledger.post(connection, "float", amounts, reference=reference, by=by, at=at)
        )

    async def hand_over(self, counted: Money, by: str, reference: str, note: str = "") -> Entry:
        """The end of a shift: all that was counted goes into the safe, and what is too much or too little is written.

        Raises NotAnAmount below zero, ReferenceUsed.
        """
        if counted < 0:
            raise NotAnAmount

        def write(connection: sa.Connection, at: datetime) -> Entry:
            earlier = ledger.find(connection, "handover", reference)
            if earlier is not None:
                return earlier
            ought = in_till(connection, by)
            amounts = {books.cash(by): ought, books.SAFE: Money(-counted), books.DIFFERENCE: Money(counted - ought)}
            return ledger.post(connection, "handover", amounts, reference=reference, by=by, at=at, note=note)

        return await self._written(write)

    def _emptied(
        self, connection: sa.Connection, number: str, balance: Money, by: str, reference: str, note: str, at: datetime
    ) -> Entry | None:
        earlier = ledger.find(connection, "settlement", reference)
        if earlier is not None or balance == 0:
            return earlier
        paid = whole_fen(balance)
        amounts = {books.account(number): Money(-balance), books.cash(by): paid}
        if balance != paid:
            amounts[books.ROUNDING] = Money(balance - paid)
        return ledger.post(connection, "settlement", amounts, reference=reference, by=by, at=at, note=note)

    async def _written(self, write: Callable[[sa.Connection, datetime], Entry]) -> Entry:
        entry = await self._database.transact(lambda connection: write(connection, self._clock.now()))
        for event in entry.events if entry.new else ():
            self._bus.publish(event)
        return entry


def whole_fen(amount: Money) -> Money:
    """Without parts of a fen, in the holder's favour when they pay, in the hospital's when they are paid."""
    return Money(abs(amount) // FEN * FEN * (1 if amount > 0 else -1))


def in_till(connection: sa.Connection, cashier: str) -> Money:
    """What ought to lie in the till of `cashier`, by the ledger."""
    total = sa.select(sa.func.coalesce(sa.func.sum(postings.c.amount), 0)).where(postings.c.book == books.cash(cashier))
    return Money(-int(connection.execute(total).scalar_one()))


def _closable(purse: Purse, balance: Money) -> None:
    if purse.state == "closed":
        return
    if purse.reserved:
        raise StillInUse
    if purse.balance != balance:
        raise BalanceChanged(balance=shown(purse.balance))


def _settled(connection: sa.Connection, reference: str, number: str) -> bool:
    entry = ledger.find(connection, "settlement", reference)
    return entry is not None and any(line.book == books.account(number) for line in entry.lines)
