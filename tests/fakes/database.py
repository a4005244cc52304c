"""Storage that answers at once, on a real SQLite in memory; and storage that is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from appliance.foundation.database import metadata

T = TypeVar("T")


class InlineDatabase:
    """Real SQL in memory, without threads: `await transact(work)` never suspends. Set `broken` to make it fail."""

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        self.broken: Exception | None = None
        metadata.create_all(self.engine)

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        if self.broken is not None:
            raise self.broken
        with self.engine.begin() as connection:
            return work(connection)
