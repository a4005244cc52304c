"""What a station shows besides calls: requests, reminders, rounds, a hand-over that waits; and what is done there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from appliance.foundation.values import Language
from nursecall.board import printable
from nursecall.care_events import Kind
from nursecall.plan_care import Service
from web.pages.faces import ICONS
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

KINDS: dict[Kind, str] = {"turn": "Turn the patient", "infusion": "Look at the infusion", "other": "Something else"}
TEXT = 60
SOONEST, LATEST = 0, 7 * 24 * 60
OVER = "That has been done already."


def add(panel: Panel) -> None:
    """Put these acts on the panel. They are of the station, so only a nurse's."""
    _rounds(panel)
    _requests(panel)


def _rounds(panel: Panel) -> None:
    @panel.route("/station/<ward>/rounds/<bed>/done", "acknowledge", method="POST")
    async def looked_in(visit: Visit, ward: str, bed: str) -> Answer:
        _known(panel, visit, ward, bed)
        if not panel.house.care.rounding.done(ward, bed, visit.user.shown):
            raise Refused(404, OVER)
        return _done(visit, ward)

    @panel.route("/station/<ward>/reminders", "acknowledge", method="POST")
    async def remind(visit: Visit, ward: str) -> Answer:
        bed = visit.field("bed")
        _known(panel, visit, ward, bed)
        kind = _kind(visit.field("kind"))
        text, every = printable(visit.field("text"), TEXT), visit.field("every")
        if kind == "other" and not text:
            raise Refused(422, "Write what is to be done.")
        at = panel.house.clock.now() + timedelta(minutes=_minutes(visit.field("after"), SOONEST))
        again = _minutes(every, 5) if every else None
        panel.house.care.reminders.add(ward, bed, kind, text, at, again, visit.user.shown)
        return _done(visit, ward)

    @panel.route("/station/<ward>/reminders/<reminder>/<act>", "acknowledge", method="POST")
    async def reminded(visit: Visit, ward: str, reminder: str, act: str) -> Answer:
        _known(panel, visit, ward)
        reminders = panel.house.care.reminders
        acts = {"done": reminders.done, "withdraw": reminders.withdraw}
        if act not in acts or not any(one.reminder.id == reminder for one in reminders.of(ward)):
            raise Refused(404, OVER)
        acts[act](reminder, visit.user.shown)
        return _done(visit, ward)


def _requests(panel: Panel) -> None:
    @panel.route("/station/<ward>/requests", "acknowledge", method="POST")
    async def ask(visit: Visit, ward: str) -> Answer:
        bed = visit.field("bed")
        _known(panel, visit, ward, bed)
        services = panel.house.care.services
        service = next((one for one in services.offered(ward) if one.id == visit.field("service")), None)
        if service is None:
            raise Refused(422, "There is no such service in this ward.")
        await services.ask(ward, bed, service, visit.field("note"), visit.user.shown)
        return _done(visit, ward)

    @panel.route("/station/<ward>/requests/<identity>/<act>", "acknowledge", method="POST")
    async def asked(visit: Visit, ward: str, identity: str, act: str) -> Answer:
        _known(panel, visit, ward)
        services = panel.house.care.services
        acts = {"take": services.take, "done": services.done}
        found = services.find(identity)
        if act not in acts or found is None or found.ward != ward or not await acts[act](identity, visit.user.shown):
            raise Refused(404, OVER)
        return _done(visit, ward)


def todo(house: House, ward: str, language: Language, *, act: bool) -> dict[str, str]:
    """The quiet items of a station, in order. act: with the buttons of a nurse."""
    return dict(_todo(house, ward, language, act))


def _todo(house: House, ward: str, language: Language, act: bool) -> Iterator[tuple[str, str]]:
    care, zone = house.care, house.site().zone
    before = house.roster.ended(ward, house.clock.now())
    if before is not None and care.handovers.waiting(ward, before):
        name = before.shift.name[language]
        yield "handover", fragment("todo_handover.html", language, ward=ward, run=before, what=name)
    for request in care.services.open(ward):
        service = house.nursecall().service(request.service)
        yield f"request-{request.id}", fragment(
            "todo_request.html", language, one=request, act=act, late=care.services.overdue(request),
            what=service.name[language] if service else request.service, icon_name=_icon(service),
        )  # fmt: skip
    for placed in care.reminders.due(ward):
        yield f"reminder-{placed.reminder.id}", fragment(
            "todo_reminder.html", language, one=placed.reminder, bed=placed.bed, ward=ward, act=act,
            what=KINDS[placed.reminder.kind], zone=zone,
        )  # fmt: skip
    for due in care.rounding.due(ward):
        yield f"round-{due.bed}", fragment("todo_round.html", language, one=due, act=act, zone=zone)


def coming(house: House, ward: str, language: Language) -> dict[str, str]:
    """Every reminder of a ward, the next one first, each with the way to withdraw it."""
    zone = house.site().zone
    return {
        f"set-{placed.reminder.id}": fragment(
            "reminder.html", language, one=placed.reminder, bed=placed.bed, ward=ward,
            what=KINDS[placed.reminder.kind], zone=zone,
        )
        for placed in house.care.reminders.of(ward)
    }  # fmt: skip


def offered(house: House, ward: str, language: Language) -> list[tuple[str, str, str]]:
    """Services that may be asked for there: id, name, icon."""
    return [(one.id, one.name[language], _icon(one)) for one in house.care.services.offered(ward)]


def _icon(service: Service | None) -> str:
    return service.icon if service and service.icon in ICONS else "service"


def _known(panel: Panel, visit: Visit, ward: str, bed: str | None = None) -> None:
    plan = panel.house.nursecall().ward(ward)
    if plan is None or not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")
    if bed is not None and bed not in plan.beds:
        raise Refused(422, "Choose a bed of this ward.")


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise Refused(422, "Choose what is to be done.")


def _minutes(text: str, least: int) -> int:
    minutes = int(text) if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) else -1
    if not least <= minutes <= LATEST:
        raise Refused(422, "Enter whole minutes, a week at most.")
    return minutes


def _done(visit: Visit, ward: str) -> bytes:
    if not visit.by_script:
        raise Redirect(f"/station/{ward}")
    visit.request.setResponseCode(204)
    return b""
