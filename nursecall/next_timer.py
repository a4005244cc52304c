"""One timer for many moments to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, Timer

LOOK = timedelta(minutes=1)
"""So often the clock is looked at anyway, in case it was set."""


class NextTimer:
    """Calls `ring` when the earliest of `moments` has come. moments: returns those that are of interest, in any order.

    What has come already rings no more: call `set` whenever the moments are others.
    """

    def __init__(self, clock: Clock, moments: Callable[[], Iterable[datetime]], ring: Callable[[], object]) -> None:
        self._clock, self._moments, self._ring = clock, moments, ring
        self._timer: Timer | None = None

    def set(self) -> None:
        """Look at the moments anew."""
        self.stop()
        now = self._clock.now()
        at = min((moment for moment in self._moments() if moment > now), default=None)
        if at is not None:
            self._timer = self._clock.later(min(at - now, LOOK), lambda: self._look(at))

    def stop(self) -> None:
        """Ring no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _look(self, at: datetime) -> None:
        self._timer = None
        if self._clock.now() >= at:
            self._ring()
        if self._timer is None:
            self.set()
