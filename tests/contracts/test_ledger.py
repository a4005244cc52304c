"""Money moves the same way on every kind of storage, also when many move it at once."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred, DeferredList

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.values import Ended, Money, yuan
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.bill import Lease
from billing.lease import Leases
from billing.plan import BillingPlan
from billing.refusal import CreditTooLow, LockedOut, NoSuchAccount, ReferenceUsed, Refusal, TooLittleCredit, WrongPin
from billing.schema import accounts, ledger
from billing.tariff import Tariffs
from tests.contracts.conftest import Storage
from tests.fakes.clock import START, FakeClock

RETAIL = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.6,1,1\n"
MOBILE = "8613800138000"
ANSWER = START + timedelta(seconds=10)


class Books:
    """Accounts, tariffs and leases on one kind of storage."""

    def __init__(self, storage: Storage) -> None:
        self.storage, self.run, self.clock = storage, storage.run, FakeClock()
        self.accounts = Accounts(storage.database, BillingPlan(), self.clock, Bus())
        self.tariffs = Tariffs(storage.database, self.clock)
        self.leases = Leases(storage.database, self.tariffs, ZoneInfo("Asia/Shanghai"), self.clock, Bus())
        self.run(self.tariffs.import_csv("retail", START, RETAIL))

    def account(self, credit: str) -> tuple[str, str]:
        """A new account with so many yuan; its number and PIN."""
        number, pin = self.run(self.accounts.open("李明", "zh", "c"))
        self.run(self.accounts.deposit(number, yuan(credit), "c", f"first-{number}"))
        return number, pin

    async def opened(self, call: str, account: str, seconds: int = 300) -> Lease:
        """A lease for a call to a mobile, one fen a second."""
        tariff = self.tariffs.current("retail", START)
        return await self.leases.open(
            call, account=account, extension="8001", called=MOBILE, trunk="t", tariff=tariff, seconds=seconds
        )

    def money(self, account: str) -> tuple[int, int]:
        """Balance and what is reserved of it; the books and the journal must be right."""

        def read(connection: sa.Connection) -> tuple[int, int]:
            assert list(discrepancies(connection)) == []
            assert list(journal.verify(connection)) == []
            row = connection.execute(sa.select(accounts).where(accounts.c.number == account)).one()
            return row.balance, row.reserved

        return self.storage.transact(read)


@pytest.fixture
def books(storage: Storage) -> Books:
    """Empty books on each kind of storage."""
    return Books(storage)


async def together(*coroutines: Coroutine[Any, Any, object]) -> list[object]:
    """All at once; what each returned, or the refusal it raised."""
    begun: list[Deferred[object]] = [Deferred.fromCoroutine(coroutine) for coroutine in coroutines]
    outcomes = await DeferredList(begun, consumeErrors=True)
    return [result if fine else _refusal(result) for fine, result in outcomes]


def _refusal(failure: object) -> object:
    why = getattr(failure, "value", None)
    assert isinstance(why, Refusal), failure
    return why


def test_a_movement_is_a_line_a_balance_and_an_event(books: Books) -> None:
    """In and out."""
    number, _pin = books.account("20")
    books.run(books.accounts.refund(number, yuan("4.5"), "c", "R1", "change"))
    assert books.money(number) == (yuan("15.5"), 0)
    lines = books.storage.transact(
        lambda connection: [tuple(row) for row in connection.execute(sa.select(ledger).order_by(ledger.c.id))]
    )
    assert [(line[2], line[3], line[4], line[5]) for line in lines] == [
        (START, "deposit", yuan(20), yuan(20)),
        (START, "refund", -yuan("4.5"), yuan("15.5")),
    ]
    kinds = books.storage.transact(lambda connection: [entry.kind for entry in journal.entries(connection)])
    assert kinds[-3:] == ["billing.AccountOpened", "billing.MoneyMoved", "billing.MoneyMoved"]


def test_the_same_receipt_counts_once(books: Books) -> None:
    """And names no other movement."""
    number, _pin = books.account("20")
    other, _pin = books.account("20")
    first = books.run(books.accounts.deposit(number, yuan(5), "c", "R1"))
    again = books.run(books.accounts.deposit(number, yuan(5), "c", "R1"))
    assert (again.id, again.balance, again.at, again.new) == (first.id, first.balance, first.at, False)
    with pytest.raises(ReferenceUsed):
        books.run(books.accounts.deposit(other, yuan(5), "c", "R1"))
    assert (books.money(number), books.money(other)) == ((yuan(25), 0), (yuan(20), 0))


def test_a_refused_movement_leaves_nothing(books: Books) -> None:
    """No line, no event, no account."""
    number, _pin = books.account("20")
    before = books.storage.transact(journal.length)
    with pytest.raises(TooLittleCredit):
        books.run(books.accounts.refund(number, yuan(21), "c", "R1"))
    with pytest.raises(NoSuchAccount):
        books.run(books.accounts.deposit("1", yuan(21), "c", "R1"))
    assert (books.money(number), books.storage.transact(journal.length)) == ((yuan(20), 0), before)


def test_a_wrong_pin_is_counted_although_it_is_refused(books: Books) -> None:
    """Three, then the right one does not help."""
    number, pin = books.account("1")
    for _ in range(3):
        with pytest.raises(WrongPin):
            books.run(books.accounts.authenticate(number, "none", "8001"))
    with pytest.raises(LockedOut):
        books.run(books.accounts.authenticate(number, pin, "8001"))
    books.clock.advance(timedelta(minutes=30))
    assert books.run(books.accounts.authenticate(number, pin, "8001")).balance == yuan(1)


def test_pins_guessed_at_once_from_many_phones_are_counted_one_by_one(books: Books) -> None:
    """Ten at the same time: three are looked at."""
    number, _pin = books.account("1")
    guesses = [books.accounts.authenticate(number, "none", f"80{n}") for n in range(10)]
    outcomes = books.run(together(*guesses))
    assert sorted(type(why).__name__ for why in outcomes) == ["LockedOut"] * 7 + ["WrongPin"] * 3


def test_the_life_of_a_lease(books: Books) -> None:
    """Opened, answered, extended, seen, settled; settled again, nothing happens."""
    number, _pin = books.account("10")
    lease = books.run(books.opened("c1", number))
    assert books.run(books.opened("c1", number)) == lease
    assert books.money(number) == (yuan(10), yuan(3))
    lease = books.run(books.leases.answered(lease, ANSWER))
    lease = books.run(books.leases.extend(lease, 420))
    assert (lease.granted_seconds, books.money(number)) == (420, (yuan(10), yuan("4.2")))
    books.clock.advance(30)
    books.run(books.leases.seen(["c1", "c2"]))
    (found,) = books.run(books.leases.unsettled())
    assert (found.state, found.answered_at, found.last_seen_at) == ("talking", ANSWER, START + timedelta(seconds=30))
    gone = Ended("answered", ANSWER, ANSWER + timedelta(seconds=99.5))
    settled = books.run(books.leases.settle(lease, gone, lambda _trunk: None))
    assert settled is not None
    assert (settled.seconds, settled.charge, settled.ended) == (100, yuan(1), "hang-up")
    assert books.run(books.leases.settle(lease, gone, lambda _trunk: None)) is None
    assert books.money(number) == (yuan(9), 0)
    assert books.run(books.leases.unsettled()) == []


def test_calls_opened_at_once_hold_no_more_than_there_is(books: Books) -> None:
    """Ten phones on one account with ten yuan, three yuan each: four get a lease, the last a small one."""
    number, _pin = books.account("10")
    outcomes = books.run(together(*(books.opened(f"c{n}", number) for n in range(10))))
    held = sorted(lease.reserved for lease in outcomes if isinstance(lease, Lease))
    assert held == [yuan(1), yuan(3), yuan(3), yuan(3)]
    assert sum(isinstance(why, CreditTooLow) for why in outcomes) == 6
    assert books.money(number) == (yuan(10), yuan(10))


def test_calls_settled_at_once_are_each_charged_once(books: Books) -> None:
    """Two accounts, two calls each, each settled three times at the same time, while money comes in."""
    numbers = [books.account("10")[0] for _ in range(2)]
    leases = [books.run(books.opened(f"c{n}", numbers[n % 2])) for n in range(4)]
    gone = Ended("answered", ANSWER, ANSWER + timedelta(seconds=100))
    settling = [books.leases.settle(lease, gone, lambda _trunk: None) for lease in leases * 3]
    paying = [books.accounts.deposit(number, Money(1), "c", f"R-{number}") for number in numbers * 3]
    seeing = [books.leases.seen([lease.call for lease in leases]) for _ in range(5)]
    outcomes = books.run(together(*settling, *paying, *seeing))
    assert sum(outcome is not None for outcome in outcomes[: len(settling)]) == 4
    assert [books.money(number) for number in numbers] == [(yuan(8) + 1, 0)] * 2


def test_one_receipt_given_to_two_accounts_at_once_counts_for_one(books: Books) -> None:
    """Whichever comes first."""
    numbers = [books.account("10")[0] for _ in range(4)]
    outcomes = books.run(together(*(books.accounts.deposit(number, yuan(1), "c", "R1") for number in numbers)))
    assert sum(isinstance(why, ReferenceUsed) for why in outcomes) == 3
    assert sorted(books.money(number)[0] for number in numbers) == [yuan(10)] * 3 + [yuan(11)]


def test_what_does_not_add_up_is_found(books: Books) -> None:
    """A balance, a reservation, an overdraft, changed behind our back."""
    numbers = [books.account("10")[0] for _ in range(2)]

    def tamper(connection: sa.Connection) -> list[str]:
        change = accounts.update()
        connection.execute(change.where(accounts.c.number == numbers[0]).values(balance=yuan(11), reserved=yuan(12)))
        return [fault.text("en") for fault in discrepancies(connection)]

    found = books.storage.transact(tamper)
    assert [text.split(":")[0] for text in found] == [f"account {numbers[0]}"] * 3
