"""What the forms of the plan keep: a new revision each time, put in force where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from web.forms.layout import Doc, Layout
from web.pages import section_reading as reading
from web.pages.section_reading import HERE, NO_REVISION, NOT_UNDERSTOOD
from web.panel import Answer, Panel
from web.plans import Edit, Order, Overtaken, Put, Unfit
from web.visit import Redirect, Refused, Visit

DONE = "section done"
"""The session's note of what was done, shown once."""


def add(panel: Panel) -> None:
    """Put these acts on the panel."""

    @panel.route(f"{HERE}/<name>/<index>/save", "plan", method="POST")
    async def save(visit: Visit, name: str, index: str) -> Answer:
        layout, written, given = reading.layout_of(name), await reading.written_of(panel, visit), visit.json()
        path, old = reading.element(layout, written, index)
        # Checked first: what is refused leaves no password behind.
        doc = reading.typed(layout, given, old, reading.no_secret)
        identity = _identity(layout, doc, old)
        try:
            await panel.house.plans.tried([reading.edit(path, doc, written)], written.number)
            doc = reading.typed(layout, given, old, lambda text: panel.house.secrets.keep(f"{name}-{identity}", text))
            number = await kept(
                panel, visit, [reading.edit(path, doc, written)], given.get("base"), f"{name} {identity}"
            )
        except Unfit as why:
            return reading.json_of(visit, faults=reading.told(why.faults, layout, path, doc, written, visit))
        await settle(panel, visit, number, live=bool(given.get("live")))
        return reading.json_of(visit, number=number, to=layout.where)

    @panel.route(f"{HERE}/<name>/order", "plan", method="POST")
    async def order(visit: Visit, name: str) -> Answer:
        layout, written = reading.layout_of(name, many=True), await reading.written_of(panel, visit)
        given = visit.json()
        wanted = given.get("order")
        if not isinstance(wanted, list) or not all(isinstance(one, int) for one in wanted):
            raise Refused(400, NOT_UNDERSTOOD)
        try:
            number = await kept(panel, visit, [Order(layout.path, wanted)], given.get("base"), f"{name}: order")
        except Unfit as why:
            raise Refused(422, reading.told_at_once(why.faults, written, visit)) from why
        except ValueError as why:
            raise Refused(400, NOT_UNDERSTOOD) from why
        await settle(panel, visit, number, live=False)
        return reading.json_of(visit, number=number, to=layout.where)

    _add_acts(panel)


def _add_acts(panel: Panel) -> None:
    @panel.route(f"{HERE}/<name>/<index>/remove", "plan", method="POST")
    async def remove(visit: Visit, name: str, index: str) -> Answer:
        layout, written = reading.layout_of(name, many=True), await reading.written_of(panel, visit)
        path, old = reading.element(layout, written, index)
        note, base = f"{name} {_identity(layout, old, old)}: removed", visit.field("base")
        try:
            number = await kept(panel, visit, [Put(path, None)], int(base) if base.isdecimal() else None, note)
        except Unfit as why:
            raise Refused(422, reading.told_at_once(why.faults, written, visit)) from why
        await settle(panel, visit, number, live=False)
        raise Redirect(layout.where)

    @panel.route(f"{HERE}/<name>/activate/<number>", "plan", method="POST")
    async def activate(visit: Visit, name: str, number: str) -> Answer:
        layout = reading.layout_of(name)
        await settle(panel, visit, int(number) if number.isdecimal() and len(number) < 9 else -1, live=True)
        raise Redirect(layout.where)


def done(visit: Visit) -> str:
    """What was done last, told once."""
    return str(visit.session.notes.pop(DONE, "")) if visit.session else ""


def _identity(layout: Layout, doc: Doc, old: Doc) -> str:
    """By what records name it."""
    found = str(doc.get(layout.identity) or old.get(layout.identity) or "") if layout.identity else ""
    return "".join(sign for sign in found if sign.isascii() and (sign.isalnum() or sign == "-"))[:32]


async def kept(panel: Panel, visit: Visit, edits: Sequence[Edit], base: object, note: str) -> int:
    """Keep `base` with those edits: the new revision's number. Raises Refused, Unfit."""
    if not isinstance(base, int):
        raise Refused(400, NOT_UNDERSTOOD)
    try:
        return await panel.house.plans.write(edits, base, visit.user.name, note.strip())
    except Overtaken as why:
        raise Refused(
            409, "Somebody has kept revision {number} meanwhile: open it and make your change there.", number=why.number
        ) from why
    except LookupError as why:
        raise Refused(404, NO_REVISION) from why


async def settle(panel: Panel, visit: Visit, number: int, *, live: bool) -> None:
    """Say what is done, after putting it in force where that is asked for."""
    said = visit.say("Kept as revision {number}. It is not in force yet.", number=number)
    if live:
        try:
            await panel.house.plans.activate(number, visit.user.name)
        except Unfit as why:
            raise Refused(422, why.text(visit.language)) from why
        except LookupError as why:
            raise Refused(404, NO_REVISION) from why
        said = visit.say("Revision {number} is in force.", number=number)
    if visit.session is not None:
        visit.session.notes[DONE] = said
