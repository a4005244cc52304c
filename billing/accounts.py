"""Prepaid accounts: opened, filled, emptied, frozen, and unlocked by a PIN."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.foundation import journal, pins
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.values import Language, Money, shown
from billing import ledger
from billing.card.orders import card_of
from billing.charge import NOTHING
from billing.events import AccountChanged, AccountOpened, AccountsImported, PinLocked
from billing.plan import BillingPlan
from billing.refusal import (
    AccountClosed,
    AccountFrozen,
    CardTaken,
    LimitInUse,
    ListLoaded,
    LockedOut,
    NoNumberLeft,
    NoSuchAccount,
    NotACard,
    NotALimit,
    NotAnAmount,
    NotAPin,
    PaysByCard,
    ReferenceUsed,
    Refusal,
    StillInUse,
    TooLittleCredit,
    WeakPin,
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
    credit_limit: Money = NOTHING

    @property
    def available(self) -> Money:
        """What calls may still spend: balance and credit limit, less what calls under way hold."""
        return Money(max(0, self.balance + self.credit_limit - self.reserved))


@dataclass(frozen=True)
class NewAccount:
    """An account that is to be opened. card, patient: as `schema.accounts` has them, empty for none."""

    holder: str
    language: Language
    card: str = ""
    patient: str = ""


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

    async def open(
        self, holder: str, language: Language, by: str, *, card: str = "", patient: str = ""
    ) -> tuple[str, str]:
        """A new, empty account: its number and its PIN, which is told this once.

        card: what a reader types; patient: the key of the holder's visit. Raises NoNumberLeft, NotACard, CardTaken.
        """
        at = self._clock.now()
        wanted = NewAccount(holder, language, card, patient)
        [(event, pin)] = await self._database.transact(lambda connection: [self._opened(connection, wanted, at, by)])
        self._bus.publish(event)
        return event.account, pin

    async def open_for_visit(self, patient: str, holder: str, language: Language, by: str) -> str | None:
        """An account for a patient's visit, unless there is or was one: its number, None where there was.

        Nobody knows its PIN until the cashier makes a new one. Raises NoNumberLeft.
        """
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountOpened | None:
            serialise(connection, "accounts of visits")
            query = sa.select(accounts.c.number).where(accounts.c.patient == patient).limit(1)
            if connection.execute(query).first() is not None:
                return None
            return self._opened(connection, NewAccount(holder, language, "", patient), at, by)[0]

        event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)
        return event.account if event is not None else None

    async def open_all(self, wanted: Sequence[NewAccount], digest: str, by: str) -> list[tuple[str, str]]:
        """Accounts for a whole list, or for none of it: numbers and PINs in its order, told this once.

        digest: of the file, which is loaded once only. Raises ListLoaded, NoNumberLeft, NotACard, CardTaken.
        """
        at = self._clock.now()
        imported = AccountsImported(at=at, accounts=len(wanted), digest=digest, by=by)

        def write(connection: sa.Connection) -> list[tuple[AccountOpened, str]]:
            serialise(connection, "accounts of visits")
            if digest in _loaded(connection):
                raise ListLoaded
            found = [self._opened(connection, one, at, by) for one in wanted]
            journal.append(connection, imported)
            return found

        found = await self._database.transact(write)
        for event, _pin in found:
            self._bus.publish(event)
        return [(event.account, pin) for event, pin in found]

    def _opened(self, connection: sa.Connection, one: NewAccount, at: datetime, by: str) -> tuple[AccountOpened, str]:
        _free_card(connection, one.card, "")
        number = _unused(connection, self._plan.account_digits)
        pin = _fresh_pin(number, self._plan.pin_digits)
        row: dict[str, object] = {
            "number": number,
            "holder": one.holder,
            "language": one.language,
            "pin_hash": pins.hashed(pin),
        }
        row |= {"card": one.card or None, "patient": one.patient}
        connection.execute(
            accounts.insert().values({**row, "balance": 0, "reserved": 0, "state": "open", "opened_at": at})
        )
        event = AccountOpened(at=at, account=number, holder=one.holder, by=by)
        journal.append(connection, event)
        return event, pin

    async def leaving(self, patient: str, at: datetime | None, by: str) -> list[str]:
        """The holder left the ward `at`: the visit's accounts are to be settled; None: they came back. Which ones."""

        def write(connection: sa.Connection) -> list[AccountChanged]:
            wanted = accounts.c.leaving_at.is_(None) if at else accounts.c.leaving_at.is_not(None)
            query = sa.select(accounts.c.number).where(accounts.c.patient == patient, accounts.c.state != "closed")
            numbers = connection.execute(query.where(wanted).order_by(accounts.c.number)).scalars().all()
            what = "to be settled" if at else "no longer to be settled"
            events = [AccountChanged(at=self._clock.now(), account=number, what=what, by=by) for number in numbers]
            for number in numbers:
                ledger.lock(connection, number)
                _set(connection, number, leaving_at=at)
            if events:
                journal.append(connection, *events)
            return events

        events = await self._database.transact(write)
        for event in events:
            self._bus.publish(event)
        return [event.account for event in events]

    async def visits(self) -> list[str]:
        """The keys of visits whose accounts are neither closed nor to be settled."""
        open_ = sa.select(accounts.c.patient).where(
            accounts.c.patient != "", accounts.c.state != "closed", accounts.c.leaving_at.is_(None)
        )
        return await self._database.transact(
            lambda connection: list(connection.execute(open_.distinct().order_by(accounts.c.patient)).scalars())
        )

    async def deposit(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> ledger.Movement:
        """Money in. The same reference again returns the earlier movement and moves nothing.

        Raises NotAnAmount, NoSuchAccount, AccountClosed, PaysByCard, ReferenceUsed.
        """
        return await self._move(number, "deposit", amount, by, reference, note)

    async def refund(self, number: str, amount: Money, by: str, reference: str, note: str = "") -> ledger.Movement:
        """Money out, of what no call holds. The same reference again moves nothing.

        Raises NotAnAmount, NoSuchAccount, TooLittleCredit, PaysByCard, ReferenceUsed.
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

    async def limit_credit(self, number: str, limit: Money, by: str) -> None:
        """Let calls be paid for later, until the balance is `limit` below zero; 0: only what was paid in.

        Raises NotALimit, NoSuchAccount, AccountClosed; LimitInUse when more than `limit` is owed or held by calls.
        """
        if limit < 0:
            raise NotALimit
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountChanged | None:
            purse = ledger.lock(connection, number)
            if purse.state == "closed":
                raise AccountClosed
            if limit == purse.credit_limit:
                return None
            if purse.reserved > purse.balance + limit:
                raise LimitInUse(used=shown(Money(purse.reserved - purse.balance)))
            _set(connection, number, credit_limit=limit)
            return _changed(
                connection, AccountChanged(at=at, account=number, what=f"credit limit {shown(limit)}", by=by)
            )

        event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)

    async def give_card(self, number: str, card: str, by: str) -> None:
        """From now on `card`, as a reader types it, finds this account; empty: none does.

        Raises NotACard, CardTaken, NoSuchAccount, AccountClosed.
        """
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountChanged | None:
            purse = ledger.lock(connection, number)
            if purse.state == "closed":
                raise AccountClosed
            _free_card(connection, card, number)
            _set(connection, number, card=card or None)
            what = "card given" if card else "card taken back"
            return _changed(connection, AccountChanged(at=at, account=number, what=what, by=by))

        event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)

    async def set_language(self, number: str, language: Language, by: str) -> None:
        """What its calls are spoken in. Raises NoSuchAccount."""
        at = self._clock.now()

        def write(connection: sa.Connection) -> AccountChanged:
            ledger.lock(connection, number)
            _set(connection, number, language=language)
            return _changed(connection, AccountChanged(at=at, account=number, what=f"language {language}", by=by))

        self._bus.publish(await self._database.transact(write))

    async def language(self, number: str) -> Language:
        """What its calls are spoken in. Raises NoSuchAccount."""
        return (await self._database.transact(lambda connection: ledger.lock(connection, number))).language

    async def known(self, number: str) -> Account:
        """An account whose PIN was right before, as it is now. Raises NoSuchAccount, AccountFrozen, AccountClosed."""

        def read(connection: sa.Connection) -> sa.Row[Any]:
            row = connection.execute(sa.select(accounts).where(accounts.c.number == number)).first()
            if row is None:
                raise NoSuchAccount(account=number)
            return row

        return _account(await self._database.transact(read))

    def check_pin(self, number: str, pin: str) -> None:
        """Whether it may become the account's PIN. Raises NotAPin, WeakPin."""
        if not (pin.isascii() and pin.isdigit() and len(pin) == self._plan.pin_digits):
            raise NotAPin(digits=self._plan.pin_digits)
        if is_weak(pin, number):
            raise WeakPin

    async def renew_pin(self, number: str, by: str) -> str:
        """Another PIN, which is told this once. Raises NoSuchAccount."""
        pin = _fresh_pin(number, self._plan.pin_digits)
        await self.set_pin(number, pin, by)
        return pin

    async def set_pin(self, number: str, pin: str, by: str) -> None:
        """Another PIN; wrong guesses so far are forgotten. Raises NotAPin, WeakPin, NoSuchAccount."""
        self.check_pin(number, pin)
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

        def check(connection: sa.Connection) -> tuple[Account | Refusal, list[PinLocked]]:
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
            if card_of(connection, number) is not None:
                raise PaysByCard
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
            _set(connection, number, state=state, **({"card": None} if state == "closed" else {}))
            return _changed(connection, AccountChanged(at=at, account=number, what=what, by=by))

        event = await self._database.transact(write)
        if event is not None:
            self._bus.publish(event)

    def _checked(
        self, connection: sa.Connection, at: datetime, number: str, pin: str, extension: str
    ) -> tuple[Account | Refusal, list[PinLocked]]:
        """The verdict is returned, not raised: a wrong guess must be written down."""
        subjects = (f"account:{number}", f"extension:{extension}")
        row = connection.execute(sa.select(accounts).where(accounts.c.number == number).with_for_update()).first()
        if any(self._guesses.locked(connection, subject, at) for subject in subjects):
            return LockedOut(), []
        if not pins.right(pin, row.pin_hash if row else None):
            return WrongPin(), self._wrong(connection, at, number if row else None, extension)
        assert row is not None
        self._guesses.forgive(connection, *subjects, at)
        try:
            return _account(row), []
        except (AccountFrozen, AccountClosed) as why:
            return why, []

    def _wrong(self, connection: sa.Connection, at: datetime, number: str | None, extension: str) -> list[PinLocked]:
        """Count it. Of an account that does not exist nothing is kept: a PIN may have been keyed in its place."""
        events = list[PinLocked]()
        for subject in [f"extension:{extension}"] + [f"account:{number}"] * (number is not None):
            if self._guesses.wrong(connection, subject, at):
                what, _, whose = subject.partition(":")
                events.append(PinLocked(at=at, what=what, number=whose, until=at + self._guesses.lock, by=extension))
        if events:
            journal.append(connection, *events)
        return events


def _loaded(connection: sa.Connection) -> set[str]:
    """Digests of the lists that were loaded."""
    query = sa.select(journal.journal.c.body).where(journal.journal.c.kind == "billing.AccountsImported")
    return {json.loads(body)["digest"] for body in connection.execute(query).scalars()}


def _free_card(connection: sa.Connection, card: str, number: str) -> None:
    """Raise unless `card` is a card's number, or none, and no other account than `number` has it."""
    if not card:
        return
    if not (card.isascii() and card.isalnum() and 4 <= len(card) <= 64):
        raise NotACard
    held = connection.execute(sa.select(accounts.c.number).where(accounts.c.card == card)).scalar()
    if held is not None and held != number:
        raise CardTaken(account=held)


def is_weak(pin: str, number: str) -> bool:
    """Whether anyone would try it first: all the same, a run, a half twice, or digits of the account's number."""
    half = len(pin) // 2
    twice = len(pin) % 2 == 0 and pin[:half] == pin[half:]
    return pins.is_obvious(pin) or twice or pin in number or pin[::-1] in number


def _fresh_pin(number: str, digits: int) -> str:
    while is_weak(pin := pins.new(digits), number):
        pass
    return pin


def _account(row: sa.Row[Any]) -> Account:
    """Raises AccountFrozen, AccountClosed."""
    if row.state != "open":
        raise AccountFrozen if row.state == "frozen" else AccountClosed
    money = Money(row.balance), Money(row.reserved), Money(row.credit_limit)
    return Account(row.number, row.holder, row.language, *money)


def _allowed(purse: ledger.Purse, amount: Money) -> None:
    """Raise if the money may not go in or out; the transaction takes the movement back."""
    if purse.state == "closed":
        raise AccountClosed
    if -amount > purse.free:
        raise TooLittleCredit(available=shown(purse.free))


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
