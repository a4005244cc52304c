"""“Try it”: a menu is gone through in the browser, at any day and time, before anybody can dial it."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appliance.foundation.config import Faulty
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, new_id
from pbx.ivr.desks import Numbers
from pbx.ivr.draft import drafted
from pbx.ivr.plan import Circular, whole
from pbx.ivr.trial import Line, Trial, Waiting
from web.pages.menus import NONSENSE, NOT_UNDERSTOOD, draft_of
from web.panel import Answer, Panel
from web.visit import Refused, Visit

MOST = 40
"""Trials that are remembered; the oldest is forgotten for a new one."""

STEPS: Mapping[str, str] = {
    "key": "key {detail}", "timeout": "no key", "wrong": "wrong key {detail}", "keyed": "keyed {detail}",
    "work": "open now", "off": "closed now", "holiday": "a holiday", "found": "found", "none": "nothing found",
    "failed": "failed", "answered": "they talk", "busy": "busy", "no-such-number": "no such number",
    "no-answer": "nobody answers",
    "unreachable": "nobody answers", "caller-left": "the caller left", "kept": "message kept", "keep": "message kept",
    "drop": "message dropped", "done": "done", "faxed": "document {detail} is faxed", "branch": "goes by {detail}",
}  # fmt: skip
CHOICES: Mapping[str, str] = {
    "answered": "Somebody answers", "busy": "Busy", "no-answer": "Nobody answers", "found": "Found",
    "none": "Nothing found", "failed": "Fails", "done": "Done", "speaks": "Speaks for ten seconds",
    "silent": "Says nothing",
}  # fmt: skip
ASKED: Mapping[str, str] = {
    "record": "The caller hears the tone and", "http": "The web service answers:", "database": "The database answers:",
    "fax": "The fax to be called back:",
}  # fmt: skip
LEFT: Mapping[str, str] = {
    "end": "The call is over.", "hung-up": "The caller hung up.", "failed": "The menu failed here.",
    "too-long": "Nobody pressed a key for a long time: the call is over.",
}  # fmt: skip


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    trials: OrderedDict[str, Trial] = OrderedDict()

    @panel.route("/exchange/menus/try", "plan", method="POST")
    async def begin(visit: Visit) -> Answer:
        trial, identity = await _trial(panel, visit), new_id()
        trials[identity] = trial
        while len(trials) > MOST:
            trials.popitem(last=False)
        trial.begin()
        return _answer(visit, identity, trial)

    @panel.route("/exchange/menus/try/<identity>", "plan", method="POST")
    async def reply(visit: Visit, identity: str) -> Answer:
        trial, given = trials.get(identity), visit.json()
        if trial is None:
            raise Refused(404, "That trial is over: call again.")
        values = given.get("values")
        said = {str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {}
        what = str(given.get("what", ""))
        if trial.waiting is not None and not _makes_sense(what, trial.waiting):
            raise Refused(400, NOT_UNDERSTOOD)
        trial.reply(what, said)
        if trial.waiting is None:
            trials.pop(identity, None)
        return _answer(visit, identity, trial)


def _makes_sense(what: str, waiting: Waiting) -> bool:
    if what == "hang-up":
        return True
    return what in waiting.options if waiting.what == "choice" else len(what) <= 1 and what in "0123456789*#"


async def _trial(panel: Panel, visit: Visit) -> Trial:
    given, draft, house = visit.json(), await draft_of(panel, visit), panel.house
    try:
        doc, was = dict(given["doc"]), str(given.get("was") or "")
        at = datetime.fromisoformat(str(given["at"])).replace(tzinfo=house.site().zone)
        flows = whole(drafted(doc, was, draft.pbx))
    except (Faulty, Circular) as why:
        raise Refused(422, "Put right what is wrong first.") from why
    except NONSENSE as why:
        raise Refused(400, NOT_UNDERSTOOD) from why
    schedules = {row.id: row for row in draft.pbx.schedules}
    return Trial(
        flows, schedules, str(doc["id"]), at=at, zone=house.site().zone, kind=house.menus.kind(),
        desks=Numbers(draft.pbx.numbers()), extension=str(given.get("caller") or "8001")[:20],
    )  # fmt: skip


def _answer(visit: Visit, identity: str, trial: Trial) -> str:
    language, waiting = visit.language, trial.waiting
    place = next((line.node for line in reversed(trial.lines) if line.node), "")
    lines = [shown for line in trial.lines if (shown := _line(line, language)) is not None]
    facts: dict[str, Any] = {"id": identity, "node": place, "lines": lines, "waiting": None}
    if waiting is not None:
        facts["waiting"] = {
            "what": waiting.what, "fields": waiting.fields,
            "options": [(name, translate(CHOICES[name], language)) for name in waiting.options],
            "words": translate(ASKED.get(waiting.about, "{who} is rung:"), language, who=waiting.about),
        }  # fmt: skip
    visit.request.setHeader("content-type", "application/json")
    return json.dumps(facts, ensure_ascii=False)


def _line(line: Line, language: Language) -> dict[str, str] | None:
    if line.what == "step" and line.text not in STEPS:
        return None
    words = LEFT if line.what == "left" else STEPS
    said = translate(words[line.text], language, detail=line.detail) if line.what != "said" else ""
    return {"what": line.what, "node": line.node, "text": line.text, "words": said.strip(), "sound": line.sound,
            "language": line.language}  # fmt: skip
