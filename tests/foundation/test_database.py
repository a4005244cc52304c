"""The one door to storage, on a real SQLite file and real threads. `tests/contracts` has what every kind promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred, gatherResults

from appliance.foundation.database import Database, create_engine, metadata
from appliance.foundation.journal import Event, append, length, verify
from tests import real_reactor
from tests.fakes.clock import START


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file."""
    there = Database(f"sqlite:///{tmp_path / 'records.sqlite'}", real_reactor.start())  # type: ignore[arg-type]
    metadata.create_all(there.engine)
    yield there
    there.close()


def write(connection: sa.Connection) -> None:
    """One line of the journal."""
    append(connection, Event(at=START))


def test_commits_are_on_the_platter_and_readers_do_not_wait(database: Database) -> None:
    """WAL, full synchronisation, foreign keys held."""

    def pragmas(connection: sa.Connection) -> list[object]:
        return [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert real_reactor.run(database.transact(pragmas)) == ["wal", 2, 1]


def test_work_runs_off_the_reactors_thread(database: Database) -> None:
    """However long it takes, serial lines are read meanwhile."""

    async def threads() -> tuple[int, int]:
        return threading.get_ident(), await database.transact(lambda connection: threading.get_ident())

    here, there = real_reactor.run(threads())
    assert here != there


def test_many_at_once_are_one_after_another(database: Database) -> None:
    """A hundred transactions, one chain."""

    async def many() -> None:
        await gatherResults([Deferred.fromCoroutine(database.transact(write)) for _ in range(100)])

    real_reactor.run(many())
    assert real_reactor.run(database.transact(length)) == 100
    assert real_reactor.run(database.transact(lambda connection: list(verify(connection)))) == []


def test_two_programs_write_one_chain(database: Database, tmp_path: Path) -> None:
    """The command line beside the daemon: each waits for the other, nobody fails."""
    other = create_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")

    def beside() -> None:
        for _ in range(50):
            with other.begin() as connection:
                write(connection)

    async def many() -> None:
        for _ in range(50):
            await database.transact(write)

    thread = threading.Thread(target=beside)
    thread.start()
    real_reactor.run(many())
    thread.join(30)
    other.dispose()
    assert real_reactor.run(database.transact(length)) == 100
    assert real_reactor.run(database.transact(lambda connection: list(verify(connection)))) == []


def test_a_reader_that_turns_writer_is_not_overtaken(database: Database, tmp_path: Path) -> None:
    """It has the lock from the beginning; the other program waits until it is done."""
    other = create_engine(f"sqlite:///{tmp_path / 'records.sqlite'}")
    seen: list[int] = []

    def beside() -> None:
        with other.begin() as connection:
            seen.append(length(connection))
            write(connection)

    def work(connection: sa.Connection) -> None:
        assert length(connection) == 0
        thread.start()
        write(connection)

    thread = threading.Thread(target=beside)
    real_reactor.run(database.transact(work))
    thread.join(30)
    other.dispose()
    assert seen == [1]


def test_what_was_written_survives_the_program(tmp_path: Path) -> None:
    """Closed and opened again."""
    url = f"sqlite:///{tmp_path / 'records.sqlite'}"
    first = Database(url, real_reactor.start())  # type: ignore[arg-type]
    metadata.create_all(first.engine)
    real_reactor.run(first.transact(write))
    first.close()
    again = Database(url, real_reactor.start())  # type: ignore[arg-type]
    assert real_reactor.run(again.transact(length)) == 1
    again.close()


def test_a_url_of_postgresql_needs_no_driver_in_it() -> None:
    """People write `postgresql://`."""
    engine = create_engine("postgresql://nightbell@localhost/nightbell")
    assert engine.url.drivername == "postgresql+psycopg"
    engine.dispose()
