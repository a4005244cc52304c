"""One at a time, the urgent first."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from twisted.internet.defer import Deferred


class Turns:
    """A queue for one worker: calls that nurses wait for go before sentences made in advance."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: tuple[deque[Deferred[None]], deque[Deferred[None]]] = (deque(), deque())

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for one's turn; it ends with the block."""
        if self._busy:
            mine: Deferred[None] = Deferred()
            queue = self._waiting[0 if urgent else 1]
            queue.append(mine)
            try:
                await mine
            except BaseException:
                self._forget(queue, mine)
                raise
        self._busy = True
        try:
            yield
        finally:
            self._next()

    def _forget(self, queue: deque[Deferred[None]], mine: Deferred[None]) -> None:
        if mine in queue:
            queue.remove(mine)

    def _next(self) -> None:
        self._busy = False
        for queue in self._waiting:
            if queue:
                self._busy = True
                queue.popleft().callback(None)
                return
