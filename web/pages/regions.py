"""Whose a number is: the table of regions in and out, and a question."""

from __future__ import annotations

from collections.abc import Sequence

from web.pages.tariffs import FAULTS, TYPES
from web.panel import Answer, Panel
from web.tariffs import NotDone
from web.visit import Redirect, Visit


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    tariffs = panel.house.tariffs

    @panel.route("/tariffs/regions", "tariffs")
    async def regions(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/tariffs/regions", "tariffs", method="POST")
    async def take_in_regions(visit: Visit) -> Answer:
        content, code = visit.upload("file"), visit.field("code")
        if not content:
            return await _page(panel, visit, [visit.say("Choose a file first.")])
        try:
            await tariffs.take_in_regions(content, code, visit.user.name, visit.language)
        except NotDone as why:
            return await _page(panel, visit, str(why).splitlines())
        raise Redirect("/tariffs/regions")

    @panel.route("/tariffs/regions.csv", "tariffs")
    async def regions_file(visit: Visit) -> Answer:
        visit.request.setHeader("content-type", TYPES["csv"])
        visit.request.setHeader("content-disposition", 'attachment; filename="regions.csv"')
        return await tariffs.regions_file()


async def _page(panel: Panel, visit: Visit, faults: Sequence[str] = ()) -> str:
    number, whose, unknown = visit.field("number")[:40], None, ""
    if faults:
        visit.request.setResponseCode(422)
    elif number:
        try:
            whose = await panel.house.tariffs.whose(number, visit.language)
        except NotDone as why:
            unknown = str(why)
    return panel.page(
        visit, "regions.html", table=await panel.house.tariffs.regions(), number=number, whose=whose, unknown=unknown,
        faults=faults[:FAULTS], more=max(0, len(faults) - FAULTS),
    )  # fmt: skip
