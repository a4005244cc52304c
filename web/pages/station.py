"""The station of a ward: every bed, the calls that wait, and the button that silences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from appliance.foundation.values import Language
from nursecall.calls import OpenCall
from nursecall.plan_wards import Ward
from web import shell
from web.live import Regions, View
from web.pages.faces import CallFace, face
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit


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
            regions=regions(house, ward, visit.language, acknowledge=acknowledge),
            others=[other for other in house.nursecall().wards if visit.user.sees(other.id)],
        )  # fmt: skip

    @panel.route("/station/<ward>/calls/<call>/acknowledge", "acknowledge", method="POST")
    async def acknowledge(visit: Visit, ward: str, call: str) -> Answer:
        allowed(panel, visit, ward)
        if not any(known.id == call for known in panel.house.wards.open(ward)):
            raise Refused(404, "The call has already ended.")
        await panel.house.wards.acknowledge(call, visit.user.shown)
        if not visit.by_script:
            raise Redirect(f"/station/{ward}")
        visit.request.setResponseCode(204)
        return b""

    @panel.route("/station/<ward>/sound", "station", method="POST")
    async def sound(visit: Visit, ward: str) -> Answer:
        allowed(panel, visit, ward)
        told = visit.json()
        screen, why = str(told.get("screen", ""))[:40], str(told.get("why", ""))[:20]
        if not re.fullmatch(r"[\w-]{8,40}", screen) or not isinstance(told.get("heard"), bool):
            raise Refused(400, "That request cannot be understood.")
        known = panel.live.stations.told(ward, f"{visit.user.name}:{screen}", told["heard"], why)
        visit.request.setResponseCode(204 if known else 409)
        return b""


def allowed(panel: Panel, visit: Visit, ward: str) -> Ward:
    """The ward, if there is one and it is one of the visitor's. Raises Refused."""
    plan = panel.house.nursecall().ward(ward)
    if plan is None:
        raise Refused(404, "There is no such ward.")
    if not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")
    return plan


def view(house: House, ward: str, language: Language, *, acknowledge: bool) -> View:
    """The station of `ward` as it goes on."""

    async def draw() -> Regions:
        return regions(house, ward, language, acknowledge=acknowledge)

    name = f"station:{ward}:{'nurse' if acknowledge else 'reader'}"
    return View(name, language, frozenset({f"calls:{ward}", "health"}), draw)


def regions(house: House, ward: str, language: Language, *, acknowledge: bool) -> Regions:
    """Everything on the station that can change."""
    plan, open_calls = house.nursecall().ward(ward), house.wards.open(ward)
    faces = [face(house, call, language) for call in open_calls]
    return {
        "queue": _queue(faces, plan, language, acknowledge),
        "beds": {} if plan is None else _beds(house, plan, faces, language),
        "summary": {"counts": _summary(open_calls, language)},
        "health": {"dot": shell.health(house.health.parts(), language)},
    }


def _queue(faces: Sequence[CallFace], plan: Ward | None, language: Language, acknowledge: bool) -> dict[str, str]:
    if not faces:
        return {"quiet": fragment("quiet.html", language)}
    patience = plan.patience if plan else 0
    return {
        f"call-{one.call.id}": fragment("call.html", language, one=one, patience=patience, acknowledge=acknowledge)
        for one in faces
    }


def _beds(house: House, plan: Ward, faces: Sequence[CallFace], language: Language) -> dict[str, str]:
    calling: dict[str, CallFace] = {}
    for one in faces:
        calling.setdefault(one.call.bed, one)
    tiles = {}
    for bed in plan.beds:
        patient = house.patients.at(plan.id, bed)
        age = None if patient is None else _age(patient.born, house.clock.now().date())
        tiles[f"bed-{bed}"] = fragment("bed.html", language, bed=bed, patient=patient, age=age, one=calling.get(bed))
    return tiles


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _summary(open_calls: Sequence[OpenCall], language: Language) -> str:
    waiting = sum(call.state != "acknowledged" for call in open_calls)
    return fragment("summary.html", language, count=len(open_calls), waiting=waiting)
