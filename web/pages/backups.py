"""Backups: those of the plan and how they stand, what was made, and one made now."""

from __future__ import annotations

from appliance.foundation.values import Language
from web.live import Regions, View
from web.pages.section_reading import rows_of
from web.pages.status import filled
from web.panel import SENTENCES, Answer, Panel
from web.plans import Unfit
from web.ports import House
from web.render import fragment
from web.visit import Refused, Visit

HERE = "/backup"


def add(panel: Panel) -> None:
    """Put this page on the panel."""
    house = panel.house

    @panel.route(HERE, "care")
    async def backups(visit: Visit) -> Answer:
        return panel.page(visit, "backups.html", regions=await regions(house, visit.language))

    @panel.route(f"{HERE}/<identity>/make", "care", method="POST")
    async def make(visit: Visit, identity: str) -> Answer:
        if all(one.plan.id != identity for one in await house.backups.planned()):
            raise Refused(404, SENTENCES[404])
        if not house.backups.begin(identity, visit.user.name):
            raise Refused(409, "A backup is being made already.")
        return ""


def view(house: House, language: Language) -> View:
    """The page as it goes on."""

    async def draw() -> Regions:
        return await regions(house, language)

    return View("backups", language, frozenset({"backups"}), draw)


async def regions(house: House, language: Language) -> Regions:
    """All that can change."""
    zone, places = house.site().zone, await _places(house)
    planned = {
        f"backup-{one.plan.id}": fragment(
            "backup.html", language, one=one, zone=zone, place=places.get(one.plan.id),
            why=filled(one.last.why, list(one.last.facts.items()), language) if one.last else "",
        )
        for one in await house.backups.planned()
    }  # fmt: skip
    tries = {
        one.id: fragment(
            "backup_try.html", language, one=one, zone=zone, why=filled(one.why, list(one.facts.items()), language)
        )
        for one in await house.backups.recent()
    }
    return {
        "backups": planned or {"none": fragment("backup.html", language, one=None, zone=zone, place=None, why="")},
        "backup-tries": tries or {"none": fragment("backup_try.html", language, one=None, zone=zone, why="")},
    }


async def _places(house: House) -> dict[str, int]:
    """Where each stands in the list of the newest revision, to be changed there."""
    from web.layouts.backups import LAYOUT

    try:
        written = await house.plans.written()
    except (Unfit, LookupError):
        return {}
    return {str(doc.get("id")): place for place, doc in enumerate(rows_of(LAYOUT, written))}
