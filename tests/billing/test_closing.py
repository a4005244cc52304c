"""Months that are closed, bills of months, and the ledger as a file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from appliance.foundation import journal
from appliance.foundation.values import Money, yuan
from billing import chain, closing
from billing.closing import AlreadyClosed, Closings, NotNext, NotOver, held
from billing.ledger import move
from billing.ledger_export import export
from billing.refusal import MonthIsClosed
from tests.billing.exchange import SHANGHAI
from tests.billing.test_till import Desk
from tests.support import now

MARCH, APRIL = (datetime(2026, month, 1, tzinfo=SHANGHAI).astimezone(UTC) for month in (3, 4))


class Office(Desk):
    """A desk, and whoever closes its months; it is March 2026."""

    def __init__(self, *credits: str) -> None:
        super().__init__(*credits)
        self.closings = Closings(self.database, SHANGHAI, self.clock, self.bus)

    def faults(self) -> list[str]:
        """What the verifiers find."""
        with self.database.engine.connect() as connection:
            assert [*journal.verify(connection), *chain.verify(connection)] == []
            return [fault.why.format(**fault.facts) for fault in closing.verify(connection)]

    def tamper(self, statement: str) -> None:
        """As who owns the database can."""
        with self.database.engine.begin() as connection:
            for name in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
            connection.execute(sa.text(statement))


def test_a_closed_month_refuses_postings_and_carries_its_balances() -> None:
    """What is of April is not in March's sums, whenever it is closed."""
    office = Office("20", "30")
    assert now(office.closings.next()) is None
    with pytest.raises(NotOver):
        now(office.closings.close("2026-03", "manager"))
    office.clock.advance(timedelta(days=31))
    now(office.accounts.refund(office.numbers[0], yuan(5), "林静", "R1"))
    assert now(office.closings.next()) == "2026-03"
    closed = now(office.closings.close("2026-03", "manager"))
    assert (closed.entry, held(closed)) == (2, [("account/", yuan(50)), ("cash/林静", yuan(-50))])
    assert now(office.closings.every()) == [closed]
    with pytest.raises(MonthIsClosed):
        now(office.database.transact(lambda connection: write(connection, office.numbers[0], APRIL)))
    now(office.accounts.deposit(office.numbers[0], yuan(1), "林静", "R3"))
    assert (office.money(office.numbers[0]), office.faults()) == ((yuan(16), "open"), [])


def write(connection: sa.Connection, number: str, before: datetime) -> int:
    """Something that happened in the last second of the month before."""
    at = before - timedelta(seconds=1)
    return move(connection, number, "deposit", Money(1), reference="R2", by="林静", at=at).id


def test_months_are_closed_one_after_another_and_once() -> None:
    """May waits for April."""
    office = Office("20")
    office.clock.advance(timedelta(days=70))
    for month, why in (("2026-04", NotNext), ("2026-05", NotOver)):
        with pytest.raises(why):
            now(office.closings.close(month, "manager"))
    now(office.closings.close("2026-03", "manager"))
    with pytest.raises(AlreadyClosed):
        now(office.closings.close("2026-03", "manager"))
    now(office.closings.close("2026-04", "manager"))
    assert now(office.closings.next()) is None
    with pytest.raises(ValueError, match="month"):
        now(office.closings.close("2026-13", "manager"))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE closings SET balances = '{}'", "the books of 2026-03 are not what was closed"),
        ("UPDATE closings SET hash = 'x'", "the books of 2026-03 are not what was closed"),
        ("DELETE FROM closings", "the closing of 2026-03 is missing"),
    ],
)
def test_a_changed_closing_is_found(statement: str, found: str) -> None:
    """Its sums, its hash, or all of it."""
    office = Office("20")
    office.clock.advance(timedelta(days=31))
    now(office.closings.close("2026-03", "manager"))
    assert office.faults() == []
    office.tamper(statement)
    assert found in office.faults()


def test_the_ledger_is_a_file_whose_debits_equal_its_credits() -> None:
    """CSV and XLSX with the same rows; a note that looks like a formula is none."""
    office = Office("20.5")
    now(office.accounts.refund(office.numbers[0], yuan("0.25"), "林静", "R1", "=1+1"))
    with office.database.engine.connect() as connection:
        plain = export(connection, MARCH, APRIL, SHANGHAI, "zh", "csv").decode("utf-8-sig")
        book = openpyxl.load_workbook(io.BytesIO(export(connection, MARCH, APRIL, SHANGHAI, "zh", "xlsx")))
    heading, *rows = csv.reader(io.StringIO(plain))
    assert heading[0] == "分录编号"
    assert [row[6] for row in rows] == [f"account/{office.numbers[0]}", "cash/林静"] * 2
    assert sum(float(row[8] or 0) for row in rows) == sum(float(row[9] or 0) for row in rows) == 20.75
    assert rows[2][5] == "'=1+1"
    sheet = book["总账"]
    assert [[cell.value for cell in line][8:10] for line in sheet.iter_rows(min_row=2)] == [
        [None, 20.5], [20.5, None], [0.25, None], [None, 0.25],
    ]  # fmt: skip
