"""The wallboard: the calls of every ward or of one, to be read from twenty metres, without full names."""

from __future__ import annotations

from appliance.foundation.health import State
from appliance.foundation.values import Language
from web import shell
from web.live import Regions, View
from web.pages.faces import face
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Refused, Visit

ROWS = 6
"""More could not be read from the far end of the corridor; the rest is counted."""


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/wallboard", "wallboard")
    async def wallboard(visit: Visit) -> Answer:
        house, wards = panel.house, chosen(panel.house, visit)
        offered = [ward for ward in house.nursecall().wards if visit.user.sees(ward.id)]
        alone = next((ward for ward in offered if wards == (ward.id,)), None)
        return panel.page(
            visit, "wallboard.html", regions=regions(house, wards, visit.language), wards=offered, alone=alone,
            asked=visit.field("ward"),
        )  # fmt: skip


def chosen(house: House, visit: Visit) -> tuple[str, ...]:
    """The wards whose calls are shown: the one asked for, else all the visitor may see (empty: all). Raises Refused."""
    ward = visit.field("ward")
    if not ward:
        return visit.user.wards
    if house.nursecall().ward(ward) is None:
        raise Refused(404, "There is no such ward.")
    if not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")
    return (ward,)


def view(house: House, wards: tuple[str, ...], language: Language) -> View:
    """The wallboard as it goes on; `wards` empty for all."""

    async def draw() -> Regions:
        return regions(house, wards, language)

    topics = {f"calls:{ward}" for ward in wards} or {"calls"}
    return View(f"wallboard:{','.join(wards)}", language, frozenset(topics | {"health"}), draw)


def regions(house: House, wards: tuple[str, ...], language: Language) -> Regions:
    """Everything on the wallboard that can change."""
    calls = [call for call in house.wards.open() if not wards or call.ward in wards]
    # What somebody sees to already must not push out of sight what nobody does.
    calls.sort(key=lambda call: not call.waiting)
    rows = {
        f"row-{call.id}": fragment("row.html", language, one=face(house, call, language), alone=len(wards) == 1)
        for call in calls[:ROWS]
    } or {"quiet": fragment("quiet.html", language)}
    more = len(calls) - ROWS
    return {
        "board": rows,
        "silent": _silent(house, wards, language),
        "audible": _audible(house, wards, language),
        "more": {"more": fragment("more.html", language, count=len(calls), more=max(0, more))},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


def _silent(house: House, wards: tuple[str, ...], language: Language) -> dict[str, str]:
    """The wards that are to be heard at a station and are not."""
    silent = [name for name, state in _stations(house, wards, language) if state in (State.DOWN, State.DEGRADED)]
    return {"silent": fragment("silent.html", language, silent=silent)} if silent else {}


def _audible(house: House, wards: tuple[str, ...], language: Language) -> dict[str, str]:
    """The word that every station is heard, or that nobody knows; where one is not, the bar above says so."""
    states = {state for _, state in _stations(house, wards, language)}
    if states & {State.DOWN, State.DEGRADED}:
        return {}
    return {"audible": fragment("audible.html", language, heard=states == {State.UP})}


def _stations(house: House, wards: tuple[str, ...], language: Language) -> list[tuple[str, State | None]]:
    """Each ward by name, and how its station sounds; None where it has not said."""
    parts = {part.part: part.state for part in house.health.parts()}
    plan = [ward for ward in house.nursecall().wards if not wards or ward.id in wards]
    return [(ward.name[language], parts.get(f"station:{ward.id}")) for ward in plan]
