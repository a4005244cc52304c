"""Accounts and extensions that wrong PINs have locked, for cashiers: who, until when; a button lets them in again."""

from __future__ import annotations

from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

HERE = "/locked"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "accounts")
    async def locked(visit: Visit) -> Answer:
        return panel.page(visit, "locked_pins.html", locked=await house.lockouts.locked(), plan=house.billing())

    @panel.route(f"{HERE}/unlock", "accounts", method="POST")
    async def unlock(visit: Visit) -> Answer:
        if not await house.lockouts.unlock(visit.field("what"), visit.field("number"), visit.user.name):
            raise Refused(404, "This is not locked any more.")
        raise Redirect(HERE)
