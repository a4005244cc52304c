"""A cashier's till: transfers, discharge, float and hand-over."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.values import Money, yuan
from billing import books, chain
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.events import AccountChanged, MoneyMoved
from billing.ledger import move
from billing.plan import BillingPlan
from billing.refusal import (
    AccountClosed,
    BalanceChanged,
    LimitInUse,
    NotALimit,
    NotAnAmount,
    ReferenceUsed,
    SameAccount,
    StillInUse,
    TooLittleCredit,
)
from billing.schema import accounts
from billing.till import Till, in_till, whole_fen
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


class Desk:
    """A till, and accounts with money on them."""

    def __init__(self, *credits: str) -> None:
        self.database, self.clock, self.bus = InlineDatabase(), FakeClock(), Bus()
        self.accounts = Accounts(self.database, BillingPlan(), self.clock, self.bus)
        self.till = Till(self.database, self.clock, self.bus)
        self.numbers = [self._account(credit) for credit in credits]
        self.events: list[object] = []
        self.bus.subscribe(MoneyMoved, self.events.append)
        self.bus.subscribe(AccountChanged, self.events.append)

    def _account(self, credit: str) -> str:
        number, _pin = now(self.accounts.open("李明", "zh", "林静"))
        if yuan(credit) > 0:
            now(self.accounts.deposit(number, yuan(credit), "林静", f"first-{number}"))
        return number

    def set(self, number: str, **values: object) -> None:
        """As calls leave it."""
        change = accounts.update().where(accounts.c.number == number).values(values)
        now(self.database.transact(lambda connection: connection.execute(change) and None))

    def owes(self, number: str, amount: str) -> None:
        """A call was charged that nobody paid in for."""
        now(self.accounts.limit_credit(number, yuan(amount), "林静"))

        def charge(connection: sa.Connection) -> None:
            move(connection, number, "charge", Money(-yuan(amount)), reference="c1", by="billing", at=self.clock.now())

        now(self.database.transact(charge))

    def money(self, number: str) -> tuple[int, str]:
        """Balance and state; the books are right."""
        with self.database.engine.connect() as connection:
            assert [*discrepancies(connection), *chain.verify(connection)] == []
            row = connection.execute(sa.select(accounts).where(accounts.c.number == number)).one()
            return row.balance, row.state

    def in_till(self, cashier: str = "林静") -> int:
        with self.database.engine.connect() as connection:
            return in_till(connection, cashier)


def test_money_goes_from_one_account_to_another_once() -> None:
    """The same receipt again moves nothing; both accounts are told of it."""
    desk = Desk("20", "0")
    source, target = desk.numbers
    for _ in range(2):
        now(desk.till.transfer(source, target, yuan(5), "林静", "T1"))
    assert (desk.money(source), desk.money(target)) == ((yuan(15), "open"), (yuan(5), "open"))
    assert [event.account for event in desk.events if isinstance(event, MoneyMoved)] == [source, target]
    assert desk.in_till() == yuan(20)


def test_a_transfer_that_may_not_be_leaves_nothing() -> None:
    """Too much, to itself, to a closed account, of nothing, by a receipt that means another one."""
    desk = Desk("20", "0", "0")
    source, target, closed = desk.numbers
    now(desk.accounts.close(closed, "林静"))
    desk.owes(target, "3")
    now(desk.till.transfer(source, target, yuan(1), "林静", "T1"))
    for why, arguments in (
        (TooLittleCredit, (source, target, yuan(20), "林静", "T2")),
        (TooLittleCredit, (target, source, yuan(1), "林静", "T3")),  # what it may owe is for calls
        (SameAccount, (source, source, yuan(1), "林静", "T4")),
        (AccountClosed, (source, closed, yuan(1), "林静", "T5")),
        (NotAnAmount, (source, target, Money(0), "林静", "T6")),
        (ReferenceUsed, (source, target, yuan(2), "林静", "T1")),
    ):
        with pytest.raises(why):
            now(desk.till.transfer(*arguments))
    assert (desk.money(source)[0], desk.money(target)[0]) == (yuan(19), yuan(-2))


def test_at_discharge_the_rest_is_paid_out_and_the_account_closed() -> None:
    """In whole fen; asked again by the same receipt, nothing more is paid."""
    desk = Desk("12.3456")
    [number] = desk.numbers
    for _ in range(2):
        done = now(desk.till.discharge(number, yuan("12.3456"), "林静", "S1"))
        assert done.paid == yuan("12.34")
    assert desk.money(number) == (0, "closed")
    assert desk.in_till() == yuan("0.0056")
    with pytest.raises(AccountClosed):
        now(desk.till.discharge(number, Money(0), "林静", "S2"))


def test_at_discharge_a_debt_is_paid_in() -> None:
    """A part of a fen is not asked for."""
    desk = Desk("0")
    [number] = desk.numbers
    desk.owes(number, "3.4567")
    assert now(desk.till.discharge(number, yuan("-3.4567"), "林静", "S1")).paid == yuan("-3.45")
    assert desk.money(number) == (0, "closed")
    assert desk.in_till() == yuan("3.45")


def test_an_empty_account_is_closed_without_an_entry() -> None:
    """There is nothing to pay."""
    desk = Desk("0")
    done = now(desk.till.discharge(desk.numbers[0], Money(0), "林静", "S1"))
    assert (done.entry, done.paid, desk.money(desk.numbers[0])) == (None, 0, (0, "closed"))


def test_nobody_is_discharged_by_an_old_balance_or_in_mid_call() -> None:
    """The cashier must have seen what is paid."""
    desk = Desk("12")
    [number] = desk.numbers
    with pytest.raises(BalanceChanged, match=r"¥12\.00"):
        now(desk.till.discharge(number, yuan(11), "林静", "S1"))
    desk.set(number, reserved=1)
    with pytest.raises(StillInUse):
        now(desk.till.discharge(number, yuan(12), "林静", "S1"))


def test_a_debt_can_be_given_up() -> None:
    """Only a debt, and with a reason on record."""
    desk = Desk("0")
    [number] = desk.numbers
    with pytest.raises(NotAnAmount):
        now(desk.till.write_off(number, "林静", "W1", "died"))
    desk.owes(number, "3")
    entry = now(desk.till.write_off(number, "林静", "W1", "died"))
    assert (entry.note, entry.of(number).balance, desk.money(number)) == ("died", 0, (0, "open"))


def test_a_limit_is_not_set_below_what_is_owed() -> None:
    """Nor below nothing; a call's hold counts."""
    desk = Desk("0")
    [number] = desk.numbers
    desk.owes(number, "3")
    with pytest.raises(NotALimit):
        now(desk.accounts.limit_credit(number, Money(-1), "林静"))
    with pytest.raises(LimitInUse, match=r"¥3\.00"):
        now(desk.accounts.limit_credit(number, yuan("2.99"), "林静"))
    now(desk.accounts.limit_credit(number, yuan(10), "林静"))
    with desk.database.engine.connect() as connection:
        assert connection.execute(sa.select(accounts.c.credit_limit)).scalar_one() == yuan(10)


