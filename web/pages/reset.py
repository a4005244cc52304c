"""A box that begins anew, asked for with words that nobody types by mistake."""

from __future__ import annotations

from web.panel import Answer, Panel
from web.visit import Refused, Visit

HERE = "/reset"


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route(HERE, "reset")
    async def reset(visit: Visit) -> Answer:
        return panel.page(visit, "reset.html", begun=False, words=panel.house.resets.words())

    @panel.route(HERE, "reset", method="POST")
    async def begin(visit: Visit) -> Answer:
        if not panel.house.resets.begin(visit.field("tier"), visit.field("typed"), visit.user.name):
            raise Refused(422, "What was typed is not what must be: nothing was changed.")
        return panel.page(visit, "reset.html", begun=True, words={})
