"""What a line says of itself: up, disturbed, flooding, silent, gone. Told on the bus, edges only."""

from __future__ import annotations

import math

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State

HOLD = 15.0
"""Seconds a line counts as disturbed after the last thing that could not be read."""

ONLY_WHEN_CALLED = 86_400
"""Seconds. A line that may be silent for so long is not expected to say anything but calls."""

SILENT = "The device is there, but the nurse-call host has said nothing for {seconds} seconds."
UNHEARD = "No nurse-call host has said anything on this line for {seconds} seconds; perhaps none is connected."
DISTURBED = "The line is disturbed; calls that come through whole are shown."
MISADDRESSED = (
    "The nurse-call host calls address {called}, but in the plan this line is {own}: its calls are not heard."
)
NO_BED = "A call came that names no bed as the plan expects it; its text is in the line's trace."
FLOODS = "Far more comes than a ward can mean: each bed is heard, but what it repeats is held back."
UNITS_DEAD = "These input modules do not answer: {units}."
QUIET = "The device is there. This host speaks only when somebody calls, so a cable pulled out stays unnoticed."


class LineHealth:
    """Of one line. Seconds are of the line's own stopwatch.

    silence: seconds without valid traffic that mean trouble. silent: the sentence said then.
    address: our own on the wire, where that has addresses.
    """

    def __init__(self, line: str, silence: float, silent: str, clock: Clock, bus: Bus, *, address: str = "") -> None:
        self._part = f"line:{line}"
        self._silence = silence
        self._silent = silent
        self._clock = clock
        self._bus = bus
        self._last: tuple[State, str, tuple[tuple[str, str], ...]] | None = None
        self._opened_at = math.inf
        self._address = address
        self._called = ""
        self._misaddressed_at = -math.inf
        self.garbled_at = -math.inf
        self.no_bed_at = -math.inf
        self.flooded_at = -math.inf
        self.dead: set[int] = set()
        """Addresses of input modules that do not answer."""

    def starting(self) -> None:
        """Nothing is known yet."""
        self._say(State.STARTING)

    def opened(self, now: float) -> None:
        """The line can be used."""
        self._opened_at = now

    def lost(self, why: str) -> None:
        """The line cannot be used; why is a message id."""
        self._opened_at = math.inf
        self._say(State.DOWN, why)

    def misaddressed(self, called: str, now: float) -> bool:
        """The host calls the address `called`, and not ours. Returns whether that is news."""
        news = called != self._called or now - self._misaddressed_at >= HOLD
        self._called, self._misaddressed_at = called, now
        return news

    def judge(self, now: float, heard_at: float) -> None:
        """Say how it is. heard_at: when its host last said something valid."""
        if self._opened_at == math.inf:
            return
        silent = now - max(heard_at, self._opened_at) > self._silence
        if now - self._misaddressed_at < HOLD:
            # Why it is silent says more than that it is.
            state = State.DOWN if silent else State.DEGRADED
            self._say(state, MISADDRESSED, called=self._called, own=self._address)
        elif silent:
            self._say(State.DOWN, self._silent, seconds=f"{self._silence:g}")
        elif trouble := self._trouble(now):
            self._say(State.DEGRADED, trouble, **({"units": _listed(self.dead)} if trouble is UNITS_DEAD else {}))
        elif heard_at >= self._opened_at:
            self._say(State.UP)
        elif self._silence >= ONLY_WHEN_CALLED:
            self._say(State.UP, QUIET)
        # Else: until the host speaks, an open device proves nothing.

    def _trouble(self, now: float) -> str:
        if now - self.flooded_at < HOLD:
            return FLOODS
        if now - self.no_bed_at < HOLD:
            return NO_BED
        if now - self.garbled_at < HOLD:
            return DISTURBED
        return UNITS_DEAD if self.dead else ""

    def _say(self, state: State, detail: str = "", **facts: str) -> None:
        told = tuple(facts.items())
        if self._last == (state, detail, told):
            return
        self._last = state, detail, told
        self._bus.publish(HealthChanged(at=self._clock.now(), part=self._part, state=state, detail=detail, facts=told))


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
