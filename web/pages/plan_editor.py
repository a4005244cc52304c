"""The plan of the wards as drawings of their floors, and the revisions that editing makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import MEANINGS, AnyLine, ModbusLine, Worded
from nursecall.plan_wards import Ward
from nursecall.reading import Ended, Presence, Press, Terminal
from nursecall.reading_words import sentence
from web.pages.plan_notice import notice
from web.panel import Answer, Panel
from web.plans import SLOTS, Draft, Named, Overtaken, Revised, Unfit, WardEdit, Wired
from web.visit import Redirect, Refused, Visit

COLUMNS = 10
"""Of a floor that nobody has laid out yet."""

HEARD = (Press, Ended, Presence, Terminal)
LATEST = 5
DONE = "plan done"
"""The session's note of what was done, shown once."""

NO_REVISION = "There is no such revision of the plan."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/plan/wards", "plan")
    async def first(visit: Visit) -> Answer:
        draft = await _draft(panel, visit)
        if not draft.nursecall.wards:
            raise Redirect("/plan/revisions")
        raise Redirect(f"/plan/wards/{draft.nursecall.wards[0].id}")

    @panel.route("/plan/wards/<ward>", "plan")
    async def wards(visit: Visit, ward: str) -> Answer:
        draft = await _draft(panel, visit)
        plan, every = _ward(draft.nursecall, ward), await panel.house.plans.every()
        return panel.page(
            visit, "plan_ward.html", ward=plan, draft=draft, wards=draft.nursecall.wards,
            facts=_facts(draft, plan), means=_means(draft.nursecall, visit), others=_worded(draft.nursecall, ward),
            wired=_modbus(draft.nursecall, ward), kinds={kind.id: kind for kind in draft.nursecall.call_types},
            in_force=next((row for row in every if row.active), None),
            former=next((row for row in every if row.former), None),
            newest=every[0].number, done=_done(visit), notice=notice(panel.house, visit.language),
        )  # fmt: skip

    @panel.route("/plan/wards/<ward>", "plan", method="POST")
    async def save(visit: Visit, ward: str) -> Answer:
        edit, base = _edit(ward, visit.json())
        try:
            number = await panel.house.plans.save(edit, base, visit.user.name)
        except Overtaken as why:
            raise Refused(
                409, "Somebody has kept revision {number} meanwhile: open it and make your change there.",
                number=why.number,
            ) from why  # fmt: skip
        except Unfit as why:
            raise Refused(422, why.text(visit.language)) from why
        except LookupError as why:
            raise Refused(404, NO_REVISION) from why
        visit.request.setHeader("content-type", "application/json")
        return json.dumps({"number": number})

    @panel.route("/plan/wards/<ward>/heard", "plan")
    async def heard(visit: Visit, ward: str) -> Answer:
        plan = panel.house.nursecall()
        found = [row for line in plan.lines if _concerns(line, ward) for row in _heard(panel, plan, line, visit)]
        visit.request.setHeader("content-type", "application/json")
        return json.dumps({"heard": found}, ensure_ascii=False)

    _add_revisions(panel)


def _add_revisions(panel: Panel) -> None:
    @panel.route("/plan/revisions", "plan")
    async def revisions(visit: Visit) -> Answer:
        every = await panel.house.plans.every()
        shown, against = _number(visit.field("diff")), _number(visit.field("against"))
        diff = None
        if shown is not None:
            older = against if against is not None else _before(every, shown)
            diff = await _do(visit, panel.house.plans.diff, shown, older)
            against = older
        return panel.page(
            visit, "plan_revisions.html", rows=every, slots=SLOTS, diff=diff, shown=shown, against=against,
            in_force=next((row for row in every if row.active), None),
            former=next((row for row in every if row.former), None), done=_done(visit),
            notice=notice(panel.house, visit.language),
        )  # fmt: skip

    @panel.route("/plan/keep", "plan", method="POST")
    async def keep(visit: Visit) -> Answer:
        number = await panel.house.plan_watch.keep(visit.user.name)
        said = "Nothing is to be kept: the plan stays in force as it is."
        if number is not None:
            said = "Revision {number} stays in force, whatever becomes of it."
        _note(visit, visit.say(said, number=number))
        raise Redirect("/plan/revisions")

    @panel.route("/plan/revisions/<number>/activate", "plan", method="POST")
    async def activate(visit: Visit, number: str) -> Answer:
        wanted = _number(number)
        if wanted is None:
            raise Refused(404, NO_REVISION)
        await _do(visit, panel.house.plans.activate, wanted, visit.user.name)
        _note(visit, visit.say("Revision {number} is in force.", number=wanted))
        raise Redirect("/plan/revisions")

    @panel.route("/plan/revisions/<number>/slot", "plan", method="POST")
    async def slot(visit: Visit, number: str) -> Answer:
        wanted, letter = _number(number), visit.field("slot")
        if wanted is None or letter not in SLOTS:
            raise Refused(404, NO_REVISION)
        await _do(visit, panel.house.plans.name, letter, wanted, visit.user.name)
        _note(visit, visit.say("{slot} stands for revision {number}.", slot=letter, number=wanted))
        raise Redirect("/plan/revisions")


