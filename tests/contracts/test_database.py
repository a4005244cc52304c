"""Every kind of storage keeps the same promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from appliance.foundation.database import Moment, rows, serialise
from appliance.foundation.journal import Event, append, entries, length, verify
from nursecall.schema import patients
from tests.contracts.conftest import Storage
from tests.fakes.clock import START

PATIENT = {"key": "p:1", "updated_at": START, "ward": "w1", "bed": "28", "number": "1", "name": "李明", "care_grade": 1}


def insert(connection: sa.Connection) -> None:
    """One row."""
    connection.execute(patients.insert().values(PATIENT))


def test_what_was_written_can_be_read(storage: Storage) -> None:
    """Chinese, and the column's own defaults."""
    storage.transact(insert)
    (row,) = storage.transact(lambda connection: rows(connection, sa.select(patients)))
    assert (row.name, row.sex, row.note, row.born) == ("李明", "", "", None)


def test_nothing_remains_of_work_that_fails(storage: Storage) -> None:
    """All or nothing; what it raised comes out."""

    def work(connection: sa.Connection) -> None:
        insert(connection)
        append(connection, Event(at=START))
        raise LookupError("on second thought")

    with pytest.raises(LookupError, match="on second thought"):
        storage.transact(work)
    assert storage.transact(lambda connection: rows(connection, sa.select(patients))) == []
    assert storage.transact(length) == 0


def test_a_row_that_breaks_a_rule_is_refused_and_the_next_is_not(storage: Storage) -> None:
    """The same bed twice."""
    storage.transact(insert)
    with pytest.raises(sa.exc.IntegrityError):
        storage.transact(insert)
    assert storage.transact(lambda connection: len(rows(connection, sa.select(patients)))) == 1


def test_moments_come_back_in_utc(storage: Storage) -> None:
    """Whatever zone they went in with, to the microsecond; nothing stays nothing."""
    table = sa.Table("moments", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", Moment))
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))

    def work(connection: sa.Connection) -> list[datetime | None]:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1, "at": moment}, {"id": 2, "at": None}])
        found = connection.execute(sa.select(table.c.at).order_by(table.c.id)).scalars().all()
        same = connection.execute(sa.select(table.c.id).where(table.c.at == moment.astimezone(UTC))).scalars().all()
        later = sa.select(table.c.id).where(table.c.at > moment - timedelta(microseconds=1))
        assert list(same) == list(connection.execute(later).scalars()) == [1]
        return list(found)

    first, second = storage.transact(work)
    assert first == moment
    assert first is not None
    assert first.utcoffset() == timedelta()
    assert second is None


def test_a_moment_without_a_zone_is_refused(storage: Storage) -> None:
    """It could be any time."""
    table = sa.Table("moments", sa.MetaData(), sa.Column("at", Moment))

    def work(connection: sa.Connection) -> None:
        table.create(connection)
        connection.execute(table.insert().values(at=datetime(2026, 3, 2)))

    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        storage.transact(work)


def test_the_journal_is_one_chain(storage: Storage) -> None:
    """Written transaction by transaction, read in order, whole."""
    for _ in range(3):
        storage.transact(lambda connection: append(connection, Event(at=START), Event(at=START)))
    assert storage.transact(lambda connection: [entry.id for entry in entries(connection)]) == [1, 2, 3, 4, 5, 6]
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_being_alone_is_no_fault(storage: Storage) -> None:
    """Twice in one transaction, too."""

    def work(connection: sa.Connection) -> None:
        serialise(connection, "journal")
        serialise(connection, "journal")

    storage.transact(work)
