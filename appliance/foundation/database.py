"""The one door to storage: `await database.transact(work)`; SQL runs on threads, plain values come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every package's `schema.py` hangs its tables here."""


READING = "nightbell_reading"
"""Execution option of an engine whose transactions only read: on SQLite they do not wait for the one writer."""


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware time, stored in UTC, returned in UTC, whatever the engine."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Transactions(Protocol):
    """What a store needs: run `work` in one transaction, all or nothing."""

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """`work` is run off the reactor's thread; if it raises, nothing it wrote remains."""
        ...


def driven(url: str) -> sa.URL:
    """`url` with the driver that the box has, as people write `postgresql://` alone."""
    parsed = sa.make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed


def create_engine(url: str) -> sa.Engine:
    """An engine for `url`: SQLite in WAL mode, each commit on the platter; or PostgreSQL."""
    parsed = driven(url)
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 10, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        # SQLAlchemy must say BEGIN IMMEDIATE itself: a reader that turns writer would fail, not wait.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def serialise(connection: sa.Connection, what: str) -> None:
    """Until the transaction ends, be alone with `what`. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": what})


class Database:
    """Synchronous SQLAlchemy on a small thread pool of its own."""

    def __init__(self, url: str, reactor: IReactorFromThreads) -> None:
        self.engine = create_engine(url)
        self._reactor = reactor
        threads = 1 if self.engine.dialect.name == "sqlite" else 4
        self._pool = ThreadPool(minthreads=1, maxthreads=threads, name="database")
        self._pool.start()

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction on a database thread and return what it returns."""

        def run() -> T:
            with self.engine.begin() as connection:
                return work(connection)

        result: T = await deferToThreadPool(self._reactor, self._pool, run)
        return result

    def close(self) -> None:
        """Wait for the work under way and let go of every connection."""
        self._pool.stop()
        self.engine.dispose()


def rows(connection: sa.Connection, query: sa.Select[Any]) -> list[sa.Row[Any]]:
    """All rows of `query`."""
    return list(connection.execute(query))


def reading(engine: sa.Engine) -> sa.Engine:
    """The same engine for long reads beside a running daemon: each transaction sees one moment."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{READING: True})


class DirectDatabase:
    """The same door for programs without a reactor (the command line): `transact` is over when it returns."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in one transaction, here and now."""
        with self.engine.begin() as connection:
            return work(connection)