def test_a_till_is_handed_over_with_what_was_counted() -> None:
    """Float, takings and pay-outs ought to be there; ten fen are missing; the next shift begins with nothing."""
    desk = Desk("20", "30")
    now(desk.till.take_float(yuan(100), "林静", "F1"))
    now(desk.accounts.refund(desk.numbers[0], yuan(5), "林静", "R1"))
    now(desk.accounts.deposit(desk.numbers[0], yuan(7), "王芳", "R2"))
    assert (desk.in_till(), desk.in_till("王芳")) == (yuan(145), yuan(7))
    for _ in range(2):
        entry = now(desk.till.hand_over(yuan("144.9"), "林静", "H1"))
    assert {line.book: line.amount for line in entry.lines} == {
        books.cash("林静"): yuan(145),
        books.SAFE: yuan("-144.9"),
        books.DIFFERENCE: yuan("-0.1"),
    }
    assert (desk.in_till(), desk.in_till("王芳")) == (0, yuan(7))
    assert desk.money(desk.numbers[0])[0] == yuan(22)
    for act in (desk.till.take_float(Money(0), "林静", "F2"), desk.till.hand_over(Money(-1), "林静", "H2")):
        with pytest.raises(NotAnAmount):
            now(act)


@pytest.mark.parametrize(("amount", "paid"), [(123_456, 123_400), (-34_567, -34_500), (99, 0), (-99, 0), (0, 0)])
def test_no_till_pays_parts_of_a_fen(amount: int, paid: int) -> None:
    """Cut off, whoever pays."""
    assert whole_fen(Money(amount)) == paid
