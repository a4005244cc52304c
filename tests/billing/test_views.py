"""Accounts, ledger and billed calls as pages and reports see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.foundation.values import Money, yuan
from billing import schema, views
from billing.ledger import move
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.support import now

MONTH = (START, START + timedelta(days=30))


class Books:
    """A database with two accounts, and short ways to write into it."""

    def __init__(self) -> None:
        self.database = InlineDatabase()
        for number, holder in (("100001", "乐正平"), ("100002", "Smith 50%")):
            self._insert(
                schema.accounts, number=number, holder=holder, language="zh", pin_hash="x", state="open",
                opened_at=START,
            )  # fmt: skip

    def _insert(self, table: Any, **values: Any) -> None:
        now(self.database.transact(lambda connection: connection.execute(table.insert().values(values)) and None))

    def move(self, kind: str, amount: int, balance: int, at: datetime, reference: str, number: str = "100001") -> None:
        def write(connection: sa.Connection) -> None:
            moved = move(connection, number, kind, Money(amount), reference=reference, by="林静", at=at)
            assert moved.balance == balance

        now(self.database.transact(write))

    def call(self, call: str, at: datetime, number: str = "100001", charge: int | None = None) -> None:
        self._insert(
            schema.leases, call=call, account=number, extension="8028", called="8613800138000", trunk="mobile",
            tariff_version=1, reserved=0, granted_seconds=300, state="settled", opened_at=at, charge=charge,
        )  # fmt: skip


def numbers(rows: list[views.AccountRow]) -> list[str]:
    return [row.number for row in rows]


def test_accounts_are_found_by_part_of_number_or_holder() -> None:
    """In any case; `%` and `_` mean themselves."""
    books = Books().database
    assert numbers(now(views.accounts(books))) == ["100001", "100002"]
    assert numbers(now(views.accounts(books, "0002"))) == ["100002"]
    assert numbers(now(views.accounts(books, " 乐正 "))) == ["100001"]
    assert numbers(now(views.accounts(books, "sMITH"))) == ["100002"]
    assert numbers(now(views.accounts(books, "50%"))) == ["100002"]
    assert numbers(now(views.accounts(books, "_"))) == []


def test_an_account_is_shown_without_its_pin() -> None:
    """Not even its hash leaves the database."""
    account = now(views.account(Books().database, "100001"))
    assert account == views.AccountRow("100001", "乐正平", "zh", Money(0), Money(0), "open", START)
    assert now(views.account(Books().database, "999999")) is None


def test_a_period_of_the_ledger_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    """Oldest first, and only of this account."""
    books = Books()
    books.move("deposit", yuan(5), yuan(5), START - timedelta(seconds=1), "r0")
    books.move("deposit", yuan(1), yuan(6), START, "r1")
    books.move("refund", -yuan(2), yuan(4), START + timedelta(days=1), "r2")
    books.move("deposit", yuan(9), yuan(13), MONTH[1], "r3")
    books.move("deposit", yuan(9), yuan(9), START, "r4", "100002")
    lines = now(views.ledger(books.database, "100001", *MONTH))
    assert [(line.reference, line.amount, line.balance) for line in lines] == [
        ("r1", yuan(1), yuan(6)),
        ("r2", -yuan(2), yuan(4)),
    ]


def test_the_balance_before_a_moment_is_that_of_the_last_movement_before_it() -> None:
    """Nothing before the first."""
    books = Books()
    books.move("deposit", yuan(5), yuan(5), START, "r0")
    assert now(views.balance_before(books.database, "100001", START)) == 0
    assert now(views.balance_before(books.database, "100001", START + timedelta(seconds=1))) == yuan(5)


def test_a_call_belongs_to_the_period_in_which_it_was_charged() -> None:
    """A call over midnight stands beside its ledger line; one that cost nothing where it was opened."""
    books = Books()
    books.move("deposit", 1000, 1000, START - timedelta(hours=2), "r0")
    books.call("over-midnight", START - timedelta(minutes=5), charge=100)
    books.move("charge", -100, 900, START + timedelta(minutes=5), "over-midnight")
    books.call("unanswered", START + timedelta(hours=1), charge=0)
    books.call("before", START - timedelta(hours=1), charge=0)
    books.call("charged-later", MONTH[1] - timedelta(minutes=1), charge=100)
    books.move("charge", -100, 800, MONTH[1] + timedelta(minutes=1), "charged-later")
    books.call("another's", START + timedelta(hours=2), "100002")
    mine = now(views.billed_calls(books.database, *MONTH, account="100001"))
    assert [call.call for call in mine] == ["over-midnight", "unanswered"]
    everyone = now(views.billed_calls(books.database, *MONTH))
    assert [call.call for call in everyone] == ["over-midnight", "unanswered", "another's"]
