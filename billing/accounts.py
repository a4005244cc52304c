"""Prepaid accounts: opened, filled, emptied, frozen, and unlocked by a PIN."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language, Money, shown
from billing import ledger, pins
from billing.events import AccountChanged, AccountOpened
from billing.plan import BillingPlan
from billing.refusal import (
    AccountClosed,
    AccountFrozen,
    LockedOut,
    NoNumberLeft,
    NotAnAmount,
    NotAPin,
    ReferenceUsed,
    Refusal,
    StillInUse,
    TooLittleCredit,
    WrongPin,
)
from billing.schema import accounts


@dataclass(frozen=True)
class Account:
    """An account whose PIN was right."""

    number: str
    holder: str
    language: Language
    balance: Money
    reserved: Money

    @property
    def available(self) -> Money:
        """What is not held by calls under way."""
        return Money(max(0, self.balance - self.reserved))


class Accounts:
    """All accounts. `by` is who did it: a cashier's name, or a part of the house."""

    def __init__(self, database: Transactions, plan: BillingPlan, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self.replan(plan)

    def replan(self, plan: BillingPlan) -> None:
        """From now on go by `plan`. Accounts keep their numbers and PINs, whatever lengths it says."""
        self._plan = plan
        self._guesses = pins.Guesses(plan.pin_tries, timedelta(minutes=plan.lock_minutes))

    async def open(self, holder: str, language: Language, by: str) -> tuple[str, str]:
        """A new, empty account: its number and its PIN, which is told this once. Raises NoNumberLeft."""
        at = self._clock.now()
        pin = pins.new(self._plan.pin_digits)

        def write(connection: sa.Connection) -> AccountOpened:
            number = _unused(connection, self._plan.account_digits)
            row = accounts.insert().values(number=number, holder=holder, language=language, pin_hash=pins.hashed(pin))
            connection.execute(row.values(balance=0, reserved=0, state="open", opened_at=at))
            event = AccountOpened(at=at, account=number, holder=holder, by=by)
            journal.append(connection, event)
            return event

        event = await self._database.transact(write)
        self._bus.publish(event)
        return event.account, pin

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> ledger.Movement:
        """Money in. The same reference again returns the earlier movement and moves nothing.

        Raises NotAnAmount, NoSuchAccount, AccountClosed, ReferenceUsed.
        """
        return await self._move(number, "deposit", amount, by, reference, note)

    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> ledger.Movement:
        """Money out, of what no call holds. The same reference again moves nothing.

        Raises NotAnAmount, NoSuchAccount, TooLittleCredit, ReferenceUsed.
        """
        return await self._move(number, "refund", Money(-amount), by, reference, note)

    async def freeze(self, number: str, by: str) -> None:
        """No new calls; a call under way is not extended. Raises NoSuchAccount, AccountClosed."""
        await self._change(number, "frozen", "frozen", by)

    async def thaw(self, number: str, by: str) -> None:
        """Calls are possible again. Raises NoSuchAccount, AccountClosed."""
        await self._change(number, "open", "thawed", by)

    async def close(self, number: str, by: str) -> None:
        """For good, once it is empty. Raises NoSuchAccount, StillInUse."""
        await self._change(number, "closed", "closed", by)

    async def set_pin(self, number: str, pin: str, by: str) -> None:
        """Another PIN; wrong guesses so far are forgotten. Raises NotAPin, NoSuchAccount."""
        if not (pin.isascii() and pin.isdigit() and len(pin) == self._plan.pin_digits):
            raise NotAPin(digits=self._plan.pin_digits)
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountChanged:
            ledger.lock(connection, number)
            _set(connection, number, pin_hash=pins.hashed(pin))
            self._guesses.forgive(connection, f"account:{number}", None, at)
            return _changed(connection, AccountChanged(at=at, account=number, what="PIN changed", by=by))

        self._bus.publish(await self._database.transact(write))

    async def authenticate(self, number: str, pin: str, extension: str) -> Account:
        """The account, if `pin` is its PIN. Wrong ones are counted by account and by extension.

        Raises WrongPin, LockedOut, AccountFrozen, AccountClosed.
        """
        at = self._clock.now()

        def check(connection: sa.Connection) -> tuple[Account | Refusal, list[AccountChanged]]:
            return self._checked(connection, at, number, pin, extension)

        verdict, events = await self._database.transact(check)
        for event in events:
            self._bus.publish(event)
        if isinstance(verdict, Refusal):
            raise verdict
        return verdict

    async def _move(self, number: str, kind: str, amount: Money, by: str, reference: str, note: str) -> ledger.Movement:
        at = self._clock.now()
        if (amount > 0) != (kind == "deposit") or amount == 0:
            raise NotAnAmount

        def write(connection: sa.Connection) -> ledger.Movement:
            purse = ledger.lock(connection, number)
            movement = ledger.move(connection, number, kind, amount, reference=reference, by=by, at=at, note=note)
            if movement.new:
                _allowed(purse, amount)
            return movement

        try:
            movement = await self._database.transact(write)
        except sa.exc.IntegrityError as why:
            raise ReferenceUsed(reference=reference) from why  # by another account, in the same instant
        if movement.new:
            self._bus.publish(movement.event)
        return movement

    async def _change(self, number: str, state: str, what: str, by: str) -> None:
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountChanged | None:
            purse = ledger.lock(connection, number)
            if purse.state == state:
                return None
            if purse.state == "closed":
                raise AccountClosed
            if state == "closed" and (purse.balance or purse.reserved):
                raise StillInUse
            _set(connection, number, state=state)
            return _changed(connection, AccountChanged(at=at, account=number, what=what, by=by))

        event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)

    def _checked(
        self, connection: sa.Connection, at: datetime, number: str, pin: str, extension: str
    ) -> tuple[Account | Refusal, list[AccountChanged]]:
        """The verdict is returned, not raised: a wrong guess must be written down."""
        subjects = (f"account:{number}", f"extension:{extension}")
        row = connection.execute(sa.select(accounts).where(accounts.c.number == number).with_for_update()).first()
        if any(self._guesses.locked(connection, subject, at) for subject in subjects):
            return LockedOut(), []
        if not pins.right(pin, row.pin_hash if row else None):
            return WrongPin(), self._wrong(connection, at, number if row else None, extension)
        assert row is not None
        self._guesses.forgive(connection, *subjects, at)
        if row.state != "open":
            return (AccountFrozen() if row.state == "frozen" else AccountClosed()), []
        return Account(row.number, row.holder, row.language, Money(row.balance), Money(row.reserved)), []

    def _wrong(
        self, connection: sa.Connection, at: datetime, number: str | None, extension: str
    ) -> list[AccountChanged]:
        """Count it. Of an account that does not exist nothing is kept: a PIN may have been keyed in its place."""
        events = list[AccountChanged]()
        for subject in [f"extension:{extension}"] + [f"account:{number}"] * (number is not None):
            if self._guesses.wrong(connection, subject, at):
                what = f"{subject.replace(':', ' ')} locked out"
                events.append(AccountChanged(at=at, account=number or "", what=what, by=f"extension {extension}"))
        if events:
            journal.append(connection, *events)
        return events


def _allowed(purse: ledger.Purse, amount: Money) -> None:
    """Raise if the money may not go in or out; the transaction takes the movement back."""
    if purse.state == "closed":
        raise AccountClosed
    if -amount > purse.available:
        raise TooLittleCredit(available=shown(purse.available))


def _unused(connection: sa.Connection, digits: int) -> str:
    for _ in range(1000):
        number = str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))
        if connection.execute(sa.select(accounts.c.number).where(accounts.c.number == number)).first() is None:
            return number
    raise NoNumberLeft


def _set(connection: sa.Connection, number: str, **values: object) -> None:
    connection.execute(accounts.update().where(accounts.c.number == number).values(values))


def _changed(connection: sa.Connection, event: AccountChanged) -> AccountChanged:
    journal.append(connection, event)
    return event
