"""What is done about calls at a station: taken, spoken with, ended where that is allowed, and raised by hand."""

from __future__ import annotations

from collections.abc import Sequence

from nursecall.calls import OpenCall
from nursecall.cancelling import MayNotCancel
from nursecall.speech import NoSpeech
from web.pages.calling import by_hand
from web.pages.station import allowed, on_station
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit


def add(panel: Panel) -> None:
    """Put these acts on the panel."""
    _answers(panel)
    _ends(panel)

    @panel.route("/station/<ward>/calls", "acknowledge", method="POST")
    async def call(visit: Visit, ward: str) -> Answer:
        plan, bed, kind = allowed(panel, visit, ward), visit.field("bed"), visit.field("kind")
        if bed not in plan.beds:
            raise Refused(422, "Choose a bed of this ward.")
        if not any(known.id == kind for known in by_hand(panel.house)):
            raise Refused(422, "Choose a call that can be made by hand.")
        await panel.house.wards.raise_service(ward, bed, kind, visit.field("note"), visit.user.shown)
        return _done(visit, ward)


def _answers(panel: Panel) -> None:
    @panel.route("/station/<ward>/calls/<call>/acknowledge", "acknowledge", method="POST")
    async def acknowledge(visit: Visit, ward: str, call: str) -> Answer:
        allowed(panel, visit, ward)
        _demand(on_station(panel.house, ward), call)
        await panel.house.wards.acknowledge(call, visit.user.shown)
        return _done(visit, ward)

    @panel.route("/station/<ward>/calls/<call>/speak", "acknowledge", method="POST")
    async def speak(visit: Visit, ward: str, call: str) -> Answer:
        allowed(panel, visit, ward)
        _demand(panel.house.wards.open(ward), call)
        try:
            await panel.house.talks.speak(call, visit.user.shown)
        except NoSpeech as why:
            raise Refused(409, why.message, **why.facts) from why
        return _done(visit, ward)


def _ends(panel: Panel) -> None:
    @panel.route("/station/<ward>/calls/<call>/cancel", "acknowledge", method="POST")
    async def cancel(visit: Visit, ward: str, call: str) -> Answer:
        allowed(panel, visit, ward)
        _demand(panel.house.wards.open(ward), call)
        try:
            await panel.house.wards.cancel(call, visit.user.shown)
        except MayNotCancel as why:
            raise Refused(409, str(why)) from why
        return _done(visit, ward)


def _demand(calls: Sequence[OpenCall], call: str) -> None:
    """It must be one of `calls`. Raises Refused."""
    if not any(known.id == call for known in calls):
        raise Refused(404, "The call has already ended.")


def _done(visit: Visit, ward: str) -> bytes:
    if not visit.by_script:
        raise Redirect(f"/station/{ward}")
    visit.request.setResponseCode(204)
    return b""
