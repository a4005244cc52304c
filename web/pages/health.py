"""`/health`: how the box is, in one line of JSON, for monitoring systems that cannot log in. No names, no details."""

from __future__ import annotations

import json
from collections import Counter

from appliance.foundation.health import State
from web.panel import Answer, Panel
from web.visit import Visit

OURS = ("daemon:", "exchange:", "storage:")
"""The box's own parts. Lines, carriers and the like may be down through no fault of the box's."""
WORST = (State.DOWN, State.DEGRADED, State.STARTING, State.UP)


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/health", strangers=True)
    async def health(visit: Visit) -> Answer:
        parts = panel.house.health.parts()
        kinds = {kind for kind in OURS if any(one.part.startswith(kind) and one.state is State.UP for one in parts)}
        broken = any(one.part.startswith(OURS) and one.state is State.DOWN for one in parts)
        counts = Counter(one.state for one in parts)
        worst = next((state for state in WORST if counts[state]), State.STARTING)
        visit.request.setHeader("content-type", "application/json")
        visit.request.setResponseCode(503 if broken or len(kinds) < len(OURS) else 200)
        return json.dumps({"state": worst.value, "parts": {state.value: counts[state] for state in WORST}}) + "\n"
