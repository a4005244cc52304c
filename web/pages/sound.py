"""What station screens tell of their sound, and what the people before them heard."""

from __future__ import annotations

import re

from web.pages import station
from web.panel import Answer, Panel
from web.visit import Refused, Visit


def add(panel: Panel) -> None:
    """Put these on the panel."""

    @panel.route("/station/<ward>/sound", "station", method="POST")
    async def sound(visit: Visit, ward: str) -> Answer:
        station.allowed(panel, visit, ward)
        told = visit.json()
        screen, why = str(told.get("screen", ""))[:40], str(told.get("why", ""))[:20]
        if not re.fullmatch(r"[\w-]{8,40}", screen) or not isinstance(told.get("heard"), bool):
            raise Refused(400, "That request cannot be understood.")
        known = panel.live.stations.told(ward, f"{visit.user.name}:{screen}", told["heard"], why)
        visit.request.setResponseCode(204 if known else 409)
        return b""

    @panel.route("/station/<ward>/soundcheck", "acknowledge", method="POST")
    async def soundcheck(visit: Visit, ward: str) -> Answer:
        station.allowed(panel, visit, ward)
        told = visit.json()
        screen, heard, flowed = str(told.get("screen", ""))[:40], told.get("heard"), told.get("flowed")
        if not re.fullmatch(r"[\w-]{8,40}", screen) or not isinstance(heard, bool) or not isinstance(flowed, bool):
            raise Refused(400, "That request cannot be understood.")
        name = f"{visit.user.name}:{screen}"
        await panel.live.stations.tested(ward, name, visit.user.name, heard=heard, flowed=flowed)
        visit.request.setResponseCode(204)
        return b""
