"""Records nobody waits for: written in order, many at a time; what cannot be written yet is kept and tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import sqlalchemy as sa
from twisted.internet.defer import DeferredLock

from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks

T = TypeVar("T")

MOST = 100_000
"""Kept while storage is down, a heavy day's; then the oldest goes first."""
AT_ONCE = 500
"""A transaction."""


class Aside(Generic[T]):
    """Hands what is added to `write`, in a transaction of its own; then tells each to `told`. what: for the log."""

    def __init__(
        self,
        database: Transactions,
        clock: Clock,
        write: Callable[[sa.Connection, Sequence[T]], None],
        told: Callable[[T], None],
        what: str,
    ) -> None:
        self._database, self._clock = database, clock
        self._write, self._told, self._what = write, told, what
        self._waiting: deque[T] = deque()
        self._writing = self._finishing = False
        self._alone = DeferredLock()
        self._tasks = Tasks()

    def add(self, item: T) -> None:
        """Have it written soon."""
        if len(self._waiting) >= MOST:
            self._waiting.popleft()
        self._waiting.append(item)
        if not self._writing:
            self._writing = True
            self._tasks.start(self._go_on(), self._what)

    async def written(self) -> None:
        """Wait until all that was added is written. Raises what storage raises."""
        while self._waiting:
            await self._some()

    async def finish(self) -> None:
        """Write what is left, once; more is not written any more. Raises what storage raises."""
        self._finishing = self._writing = True
        # What is being written now must not be written again.
        await self._alone.acquire()
        self._alone.release()
        self._tasks.stop()
        await self.written()

    async def _go_on(self) -> None:
        while self._waiting and not self._finishing:
            await self._tasks.until_done(self._some, self._what, self._clock)
        self._writing = self._finishing

    async def _some(self) -> None:
        await self._alone.acquire()
        try:
            some = list(self._waiting)[:AT_ONCE]
            if some:
                await self._database.transact(lambda connection: self._write(connection, some))
            for item in some:
                # Where too many waited, the oldest of these have gone meanwhile.
                if self._waiting and self._waiting[0] is item:
                    self._waiting.popleft()
        finally:
            self._alone.release()
        for item in some:
            self._told(item)
