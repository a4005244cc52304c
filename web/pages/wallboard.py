"""The wallboard: every ward's calls, to be read from twenty metres, without full names."""

from __future__ import annotations

from appliance.foundation.values import Language
from web import shell
from web.live import Regions, View
from web.pages.faces import face
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Visit

ROWS = 6
"""More could not be read from the far end of the corridor; the rest is counted."""


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/wallboard", "wallboard")
    async def wallboard(visit: Visit) -> Answer:
        shown = regions(panel.house, visit.user.wards, visit.language)
        return panel.page(visit, "wallboard.html", regions=shown)


def view(house: House, wards: tuple[str, ...], language: Language) -> View:
    """The wallboard as it goes on; `wards` empty for all."""

    async def draw() -> Regions:
        return regions(house, wards, language)

    topics = {f"calls:{ward}" for ward in wards} or {"calls"}
    return View(f"wallboard:{','.join(wards)}", language, frozenset(topics | {"health"}), draw)


def regions(house: House, wards: tuple[str, ...], language: Language) -> Regions:
    """Everything on the wallboard that can change."""
    calls = [call for call in house.wards.open() if not wards or call.ward in wards]
    rows = {
        f"row-{call.id}": fragment("row.html", language, one=face(house, call, language)) for call in calls[:ROWS]
    } or {"quiet": fragment("quiet.html", language)}
    more = len(calls) - ROWS
    return {
        "board": rows,
        "more": {"more": fragment("more.html", language, count=len(calls), more=max(0, more))},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }
