"""Accounts and their PINs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from appliance.foundation import pins
from appliance.foundation.bus import Bus
from appliance.foundation.journal import Event, entries, journal
from appliance.foundation.values import Money, yuan
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.events import AccountChanged, AccountOpened, MoneyMoved, PinLocked
from billing.plan import BillingPlan
from billing.refusal import (
    AccountClosed,
    AccountFrozen,
    LockedOut,
    NoNumberLeft,
    NoSuchAccount,
    NotAnAmount,
    NotAPin,
    ReferenceUsed,
    Refusal,
    StillInUse,
    TooLittleCredit,
    WrongPin,
)
from billing.schema import accounts, ledger
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


class Desk:
    """A cashier's desk with one account, number and PIN known."""

    def __init__(self, plan: BillingPlan | None = None) -> None:
        self.database, self.clock, self.bus = InlineDatabase(), FakeClock(), Bus()
        self.events: list[Event] = []
        self.bus.subscribe(Event, self.events.append)
        self.accounts = Accounts(self.database, plan or BillingPlan(), self.clock, self.bus)
        self.number, self.pin = now(self.accounts.open("李明", "zh", "cashier1"))
        self.wrong = str((int(self.pin) + 1) % 10**4).zfill(4)

    def enter(self, pin: str, extension: str = "8001", number: str | None = None) -> str:
        """What comes of a PIN: the holder, or why not."""
        try:
            return now(self.accounts.authenticate(number or self.number, pin, extension)).holder
        except Refusal as why:
            return type(why).__name__

    def balance(self) -> int:
        """As kept beside the ledger, which must agree."""
        with self.database.engine.connect() as connection:
            assert list(discrepancies(connection)) == []
            return int(connection.execute(sa.select(accounts.c.balance)).scalar_one())


def refused(why: type[Refusal], coroutine: Coroutine[Any, Any, object]) -> None:
    """`coroutine` is refused for this reason."""
    with pytest.raises(why):
        now(coroutine)


def test_an_account_has_the_plans_lengths() -> None:
    """Digits only, the number not beginning with 0."""
    desk = Desk(BillingPlan(account_digits=9, pin_digits=5))
    assert (len(desk.number), len(desk.pin)) == (9, 5)
    assert (desk.number + desk.pin).isdigit()
    assert desk.number[0] != "0"
    assert desk.events == [AccountOpened(at=desk.clock.now(), account=desk.number, holder="李明", by="cashier1")]


