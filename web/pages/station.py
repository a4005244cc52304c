"""The station of a ward: every bed, the calls that wait, and the button that silences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from appliance.foundation.values import Language
from nursecall.calls import OpenCall
from nursecall.plan_wards import Ward
from web import shell
from web.live import Regions, View
from web.pages import bed_grid, calling, rounds
from web.pages.faces import CallFace, face
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.soundcheck import SoundChecks
from web.visit import Redirect, Refused, Visit

REMEMBERED = 1024
"""Cards that are not drawn anew while nothing about their call changes."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/station", "station")
    async def choose(visit: Visit) -> Answer:
        wards = [ward for ward in panel.house.nursecall().wards if visit.user.sees(ward.id)]
        if len(wards) == 1:
            raise Redirect(f"/station/{wards[0].id}")
        open_calls = {ward.id: panel.house.wards.open(ward.id) for ward in wards}
        return panel.page(visit, "wards.html", wards=wards, open_calls=open_calls)

    @panel.route("/station/<ward>", "station")
    async def station(visit: Visit, ward: str) -> Answer:
        plan = allowed(panel, visit, ward)
        house, acknowledge = panel.house, visit.may("acknowledge")
        return panel.page(
            visit, "station.html", ward=plan,
            regions=regions(house, ward, visit.language, acknowledge=acknowledge, checks=panel.live.stations.checks),
            services=rounds.offered(house, ward, visit.language), kinds=rounds.KINDS,
            call_kinds=calling.offered(house, visit.language),
            others=[other for other in house.nursecall().wards if visit.user.sees(other.id)],
        )  # fmt: skip


def on_station(house: House, ward: str) -> list[OpenCall]:
    """The ward's own calls and those of other wards that wait for its help: the most urgent first, then the oldest."""
    calls = [*house.wards.open(ward), *house.wards.asked(ward)]
    return sorted(calls, key=lambda call: (call.priority, call.raised_at))


def allowed(panel: Panel, visit: Visit, ward: str) -> Ward:
    """The ward, if there is one and it is one of the visitor's. Raises Refused."""
    plan = panel.house.nursecall().ward(ward)
    if plan is None:
        raise Refused(404, "There is no such ward.")
    if not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")
    return plan


def view(house: House, ward: str, language: Language, *, acknowledge: bool, checks: SoundChecks) -> View:
    """The station of `ward` as it goes on."""

    async def draw() -> Regions:
        return regions(house, ward, language, acknowledge=acknowledge, checks=checks)

    name = f"station:{ward}:{'nurse' if acknowledge else 'reader'}"
    return View(name, language, frozenset({f"calls:{ward}", "health"}), draw)


def regions(house: House, ward: str, language: Language, *, acknowledge: bool, checks: SoundChecks) -> Regions:
    """Everything on the station that can change."""
    plan, faces = house.nursecall().ward(ward), [face(house, call, language) for call in on_station(house, ward)]
    own = [one for one in faces if one.call.ward == ward]
    open_calls = [one.call for one in own]
    return {
        "queue": _queue(house, ward, faces, language, acknowledge),
        "beds": {} if plan is None else bed_grid.tiles(house, plan, own, language),
        "summary": {"counts": _summary(open_calls, language)},
        "health": {"dot": shell.health(house.health.parts(), language)},
        "soundcheck": _soundcheck(ward, language, acknowledge, checks),
        "todo": rounds.todo(house, ward, language, act=acknowledge),
        "reminders": rounds.coming(house, ward, language) if acknowledge else {},
    }


def _soundcheck(ward: str, language: Language, acknowledge: bool, checks: SoundChecks) -> dict[str, str]:
    """The bar that asks for the shift's sound test, red once it is late; for those who may answer."""
    if not acknowledge or not (checks.due(ward) or checks.unheard(ward)):
        return {}
    late = checks.overdue(ward) or checks.unheard(ward)
    return {"due": fragment("soundcheck.html", language, late=late, unheard=checks.unheard(ward))}


def _queue(house: House, ward: str, faces: Sequence[CallFace], language: Language, acknowledge: bool) -> dict[str, str]:
    if not faces:
        return {"quiet": fragment("quiet.html", language)}
    plan = house.nursecall().ward(ward)
    patience = plan.patience if plan else 0
    cards = {}
    for one in faces:
        speaks = acknowledge and one.call.ward == ward and house.talks.possible(ward, one.call.bed)
        cards[f"call-{one.call.id}"] = _card(language, one, ward, patience, acknowledge, speaks)
    return cards


@lru_cache(REMEMBERED)
def _card(
    language: Language, one: CallFace, ward: str, patience: int, acknowledge: bool, speaks: bool
) -> str:  # fmt: skip
    return fragment(
        "call.html", language, one=one, patience=patience, acknowledge=acknowledge, station=ward, speaks=speaks
    )


def _summary(open_calls: Sequence[OpenCall], language: Language) -> str:
    waiting = sum(call.state in ("raised", "escalated") for call in open_calls)
    return fragment("summary.html", language, count=len(open_calls), waiting=waiting)
