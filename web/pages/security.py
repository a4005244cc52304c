"""Attacks on the exchange for hospital IT: who is refused, why and until when; a button lifts it."""

from __future__ import annotations

from web.panel import Answer, Panel
from web.visit import Redirect, Visit

HERE = "/exchange/security"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "exchange")
    async def security(visit: Visit) -> Answer:
        return panel.page(visit, "security.html", bans=house.guard.bans(), rule=house.pbx().guarded())

    @panel.route(f"{HERE}/lift", "exchange", method="POST")
    async def lift(visit: Visit) -> Answer:
        await house.guard.lift(visit.field("address"), visit.user.name)
        raise Redirect(HERE)
