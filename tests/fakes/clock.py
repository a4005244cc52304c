"""Time that moves only when told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twisted.internet.task import Clock as TwistedClock

from appliance.foundation.clock import Timer

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""


class FakeClock:
    """A `Clock` whose wall time and timers advance together."""

    def __init__(self, start: datetime = START) -> None:
        self.twisted = TwistedClock()
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.twisted.seconds())

    def steady(self) -> float:
        return self.twisted.seconds()

    def set(self, by: timedelta) -> None:
        """Somebody sets the wall clock: no time passes, no timer fires."""
        self._start += by

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return self.twisted.callLater(delay.total_seconds(), call)

    def advance(self, by: timedelta | float) -> None:
        """Let time pass, firing timers in order."""
        self.twisted.advance(by.total_seconds() if isinstance(by, timedelta) else by)