def test_no_number_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn again when it is taken; when all are taken it says so."""
    desk = Desk()
    taken = int(desk.number) - 100_000
    drawn = iter([taken, taken, 23456])
    monkeypatch.setattr("billing.accounts.secrets.randbelow", lambda _limit: next(drawn))
    assert now(desk.accounts.open("王芳", "en", "cashier1"))[0] == "123456"
    monkeypatch.setattr("billing.accounts.secrets.randbelow", lambda _limit: taken)
    refused(NoNumberLeft, desk.accounts.open("赵强", "zh", "cashier1"))


def test_new_pins_are_not_those_anyone_would_try_first() -> None:
    """Neither 0000 nor 1234 nor 4321."""
    for _ in range(300):
        pin = pins.new(4)
        steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
        assert not steps <= {0, 1, 9}


def test_the_right_pin_opens_the_account() -> None:
    """From any extension."""
    desk = Desk()
    now(desk.accounts.deposit(desk.number, yuan(20), "cashier1", "R1"))
    account = now(desk.accounts.authenticate(desk.number, desk.pin, "8001"))
    assert (account.holder, account.language, account.available) == ("李明", "zh", yuan(20))


def test_three_wrong_pins_lock_the_account_on_every_extension() -> None:
    """Also for the right PIN, until the time is over; told once, on the third."""
    desk = Desk()
    outcomes = [desk.enter(desk.wrong, extension) for extension in ("8001", "8002", "8003", "8004")]
    assert outcomes == ["WrongPin", "WrongPin", "WrongPin", "LockedOut"]
    assert desk.enter(desk.pin, "8005") == "LockedOut"
    locked = [event for event in desk.events if isinstance(event, PinLocked)]
    assert [(event.what, event.number, event.by) for event in locked] == [("account", desk.number, "8003")]
    assert locked[0].until == desk.clock.now() + timedelta(minutes=30)
    desk.clock.advance(timedelta(minutes=30))
    assert desk.enter(desk.pin) == "李明"


def test_three_wrong_pins_lock_the_extension_for_every_account() -> None:
    """One guess each at three accounts, and at accounts that do not exist."""
    desk = Desk()
    other, _pin = now(desk.accounts.open("x", "zh", "c"))
    assert desk.enter(desk.wrong) == "WrongPin"
    assert desk.enter("no such", number="99999") == "WrongPin"
    assert desk.enter("------", number=other) == "WrongPin"
    assert desk.enter(desk.pin) == "LockedOut"
    assert desk.enter(desk.pin, "8002") == "李明"
    assert [(e.what, e.number) for e in desk.events if isinstance(e, PinLocked)] == [("extension", "8001")]


def test_two_wrong_pins_and_a_right_one_are_forgotten() -> None:
    """The next mistake is the first again, for the account and for the extension."""
    desk = Desk()
    for _ in range(4):
        assert [desk.enter(pin) for pin in (desk.wrong, desk.wrong, desk.pin)] == ["WrongPin", "WrongPin", "李明"]


def test_an_account_of_ones_own_does_not_wash_an_extension_clean() -> None:
    """Two guesses at a stranger's account, the right PIN of one's own, a third guess: the extension is locked."""
    desk = Desk()
    stranger, _pin = now(desk.accounts.open("王芳", "zh", "c"))
    outcomes = [desk.enter("-", number=stranger), desk.enter("-", number=stranger), desk.enter(desk.pin)]
    assert outcomes == ["WrongPin", "WrongPin", "李明"]
    desk.enter("-", number="99999")
    assert desk.enter(desk.pin) == "LockedOut"


def test_the_right_pin_takes_back_only_its_own_accounts_mistakes() -> None:
    """A guess at a stranger's account, a slip at one's own, then right; two more guesses make three."""
    desk = Desk()
    stranger, _pin = now(desk.accounts.open("王芳", "zh", "c"))
    outcomes = [desk.enter("-", number=stranger), desk.enter(desk.wrong), desk.enter(desk.pin)]
    assert outcomes == ["WrongPin", "WrongPin", "李明"]
    assert [desk.enter("-", number="99999") for _ in range(2)] == ["WrongPin", "WrongPin"]
    assert desk.enter(desk.pin) == "LockedOut"


def test_old_mistakes_lock_nobody() -> None:
    """Two half an hour ago and one now are one."""
    desk = Desk()
    desk.enter(desk.wrong)
    desk.enter(desk.wrong)
    desk.clock.advance(timedelta(minutes=30))
    assert [desk.enter(desk.wrong), desk.enter(desk.pin)] == ["WrongPin", "李明"]


def test_what_is_said_does_not_tell_whether_the_account_or_the_pin_is_wrong() -> None:
    """The same words, in both languages."""
    desk = Desk()
    said = set()
    for number in (desk.number, "999999"):
        with pytest.raises(WrongPin) as why:
            now(desk.accounts.authenticate(number, desk.wrong, "8001"))
        said.add((why.value.text("en"), why.value.text("zh")))
    assert said == {("The account or PIN is wrong.", "账号或密码错误。")}


def test_a_wrong_pin_leaves_a_trace_although_it_is_refused() -> None:
    """The count is kept over a restart."""
    desk = Desk()
    desk.enter(desk.wrong)
    desk.enter(desk.wrong)
    desk.accounts = Accounts(desk.database, BillingPlan(), desk.clock, desk.bus)
    desk.enter(desk.wrong)
    assert desk.enter(desk.pin) == "LockedOut"


def test_no_pin_is_ever_stored_or_told() -> None:
    """Not in a table, the journal, an event or an error."""
    desk = Desk()
    now(desk.accounts.set_pin(desk.number, "7082", "c"))
    with pytest.raises(WrongPin) as why:
        now(desk.accounts.authenticate(desk.number, "6093", "8001"))
    told = repr(desk.events) + repr(why.value)
    with desk.database.engine.connect() as connection:
        stored = repr(list(connection.execute(sa.select(accounts.c.pin_hash))))
        told += repr(list(connection.execute(sa.select(journal.c.body))))
    assert stored.count("$argon2id$") == 1
    assert not any(f'"{pin}"' in told or f"'{pin}'" in told for pin in ("7082", "6093", desk.pin))


def test_a_new_pin_replaces_the_old_one_and_unlocks_the_account() -> None:
    """As the cashier does for one who forgot it."""
    desk = Desk()
    for extension in ("1", "2", "3"):
        desk.enter(desk.wrong, extension)
    now(desk.accounts.set_pin(desk.number, desk.wrong, "cashier1"))
    assert (desk.enter(desk.wrong), desk.enter(desk.pin)) == ("李明", "WrongPin")


@pytest.mark.parametrize("pin", ["", "123", "12345", "12a4", "١٢٣٤"])
def test_a_pin_has_the_plans_length(pin: str) -> None:
    """And digits only."""
    desk = Desk()
    refused(NotAPin, desk.accounts.set_pin(desk.number, pin, "c"))


def test_a_frozen_account_keeps_its_money_and_makes_no_calls() -> None:
    """Said only to who knows the PIN; thawed, it works again."""
    desk = Desk()
    now(desk.accounts.deposit(desk.number, yuan(5), "c", "R1"))
    now(desk.accounts.freeze(desk.number, "c"))
    assert (desk.enter(desk.wrong), desk.enter(desk.pin)) == ("WrongPin", "AccountFrozen")
    now(desk.accounts.deposit(desk.number, yuan(5), "c", "R2"))
    now(desk.accounts.refund(desk.number, yuan(3), "c", "R3"))
    now(desk.accounts.thaw(desk.number, "c"))
    now(desk.accounts.thaw(desk.number, "c"))
    assert (desk.enter(desk.pin), desk.balance()) == ("李明", yuan(7))
    assert [e.what for e in desk.events if isinstance(e, AccountChanged)] == ["frozen", "thawed"]


def test_an_account_is_closed_when_it_is_empty_and_stays_closed() -> None:
    """No calls, no deposits."""
    desk = Desk()
    now(desk.accounts.deposit(desk.number, yuan(5), "c", "R1"))
    refused(StillInUse, desk.accounts.close(desk.number, "c"))
    now(desk.accounts.refund(desk.number, yuan(5), "c", "R2"))
    now(desk.accounts.close(desk.number, "c"))
    assert desk.enter(desk.pin) == "AccountClosed"
    refused(AccountClosed, desk.accounts.thaw(desk.number, "c"))
    refused(AccountClosed, desk.accounts.deposit(desk.number, yuan(5), "c", "R3"))
    assert desk.balance() == 0


def test_a_deposit_repeated_with_its_receipt_counts_once() -> None:
    """The cashier pressed twice."""
    desk = Desk()
    first = now(desk.accounts.deposit(desk.number, yuan(20), "c", "R1", "cash"))
    again = now(desk.accounts.deposit(desk.number, yuan(20), "c", "R1", "cash"))
    assert (first.id, first.balance, first.new, again.new) == (again.id, again.balance, True, False)
    assert desk.balance() == yuan(20)
    assert len([event for event in desk.events if isinstance(event, MoneyMoved)]) == 1


def test_a_receipt_names_one_movement_only() -> None:
    """Not another amount, nor another account."""
    desk = Desk()
    other, _pin = now(desk.accounts.open("王芳", "zh", "c"))
    now(desk.accounts.deposit(desk.number, yuan(20), "c", "R1"))
    refused(ReferenceUsed, desk.accounts.deposit(desk.number, yuan(21), "c", "R1"))
    refused(ReferenceUsed, desk.accounts.deposit(other, yuan(20), "c", "R1"))
    now(desk.accounts.refund(desk.number, yuan(20), "c", "R1"))


def test_no_more_is_paid_back_than_is_free() -> None:
    """What a call holds stays."""
    desk = Desk()
    now(desk.accounts.deposit(desk.number, yuan(20), "c", "R1"))
    with desk.database.engine.begin() as connection:
        connection.execute(accounts.update().values(reserved=yuan(15)))
    with pytest.raises(TooLittleCredit, match=r"¥5\.00"):
        now(desk.accounts.refund(desk.number, yuan("5.0001"), "c", "R2"))
    now(desk.accounts.refund(desk.number, yuan(5), "c", "R3"))
    with desk.database.engine.connect() as connection:
        kinds = list(connection.execute(sa.select(ledger.c.kind, ledger.c.reference).order_by(ledger.c.id)))
    assert [tuple(kind) for kind in kinds] == [("deposit", "R1"), ("refund", "R3")]


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_more_than_zero(amount: int) -> None:
    """In and out."""
    desk = Desk()
    refused(NotAnAmount, desk.accounts.deposit(desk.number, Money(amount), "c", "R1"))
    refused(NotAnAmount, desk.accounts.refund(desk.number, Money(amount), "c", "R2"))


def test_every_act_names_an_account_that_exists() -> None:
    """Otherwise it says which does not."""
    desk = Desk()
    acts: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: desk.accounts.deposit("1", yuan(1), "c", "R1"),
        lambda: desk.accounts.refund("1", yuan(1), "c", "R1"),
        lambda: desk.accounts.freeze("1", "c"),
        lambda: desk.accounts.thaw("1", "c"),
        lambda: desk.accounts.close("1", "c"),
        lambda: desk.accounts.set_pin("1", "1357", "c"),
    ]
    for act in acts:
        refused(NoSuchAccount, act())


def test_every_act_is_journalled() -> None:
    """In the transaction of the change."""
    desk = Desk()
    now(desk.accounts.deposit(desk.number, yuan(20), "c", "R1"))
    now(desk.accounts.refund(desk.number, yuan(20), "c", "R2"))
    now(desk.accounts.set_pin(desk.number, "1357", "c"))
    now(desk.accounts.freeze(desk.number, "c"))
    now(desk.accounts.close(desk.number, "c"))
    with desk.database.engine.connect() as connection:
        kinds = [entry.kind.removeprefix("billing.") for entry in entries(connection)]
    assert kinds == ["AccountOpened", "MoneyMoved", "MoneyMoved", *["AccountChanged"] * 3]
    assert len(desk.events) == 6


def test_refusals_speak_chinese() -> None:
    """Each reason has its sentence."""
    for why in (AccountFrozen(), AccountClosed(), LockedOut(), StillInUse(), NoNumberLeft(), NotAnAmount()):
        assert why.text("zh") != why.text("en") == str(why)
