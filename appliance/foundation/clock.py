"""The one door to time: everyone else is handed a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NoReturn, Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Let it not happen. Raises twisted.internet.error.AlreadyCalled if it has."""

    def active(self) -> object:
        """Whether it is still to come."""


class Clock(Protocol):
    """Wall time for the record, steady time for waiting."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    def steady(self) -> float:
        """Seconds from some moment on, whatever is done to the time of day."""
        ...

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        """Call once after `delay`."""
        ...


class ReactorClock:
    """Time as the running reactor knows it."""

    def __init__(self, reactor: ReactorBase) -> None:
        self._reactor = reactor

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return float(self._reactor.seconds())

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return self._reactor.callLater(max(0.0, delay.total_seconds()), call)


class CommandClock:
    """Wall time for a program without a reactor, which waits for nothing."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return monotonic()

    def later(self, delay: timedelta, call: Callable[[], object]) -> NoReturn:
        raise RuntimeError("a command does not wait")


STEP = timedelta(seconds=10)
"""The wall clock has been set when it and the steady one differ by more since some moment."""


class Since:
    """How long a moment, told in time of day, is ago: a wall clock that is set meanwhile changes nothing."""

    def __init__(self, clock: Clock, at: datetime) -> None:
        self.at = at
        self._clock = clock
        self._steady = clock.steady() - (clock.now() - at).total_seconds()

    def ago(self) -> timedelta:
        """By the steady clock."""
        return timedelta(seconds=self._clock.steady() - self._steady)

    def moment(self, told: datetime) -> datetime:
        """A later moment, told by the wall clock as it stands now, in the time of day of `at`."""
        set_by = self._clock.now() - self.at - self.ago()
        return max(self.at, told - set_by) if abs(set_by) > STEP else told


class UnbrokenClock:
    """The time of day for who counts by it: a clock that is set is followed only once `quiet` says that nobody does."""

    def __init__(self, clock: Clock, quiet: Callable[[], bool]) -> None:
        self._clock, self._quiet = clock, quiet
        self._since = Since(clock, clock.now())
        self._asking = False

    def now(self) -> datetime:
        wall, counted = self._clock.now(), self._since.at + self._since.ago()
        if abs(wall - counted) > STEP and not self._is_quiet():
            return counted
        self._since = Since(self._clock, wall)
        return wall

    def _is_quiet(self) -> bool:
        if self._asking:
            return False  # whoever is asked asks us for the time
        self._asking = True
        try:
            return self._quiet()
        finally:
            self._asking = False

    def steady(self) -> float:
        return self._clock.steady()

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return self._clock.later(delay, call)


def sleep(clock: Clock, delay: timedelta) -> Deferred[None]:
    """Fires after `delay`; cancelling it cancels the timer."""

    def stop(_waiting: Deferred[None]) -> None:
        if timer.active():
            timer.cancel()

    waiting: Deferred[None] = Deferred(stop)
    timer = clock.later(delay, lambda: waiting.callback(None))
    return waiting
