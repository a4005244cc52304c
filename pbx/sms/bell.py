"""Wait until somebody rings, but not for ever."""

from __future__ import annotations

from datetime import timedelta

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock


class Bell:
    """One waits, anybody rings; a ring that nobody waited for is heard by the next wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = False
        self._waiting: Deferred[None] | None = None

    def ring(self) -> None:
        """End the wait, the present or the next one."""
        self._rung = True
        self._wake()

    async def wait(self, longest: timedelta) -> bool:
        """Whether it rang; False when `longest` passed first."""
        if not self._rung:
            self._waiting = Deferred()
            timer = self._clock.later(longest, self._wake)
            try:
                await self._waiting
            finally:
                self._waiting = None
                if timer.active():
                    timer.cancel()
        rung, self._rung = self._rung, False
        return rung

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)
