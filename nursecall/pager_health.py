"""What a line to a pager system says of itself: up, unproved, its transmitter failed, gone. On the bus, edges only."""

from __future__ import annotations

import math

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State
from nursecall.paging import NO_ANSWER, Outcome
from nursecall.plan_pagers import AnyPagers, EspaPagers

UNPROVED = "The device is there. The pager system says nothing until somebody is paged, so nothing is proved yet."
TRANSMITTER_FAILED = "The pager system says that its transmitter has failed: pages may not arrive."


class PagerHealth:
    """Of one pager system. Seconds are of the line's own stopwatch.

    supervised: whether we notice without a page that the system is gone, or back.
    """

    def __init__(self, plan: AnyPagers, clock: Clock, bus: Bus, *, supervised: bool) -> None:
        self._part = plan.part
        self._silence = plan.silence if isinstance(plan, EspaPagers) else math.inf
        self._clock = clock
        self._bus = bus
        self._supervised = supervised
        self._opened_at = math.inf
        self._last: tuple[State, str, tuple[tuple[str, str], ...]] | None = None
        self.trouble: Outcome | None = None
        """Why no page can be taken just now."""
        self.transmitter_failed = False
        """Said by the system itself. It may still take pages, and a line that was cut has mended no transmitter."""

    @property
    def is_open(self) -> bool:
        """Whether the line can be used."""
        return self._opened_at != math.inf

    def starting(self) -> None:
        """Nothing is known yet."""
        self._say(State.STARTING)

    def opened(self, now: float) -> None:
        """The line can be used."""
        self._opened_at, self.trouble = now, None

    def closed(self) -> None:
        """It is not used any more."""
        self._opened_at = math.inf

    def lost(self, why: str) -> None:
        """The line cannot be used; why is a message id."""
        self.closed()
        self._say(State.DOWN, why)

    def judge(self, now: float, heard_at: float) -> None:
        """Say how it is. heard_at: when the pager system last said something valid."""
        if not self.is_open:
            return
        if now - max(heard_at, self._opened_at) > self._silence:
            self._say(State.DOWN, NO_ANSWER)
        elif self.trouble is not None:
            self._say(State.DOWN, self.trouble.proof, self.trouble.facts)
        elif heard_at >= self._opened_at:
            if self.transmitter_failed:
                self._say(State.DEGRADED, TRANSMITTER_FAILED)
            else:
                self._say(State.UP)
        elif not self._supervised:
            self._say(State.UP, UNPROVED)

    def _say(self, state: State, detail: str = "", facts: tuple[tuple[str, str], ...] = ()) -> None:
        if self._last == (state, detail, facts):
            return
        self._last = state, detail, facts
        self._bus.publish(HealthChanged(at=self._clock.now(), part=self._part, state=state, detail=detail, facts=facts))
