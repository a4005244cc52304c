"""The training page: a simulated ward to press, break and mend, beside the live station that shows what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_wards import Ward
from pbx.plan_inbound import InboundPlan
from web.course import STEPS, URGENT, Seen, happened
from web.live import Regions, differ
from web.pages.faces import colour, face
from web.panel import Answer, Panel
from web.ports import House
from web.render import fragment
from web.visit import Redirect, Refused, Visit

SHOWN = 8
"""Short messages on the page, the newest first."""

VERBS: Mapping[str, tuple[str, ...]] = {
    "press": ("line", "bed", "type"),
    "reset": ("line", "bed"),
    "presence": ("line", "bed", "here"),
    "terminal": ("line", "bed", "well"),
    "line": ("line", "action", "seconds", "count"),
    "scenario": ("name", "speed", "seed", "minutes"),
    "scenario-stop": (),
    "incoming": ("id", "from", "text"),
    "phone": ("number", "answer", "keys"),
    "call-in": ("called", "caller", "withheld", "until"),
}
"""What the page may ask of the simulator, and with what."""

SIGNS: Mapping[str, tuple[str, str, dict[str, object]]] = {
    "present": ("nurse", "A nurse comes", {"verb": "presence", "here": True}),
    "absent": ("leave", "The nurse leaves", {"verb": "presence", "here": False}),
    "fault": ("unplug", "Unplug the terminal", {"verb": "terminal", "well": False}),
    "mended": ("plug", "Plug the terminal in", {"verb": "terminal", "well": True}),
}
RESET: tuple[str, str, dict[str, object]] = ("ok", "Reset at the bed", {"verb": "reset"})

FAULTS = (
    ("drop", "Unplug"),
    ("silent", "Silence"),
    ("garble", "Noise"),
    ("flood", "Flood"),
    ("cut", "Cut 3 messages"),
    ("wrong-bcc", "Spoil 3 checks"),
    ("ok", "Mend"),
)
SCENARIOS = (
    ("quiet-hour", "A quiet hour"),
    ("heavy-night", "A heavy night"),
    ("power-back", "Power returns"),
)
PHONES = (
    ("yes", "WWWW1", "Answers, presses 1"),
    ("yes", "WWWW2", "Answers, presses 2"),
    ("no", "", "Does not answer"),
    ("busy", "", "Is busy"),
    ("voicemail", "", "Its voicemail answers"),
)
"""How somebody who is called behaves; keys wait until the sentence has been heard."""

SOMEBODY = "13700000000"
"""Who calls from outside."""

STATES = {
    "ok": "well",
    "unplugged": "unplugged",
    "silent": "silent",
    "noise": "noise",
    "wrong-bcc": "wrong checks",
    "cut": "cut messages",
}
NO_SIMULATOR = "This box runs without its simulated hospital: there is nothing to train with."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/training", "training")
    async def choose(visit: Visit) -> Answer:
        first = next((ward for ward in panel.house.nursecall().wards if visit.user.sees(ward.id)), None)
        if panel.house.training is None or first is None:
            return panel.page(visit, "training.html", ward=None, sentence=visit.say(NO_SIMULATOR))
        raise Redirect(f"/training/{first.id}")

    @panel.route("/training/<ward>", "training")
    async def training(visit: Visit, ward: str) -> Answer:
        plan, beds = await _ground(panel, visit, ward)
        if not beds:
            return panel.page(visit, "training.html", ward=None, sentence=visit.say(await _why(panel, visit, ward)))
        return panel.page(
            visit, "training.html", ward=plan, tools=_tools(panel.house, beds, visit.language),
            steps=_course(panel.house, plan, beds, visit.language), faults=FAULTS, scenarios=SCENARIOS, phones=PHONES,
            lines=sorted({str(row["line"]) for row in beds}),
            outside=_outside(panel.house.pbx().inbound, visit.language),
            mobiles=list({duty.mobile: duty.nurse for duty in plan.roster}.items()),
            regions=await _regions(panel.house, plan, beds, visit.language),
            others=[other for other in panel.house.nursecall().wards if visit.user.sees(other.id)],
        )  # fmt: skip

    @panel.route("/training/<ward>/state", "training")
    async def state(visit: Visit, ward: str) -> Answer:
        plan, beds = await _ground(panel, visit, ward)
        drawn = await _regions(panel.house, plan, beds, visit.language)
        step = int(given) if (given := visit.field("step")).isdecimal() else -1
        wires = await _ask(panel.house, "lines")
        seen = Seen(
            bed=_bed(beds), calls=panel.house.wards.open(ward),
            lines_well=[row["state"] == "ok" for row in wires.get("lines", ()) if row["ward"] == ward],
        )  # fmt: skip
        visit.request.setHeader("content-type", "application/json")
        return json.dumps({"regions": differ({}, drawn), "happened": happened(step, seen)}, ensure_ascii=False)

    @panel.route("/training/<ward>/do", "training", method="POST")
    async def do(visit: Visit, ward: str) -> Answer:
        plan, _ = await _ground(panel, visit, ward)
        asked = visit.json()
        verb = str(asked.get("verb", ""))
        if verb not in VERBS:
            raise Refused(400, "That request cannot be understood.")
        wanted = {key: asked[key] for key in VERBS[verb] if key in asked}
        if "line" in VERBS[verb]:
            wanted["wait"] = False
        answer = await _ask(panel.house, verb, **wanted, **({"ward": plan.id} if verb == "scenario" else {}))
        if not answer["ok"]:
            raise Refused(409, str(answer.get("message", answer["error"])), **answer.get("facts", {}))
        visit.request.setResponseCode(204)
        return b""


async def _ground(panel: Panel, visit: Visit, ward: str) -> tuple[Ward, Sequence[dict[str, Any]]]:
    """The ward, and the beds that can be pressed in it. Raises Refused, Redirect."""
    plan = panel.house.nursecall().ward(ward)
    if plan is None:
        raise Refused(404, "There is no such ward.")
    if not visit.user.sees(ward):
        raise Refused(403, "This ward is not one of yours.")
    if panel.house.training is None:
        raise Redirect("/training")
    return plan, (await _ask(panel.house, "beds", ward=ward)).get("beds", ())


async def _ask(house: House, verb: str, **request: Any) -> dict[str, Any]:
    if house.training is None:
        raise Redirect("/training")
    return await house.training.ask(verb, **request)


async def _why(panel: Panel, visit: Visit, ward: str) -> str:
    answer = await _ask(panel.house, "beds", ward=ward)
    return visit.say(str(answer.get("message", "")), **answer.get("facts", {}))


def _bed(beds: Sequence[dict[str, Any]]) -> str:
    """The bed the course is about: the twelfth, or the last of a small ward."""
    return str(beds[min(11, len(beds) - 1)]["bed"]) if beds else ""


def _course(house: House, ward: Ward, beds: Sequence[dict[str, Any]], language: Language) -> list[tuple[str, str]]:
    kinds = beds[min(11, len(beds) - 1)]["kinds"]
    named = (house.nursecall().call_type(kind) for kind in kinds)
    urgent = next((kind.name[language] for kind in named if kind and kind.priority <= URGENT), "–")
    facts: dict[str, object] = {"bed": _bed(beds), "other": beds[min(2, len(beds) - 1)]["bed"], "urgent": urgent}
    facts["patience"] = f"{ward.patience:g}"
    return [(translate(step.todo, language, **facts), translate(step.why, language)) for step in STEPS]


def _tools(house: House, beds: Sequence[dict[str, Any]], language: Language) -> list[dict[str, object]]:
    """What tapping a bed can do. fits: the sign or kind a bed must have; empty for any."""
    plan = house.nursecall()
    tools: list[dict[str, object]] = []
    for kind in dict.fromkeys(kind for bed in beds for kind in bed["kinds"]):
        known = plan.call_type(kind)
        tools.append({
            "icon": known.icon if known else "bell", "name": known.name[language] if known else kind,
            "colour": colour(known, known.priority) if known else "blue", "fits": kind,
            "ask": {"verb": "press", "type": kind},
        })  # fmt: skip
    icon, name, ask = RESET
    tools.append({"icon": icon, "name": translate(name, language), "colour": "", "fits": "", "ask": ask})
    for sign, (icon, name, ask) in SIGNS.items():
        if any(sign in bed["signs"] for bed in beds):
            tools.append({"icon": icon, "name": translate(name, language), "colour": "", "fits": sign, "ask": ask})
    return tools


def _outside(plan: InboundPlan, language: Language) -> list[tuple[str, dict[str, object]]]:
    """Calls that somebody outside can make: one for each rule that names a number, and what to ask for."""
    vip = next((contact.number for contact in plan.contacts if contact.vip), SOMEBODY)
    any_number = next((pattern.partition("-")[0] for rule in plan.rules for pattern in rule.called), "")
    calls: list[tuple[str, dict[str, object]]] = []
    for rule in plan.rules:
        called = (rule.called[0] if rule.called else any_number).partition("-")[0].rstrip("*")
        if called:
            caller = vip if "vip" in rule.caller else SOMEBODY
            ask = {"verb": "call-in", "called": called, "caller": caller, "until": "dialled"}
            calls.append((rule.name[language], {**ask, "withheld": "withheld" in rule.caller}))
    return calls


async def _regions(house: House, ward: Ward, beds: Sequence[dict[str, Any]], language: Language) -> Regions:
    """Everything on the page that can change."""
    wires, texts, story = await _ask(house, "lines"), await _ask(house, "messages"), await _ask(house, "scenario")
    ringing = await _ask(house, "calls") if ward.roster else {}
    shown = list(reversed(texts.get("messages", ())))[:SHOWN]
    nurses = {duty.mobile: duty.nurse for duty in ward.roster}
    first = len(texts.get("messages", ()))
    return {
        "training-beds": _beds(house, ward, beds, language),
        "training-lines": {
            f"line-{row['line']}": fragment(
                "training_line.html", language, row=row, faults=FAULTS,
                words=[STATES.get(word, word) for word in str(row["state"]).split(", ")],
            )
            for row in wires.get("lines", ()) if row["ward"] == ward.id
        },
        "training-texts": {
            f"text-{first - index}": fragment("training_text.html", language, row=row, number=first - index,
                                            nurse=nurses.get(row["to"], ""))
            for index, row in enumerate(shown)
        } or {"none": fragment("training_text.html", language, row=None, number=0, nurse="")},
        "training-story": {"story": fragment("training_story.html", language, story=story, names=dict(SCENARIOS))},
        "training-rings": {
            f"ring-{mobile}": fragment("training_ring.html", language, mobile=mobile, nurse=nurse,
                                            state=_ring(ringing, mobile))
            for mobile, nurse in nurses.items()
        },
    }  # fmt: skip


def _beds(house: House, ward: Ward, beds: Sequence[dict[str, Any]], language: Language) -> dict[str, str]:
    faces = {call.bed: face(house, call, language) for call in reversed(house.wards.open(ward.id))}
    return {
        f"bed-{row['bed']}": fragment("training_bed.html", language, row=row, one=faces.get(str(row["bed"])))
        for row in beds
    }


def _ring(ringing: dict[str, Any], mobile: str) -> str:
    """What the carrier says of a mobile: its number stands there in whatever form the trunk likes."""
    for leg in ringing.get("calls", ()):
        if str(leg.get("number", "")).endswith(mobile.lstrip("+")[-8:]):
            return "talking" if leg["state"] == "Up" else "ringing"
    return "idle"