async def _do(visit: Visit, act: Callable[..., Coroutine[Any, Any, Any]], *arguments: object) -> Any:
    try:
        return await act(*arguments)
    except Unfit as why:
        raise Refused(422, why.text(visit.language)) from why
    except LookupError as why:
        raise Refused(404, NO_REVISION) from why


async def _draft(panel: Panel, visit: Visit) -> Draft:
    found: Draft = await _do(visit, panel.house.plans.draft, _number(visit.field("revision")))
    return found


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else None


def _before(every: Sequence[Revised], number: int) -> int:
    """The revision before `number`; itself where it is the first."""
    return max((row.number for row in every if row.number < number), default=number)


def _done(visit: Visit) -> str:
    return str(visit.session.notes.pop(DONE, "")) if visit.session else ""


def _note(visit: Visit, sentence: str) -> None:
    if visit.session is not None:
        visit.session.notes[DONE] = sentence


def _ward(plan: NurseCallPlan, ward: str) -> Ward:
    found = plan.ward(ward)
    if found is None:
        raise Refused(404, "There is no such ward.")
    return found


def _concerns(line: AnyLine, ward: str) -> bool:
    return ward == line.ward or any(named == ward for _, named in line.wards_named())


def _modbus(plan: NurseCallPlan, ward: str) -> list[ModbusLine]:
    return [line for line in plan.lines if isinstance(line, ModbusLine) and _concerns(line, ward)]


def _worded(plan: NurseCallPlan, ward: str) -> list[Worded]:
    return [line for line in plan.lines if isinstance(line, Worded) and _concerns(line, ward)]


def _means(plan: NurseCallPlan, visit: Visit) -> list[tuple[str, str]]:
    """What a contact can mean, with its name."""
    signs = zip(MEANINGS, ("A nurse is there", "Reset at the bed", "Terminal unplugged"), strict=True)
    return [
        *((kind.id, kind.name[visit.language]) for kind in plan.call_types),
        *((sign, visit.say(name)) for sign, name in signs),
    ]


def _facts(draft: Draft, ward: Ward) -> dict[str, object]:
    """What the drawing begins with, for its script."""
    return {
        "base": draft.number,
        "columns": max([COLUMNS, *(column for column, _ in ward.layout.values())]),
        "beds": ward.beds,
        "layout": ward.layout,
        "wired": [
            {"line": line.id, "unit": unit.address, "input": one.input, "bed": one.bed, "means": one.means}
            for line in _modbus(draft.nursecall, ward.id)
            for unit in line.units
            for one in unit.contacts
            if (one.ward or line.ward) == ward.id
        ],
        "named": [
            {"line": line.id, "says": one.says, "bed": one.bed}
            for line in _worded(draft.nursecall, ward.id)
            for one in line.points
            if (one.ward or line.ward) == ward.id
        ],
    }


def _edit(ward: str, given: dict[str, Any]) -> tuple[WardEdit, int]:
    """What a browser sent. Raises Refused where that is nothing the drawing could send."""
    try:
        return WardEdit(
            ward=ward,
            beds=[str(bed).strip() for bed in given["beds"]],
            layout={str(bed).strip(): (int(column), int(row)) for bed, (column, row) in given["layout"].items()},
            renamed={str(old): str(new).strip() for old, new in given["renamed"].items()},
            wired=[
                Wired(str(one["line"]), int(one["unit"]), int(one["input"]), str(one["bed"]), str(one["means"]))
                for one in given["wired"]
            ],
            named=[Named(str(one["line"]), str(one["says"]).strip(), str(one["bed"])) for one in given["named"]],
        ), int(given["base"])
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise Refused(400, "That request cannot be understood.") from why


def _heard(panel: Panel, plan: NurseCallPlan, line: AnyLine, visit: Visit) -> list[dict[str, object]]:
    """The latest readings of `line`: what a call point that is pressed makes arrive. Never what could not be read."""
    every = panel.house.traces.of(line.id).pieces()
    pieces = [piece for piece in every if any(isinstance(told, HEARD) for told in piece.told)]
    return [
        {"line": line.id, "number": piece.number, "bed": told.bed, "means": _meaning(told),
         "said": sentence(told, plan, visit.language)}
        for piece in pieces[-LATEST:]
        for told in piece.told
        if isinstance(told, HEARD)
    ]  # fmt: skip


def _meaning(told: Press | Ended | Presence | Terminal) -> str:
    """What a contact must mean to have told this."""
    match told:
        case Press():
            return told.call_type
        case Presence():
            return "present"
        case Terminal():
            return "fault"
        case Ended():
            return "reset"
