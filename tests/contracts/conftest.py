"""The same cases on storage in memory, on SQLite in a file, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from appliance.foundation.database import Database, Transactions, metadata
from tests import real_reactor
from tests.fakes.database import InlineDatabase
from tests.postgres import Postgres, serving
from tests.support import now

T = TypeVar("T")


@dataclass
class Storage:
    """One kind of storage, its tables made and empty. run: how a coroutine that uses it comes to its end."""

    name: str
    database: Transactions
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` returns, in one transaction."""
        result: T = self.run(self.database.transact(work))
        return result


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for all contract tests."""
    with serving() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """Each kind of storage in turn."""
    if request.param == "memory":
        yield Storage("memory", InlineDatabase(), now)
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'records.sqlite'}"
    else:
        url = request.getfixturevalue("postgres").fresh()
    database = Database(url, real_reactor.start())  # type: ignore[arg-type]
    try:
        metadata.create_all(database.engine)
        yield Storage(request.param, database, real_reactor.run)
    finally:
        database.close()
