"""The ledger is written once; whoever gets round the database's guards is found by the hashes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred, DeferredList

from appliance.foundation import journal
from appliance.foundation.database import Database
from appliance.foundation.values import Money, yuan
from billing import books, chain
from billing.audit import discrepancies
from billing.ledger import Entry, move, post
from billing.refusal import ReferenceUsed
from billing.schema import accounts, entries, postings
from tests.contracts.conftest import Storage
from tests.fakes.clock import START

TABLES = ("ledger_entries", "ledger_postings")


class Till:
    """Two accounts and a short way to move money on one kind of storage."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

        def write(connection: sa.Connection) -> None:
            for number in ("100001", "100002"):
                row = {"number": number, "holder": "李明", "language": "zh", "pin_hash": "x", "state": "open"}
                connection.execute(accounts.insert().values({**row, "opened_at": START}))

        storage.transact(write)

    def deposits(self, *amounts: int) -> None:
        """So many yuan each, onto the first account, R1 first."""
        for place, amount in enumerate(amounts, 1):
            self.post(
                "deposit", {books.account("100001"): yuan(amount), books.cash("林静"): yuan(-amount)}, f"R{place}"
            )

    def post(self, kind: str, amounts: dict[str, Money], reference: str) -> Entry:
        """One entry."""
        return self.storage.transact(
            lambda connection: post(connection, kind, amounts, reference=reference, by="林静", at=START)
        )

    def tamper(self, *statements: str) -> None:
        """What somebody does who owns the database and knows SQL."""

        def act(connection: sa.Connection) -> None:
            _unguard(connection)
            for statement in statements:
                connection.execute(sa.text(statement))

        database = self.storage.database
        if isinstance(database, Database) and self.storage.name == "sqlite":
            # another program, for which references need not hold
            with sa.create_engine(database.engine.url).begin() as connection:
                act(connection)
            return
        self.storage.transact(act)

    def faults(self) -> list[tuple[int, str]]:
        """What the verifier finds, in words."""

        def look(connection: sa.Connection) -> list[tuple[int, str]]:
            assert list(journal.verify(connection)) == []
            return [(fault.entry, fault.why.format(**fault.facts)) for fault in chain.verify(connection)]

        return self.storage.transact(look)


def _unguard(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(sa.text("ALTER TABLE ledger_postings DROP CONSTRAINT IF EXISTS fk_ledger_postings_entry"))
        return
    for name in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        connection.execute(sa.text(f"DROP TRIGGER {name}"))


@pytest.fixture
def till(storage: Storage) -> Till:
    """An empty ledger on each kind of storage."""
    return Till(storage)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET note = 'x'",
        "DELETE FROM ledger_entries WHERE id = 1",
        "UPDATE ledger_postings SET amount = 0",
        "DELETE FROM ledger_postings",
        "TRUNCATE ledger_entries, ledger_postings",
        "INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries",
        "INSERT OR REPLACE INTO ledger_postings SELECT * FROM ledger_postings",
    ],
)
def test_the_database_refuses_to_change_what_is_written(till: Till, statement: str) -> None:
    """Whoever asks, also by way of REPLACE or TRUNCATE where there is such a thing."""
    postgresql = till.storage.name == "postgresql"
    if ("TRUNCATE" in statement and not postgresql) or ("REPLACE" in statement and postgresql):
        statement = "DELETE FROM ledger_entries"  # it has no such statement
    till.deposits(5)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        till.storage.transact(lambda connection: connection.execute(sa.text(statement)) and None)
    assert till.faults() == []


def test_an_entry_between_two_accounts_is_told_once_for_each(till: Till) -> None:
    """And both balances follow."""
    till.deposits(20)
    moved = till.post("transfer", {books.account("100001"): yuan(-5), books.account("100002"): yuan(5)}, "T1")
    assert [(event.account, event.amount, event.balance) for event in moved.events] == [
        ("100001", yuan(-5), yuan(15)),
        ("100002", yuan(5), yuan(5)),
    ]
    balances = till.storage.transact(
        lambda connection: connection.execute(sa.select(accounts.c.balance).order_by(accounts.c.number)).scalars().all()
    )
    assert balances == [yuan(15), yuan(5)]
    assert till.faults() == []
    assert till.storage.transact(lambda connection: list(discrepancies(connection))) == []


def test_an_entry_without_an_account_is_in_the_chain_too(till: Till) -> None:
    """A department's bill is paid."""
    entry = till.post("payment", {books.receivable("department/surgery"): yuan(9), books.cash("林静"): yuan(-9)}, "P1")
    assert [(event.account, event.entry) for event in entry.events] == [("", 1)]
    assert till.faults() == []


