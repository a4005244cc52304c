"""The bundle for support: taken from here, on record."""

from __future__ import annotations

from web.panel import Answer, Panel
from web.ports import NoBundle
from web.visit import Refused, Visit

HERE = "/support"


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route(HERE, "care")
    async def support(visit: Visit) -> Answer:
        return panel.page(visit, "support.html", has_bill=panel.house.support.bill() is not None)

    @panel.route(f"{HERE}/nightbell.cdx.json", "care")
    async def bill(visit: Visit) -> Answer:
        content = panel.house.support.bill()
        if content is None:
            raise Refused(404, "There is no bill of materials: this box was not started from the image.")
        visit.request.setHeader("content-type", "application/vnd.cyclonedx+json")
        visit.request.setHeader("content-disposition", 'attachment; filename="nightbell.cdx.json"')
        return content

    @panel.route(f"{HERE}/bundle", "care", method="POST")
    async def bundle(visit: Visit) -> Answer:
        try:
            content = await panel.house.support.bundle(visit.user.name)
        except NoBundle as why:
            raise Refused(500, "The bundle could not be made.") from why
        at = panel.house.clock.now().astimezone(panel.house.site().zone)
        visit.request.setHeader("content-type", "application/zip")
        visit.request.setHeader("content-disposition", f'attachment; filename="support-{at:%Y-%m-%d-%H%M}.zip"')
        return content
