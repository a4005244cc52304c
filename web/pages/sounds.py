"""Sounds of the hospital: uploaded, checked and made fit for the telephone; listened to; where each is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appliance.foundation.values import Language
from pbx.inbound.ring_back import SAMPLE, melody
from pbx.ivr.decoding import Unfit
from pbx.plan import PbxPlan
from pbx.reason import Reason
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

HOME = "/exchange/sounds"
DONE = "sounds done"


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route(HOME, "exchange")
    async def sounds(visit: Visit) -> Answer:
        return _page(panel, visit)

    @panel.route(HOME, "exchange", method="POST")
    async def upload(visit: Visit) -> Answer:
        name = visit.field("name") or visit.file_name("file") or "sound"
        try:
            kept = panel.house.menus.sounds.keep(name, visit.upload("file"))
        except Unfit as why:
            visit.request.setResponseCode(422)
            return _page(panel, visit, fault=visit.say(str(why)))
        except OSError as why:
            panel.log.failure("a sound could not be kept")
            raise Refused(503, "The recording could not be written to disk.") from why
        if visit.session is not None:
            visit.session.notes[DONE] = kept.file
        raise Redirect(HOME)

    @panel.route(f"{HOME}/<file>", "exchange")
    async def sound(visit: Visit, file: str) -> Answer:
        found = panel.house.menus.sounds.find(file)
        if found is None and file != f"{SAMPLE}.wav":
            raise Refused(404, "There is no such recording.")
        visit.request.setHeader("content-type", "audio/wav")
        return found.read_bytes() if found is not None else melody()


def uses(plan: PbxPlan, language: Language) -> Mapping[str, Sequence[str]]:
    """Where the plan names each sound, in words."""
    found: dict[str, list[str]] = defaultdict(list)
    for sound, reason in _named(plan):
        found[sound].append(reason.text(language))
    return found


def _named(plan: PbxPlan) -> Iterator[tuple[str, Reason]]:
    if plan.inbound.ring_back:
        yield plan.inbound.ring_back, Reason("Ring-back of all calls from outside")
    for rule in plan.inbound.rules:
        if rule.ring_back:
            yield rule.ring_back, Reason("Ring-back of rule “{rule}”", {"rule": rule.name})
    yield from ((sound, Reason("Hold music")) for sound in plan.features.hold_music)
    for flow in plan.flows:
        for sound in dict.fromkeys(_sounds(flow.model_dump(mode="json"))):
            yield sound, Reason("Voice menu “{menu}”", {"menu": flow.name})


def _sounds(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if value.endswith(".wav") else ()
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _sounds(one)


def _page(panel: Panel, visit: Visit, *, fault: str = "") -> str:
    house, notes = panel.house, visit.session.notes if visit.session else {}
    used = uses(house.pbx(), visit.language)
    # Our script sends the file by itself, and comes back with its name.
    fresh = visit.field("new") if house.menus.sounds.find(visit.field("new")) else ""
    return panel.page(
        visit, "sounds.html", sounds=house.menus.sounds.every(), used=used, bell=used.get(SAMPLE, ()),
        fault=fault, done=notes.pop(DONE, "") or fresh,
    )  # fmt: skip
