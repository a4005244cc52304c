"""Patience: how long a call may wait before somebody else is told, and who that is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.foundation.clock import Clock, Timer
from nursecall.plan_wards import Ward


class Escalation:
    """One timer for each call that waits. overdue: called with the id of a call whose patience is over."""

    def __init__(self, clock: Clock, overdue: Callable[[str], None]) -> None:
        self._clock = clock
        self._overdue = overdue
        self._timers: dict[str, Timer] = {}

    def watch(self, call: str, since: datetime, patience: timedelta) -> None:
        """Call `overdue` when `patience` has passed since `since`: at once where that moment is over."""
        self.forget(call)
        left = since + patience - self._clock.now()
        # A clock that was set back must not make patience longer than the plan says.
        delay = min(max(left, timedelta()), patience)
        self._timers[call] = self._clock.later(delay, lambda: self._due(call))

    def forget(self, call: str) -> None:
        """Somebody came, or nobody is left to tell."""
        timer = self._timers.pop(call, None)
        if timer is not None and timer.active():
            timer.cancel()

    def stop(self) -> None:
        """Forget every call."""
        for call in list(self._timers):
            self.forget(call)

    def _due(self, call: str) -> None:
        del self._timers[call]
        self._overdue(call)


def on_duty(ward: Ward, at: datetime, zone: ZoneInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and mobiles of those on duty in `ward` at `at`, each once, in the order of the roster."""
    duties = ward.on_duty(at.astimezone(zone).time())
    return tuple(dict.fromkeys(duty.nurse for duty in duties)), tuple(dict.fromkeys(duty.mobile for duty in duties))
