"""Waiting that ends: voices hang, and nobody at a bedside waits for one."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred

from appliance.foundation.clock import Clock

T = TypeVar("T")


class TimeUp(Exception):
    """It took too long and was cancelled."""


async def within(clock: Clock, limit: timedelta, waiting: Deferred[T]) -> T:
    """What `waiting` brings, if it does so in time; else it is cancelled. Raises TimeUp and what `waiting` raises."""
    late = False

    def expire() -> None:
        nonlocal late
        late = True
        waiting.cancel()

    timer = clock.later(limit, expire)
    try:
        return await waiting
    except CancelledError:
        if late:
            raise TimeUp from None
        raise
    finally:
        if timer.active():
            timer.cancel()
