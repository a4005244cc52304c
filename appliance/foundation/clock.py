"""The one door to time: everyone else is handed a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        """Call once after `delay`."""
        ...


class ReactorClock:
    """Time as the running reactor knows it."""

    def __init__(self, reactor: ReactorBase) -> None:
        self._reactor = reactor

    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        return self._reactor.callLater(max(0.0, delay.total_seconds()), call)


class CommandClock:
    """Wall time for a program without a reactor, which waits for nothing."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, delay: timedelta, call: Callable[[], object]) -> NoReturn:
        raise RuntimeError("a command does not wait")


def sleep(clock: Clock, delay: timedelta) -> Deferred[None]:
    """Fires after `delay`; cancelling it cancels the timer."""

    def stop(_waiting: Deferred[None]) -> None:
        timer.cancel()

    waiting: Deferred[None] = Deferred(stop)
    timer = clock.later(delay, lambda: waiting.callback(None))
    return waiting