def test_what_does_not_add_up_is_not_written(till: Till) -> None:
    """Nor is the same reference for something else; the same thing again is the same entry."""
    with pytest.raises(ValueError, match="add up to zero"):
        till.post("payment", {books.REVENUE: yuan(9), books.cash("林静"): yuan(-8)}, "P1")
    paid = till.post("payment", {books.REVENUE: yuan(9), books.cash("林静"): yuan(-9)}, "P1")
    again = till.post("payment", {books.REVENUE: yuan(9), books.cash("王芳"): yuan(-9)}, "P1")
    assert (paid.new, again.new, again.id) == (True, False, paid.id)
    with pytest.raises(ReferenceUsed):
        till.post("payment", {books.CARD: yuan(9), books.cash("林静"): yuan(-9)}, "P1")
    assert till.storage.transact(chain.length) == 1


def test_entries_made_at_once_are_numbered_without_a_gap(till: Till) -> None:
    """Twenty cashiers, two accounts."""

    def pay(place: int) -> Callable[[sa.Connection], int]:
        account = f"10000{place % 2 + 1}"
        return lambda connection: (
            move(connection, account, "deposit", yuan(1), reference=f"R{place}", by=f"c{place}", at=START).id
        )

    async def all_at_once() -> list[int]:
        begun = [Deferred.fromCoroutine(till.storage.database.transact(pay(place))) for place in range(20)]
        return [number for fine, number in await DeferredList(begun) if fine]

    assert sorted(till.storage.run(all_at_once())) == list(range(1, 21))
    assert till.faults() == []
    assert till.storage.transact(lambda connection: list(discrepancies(connection))) == []


CHANGED = "the entry does not match its hash"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE ledger_entries SET note = 'a gift' WHERE id = 2"], [(2, CHANGED)]),
        (["UPDATE ledger_postings SET amount = 10000 WHERE entry = 2 AND line = 0"], [(2, CHANGED), (2, "its")]),
        (["UPDATE ledger_postings SET amount = 2 * amount WHERE entry = 2"], [(2, CHANGED)]),
        (["UPDATE ledger_postings SET balance = 0 WHERE entry = 2 AND line = 0"], [(2, CHANGED)]),
        (["UPDATE ledger_postings SET account = '100002' WHERE entry = 2 AND line = 0"], [(2, "its account")]),
        (
            ["DELETE FROM ledger_postings WHERE entry = 2", "DELETE FROM ledger_entries WHERE id = 2"],
            [(2, "entries 2 to 2 are missing"), (3, CHANGED)],
        ),
        (["DELETE FROM ledger_entries WHERE id = 2"], [(2, "entries 2"), (3, CHANGED), (2, "postings without")]),
        (
            ["DELETE FROM ledger_postings WHERE entry = 4", "DELETE FROM ledger_entries WHERE id = 4"],
            [(4, "entries 4 to 4 are missing")],
        ),
        (
            [
                "UPDATE ledger_entries SET id = 9 WHERE id = 2",
                "UPDATE ledger_entries SET id = 2 WHERE id = 3",
                "UPDATE ledger_entries SET id = 3 WHERE id = 9",
            ],
            [(2, CHANGED), (2, "the journal knows"), (3, CHANGED), (3, "the journal knows"), (4, CHANGED)],
        ),
    ],
)
def test_whatever_was_changed_is_found_and_named(
    till: Till, statements: list[str], found: list[tuple[int, str]]
) -> None:
    """A note, an amount, a balance, an account; an entry gone from the middle or the end; two that changed places."""
    till.deposits(20, 30, 40, 50)
    assert till.faults() == []
    till.tamper(*statements)
    faults = till.faults()
    assert [entry for entry, _ in faults] == [entry for entry, _ in found]
    assert all(why.startswith(expected) for (_, why), (_, expected) in zip(faults, found, strict=True)), faults


def test_an_entry_put_in_with_a_good_hash_is_found(till: Till) -> None:
    """Somebody who knows the rule writes a fifth entry; the journal does not know it."""
    till.deposits(20, 30, 40, 50)
    lines = [chain.Posting(books.account("100001"), yuan(99), yuan(239)), chain.Posting(books.cash("x"), yuan(-99))]
    at = START + timedelta(hours=1)

    def forge(connection: sa.Connection) -> None:
        number, previous = chain.head(connection)
        digest = chain.link(previous, number + 1, at, "deposit", "R9", "x", "", lines)
        connection.execute(
            entries.insert().values(id=number + 1, at=at, kind="deposit", reference="R9", by="x", note="", hash=digest)
        )
        for place, line in enumerate(lines):
            account = books.account_in(line.book)
            connection.execute(postings.insert().values(entry=number + 1, line=place, account=account, **vars(line)))

    till.storage.transact(forge)
    assert till.faults() == [(5, "the journal does not know this entry")]
