"""What a way out says of itself: up, slow, down and why; each change once."""

from __future__ import annotations

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State

Facts = tuple[tuple[str, str], ...]


class Pulse:
    """Publishes HealthChanged for `part`, e.g. `sms:smsc`."""

    def __init__(self, part: str, clock: Clock, bus: Bus) -> None:
        self._part = part
        self._clock = clock
        self._bus = bus
        self._told: tuple[State, str, Facts] | None = None

    def tell(self, state: State, detail: str, facts: Facts = ()) -> None:
        """It is so now. detail: an English message id; what follows in parentheses stays as it is."""
        if self._told != (state, detail, facts):
            self._told = (state, detail, facts)
            self._bus.publish(
                HealthChanged(at=self._clock.now(), part=self._part, state=state, detail=detail, facts=facts)
            )
