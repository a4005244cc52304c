"""What is up, what is degraded: every part's own word."""

from __future__ import annotations

from collections.abc import Collection

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged

OF_THE_PLAN = ("adt:", "line:", "pager:", "speaker:", "trunk:", "sms:", "mail:", "webhook:", "card:", "backup:")
"""Parts that come and go with the plan."""


class HealthBoard:
    """The latest word of each part, in the order of `kind:name`."""

    def __init__(self, bus: Bus) -> None:
        self._parts: dict[str, HealthChanged] = {}
        bus.subscribe(HealthChanged, self._heard)

    def parts(self) -> list[HealthChanged]:
        """Every part's latest word; `at` is since when it has been in that state."""
        return [self._parts[name] for name in sorted(self._parts)]

    def forget_all_but(self, parts: Collection[str]) -> None:
        """Lines, trunks and ways out for messages that are not in `parts` are no longer in the plan."""
        gone = [part for part in self._parts if part.startswith(OF_THE_PLAN) and part not in parts]
        for part in gone:
            del self._parts[part]

    def _heard(self, event: HealthChanged) -> None:
        before = self._parts.get(event.part)
        if before is not None and before.state is event.state:
            event = HealthChanged(
                at=before.at, part=event.part, state=event.state, detail=event.detail, facts=event.facts
            )
        self._parts[event.part] = event
