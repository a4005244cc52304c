"""Storage that answers at once, on a real SQLite in memory; and storage that is broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from appliance.foundation.database import metadata

T = TypeVar("T")


class InlineDatabase:
    """Real SQL in memory, without threads: `await transact(work)` never suspends. Set `broken` to make it fail."""

    def __init__(self) -> None:
        self.engine = _in_memory()
        self.broken: Exception | None = None
        with self.engine.connect() as connection:
            _driver(connection).deserialize(_empty(frozenset(metadata.tables)))

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        if self.broken is not None:
            raise self.broken
        with self.engine.begin() as connection:
            return work(connection)


@cache
def _empty(_tables: frozenset[str]) -> bytes:
    """A database with all tables of the code, made once as long as no module brings more: that takes a while."""
    engine = _in_memory()
    metadata.create_all(engine)
    with engine.connect() as connection:
        return _driver(connection).serialize()


def _in_memory() -> sa.Engine:
    return sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found
