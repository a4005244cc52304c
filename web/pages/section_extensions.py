"""Acts on many extensions at once: giving them a class of service, and renumbering them wherever they are named."""

from __future__ import annotations

import re

from pbx.renumbering import renumbered, runs, with_rights
from pbx.spans import each
from web.layouts.extensions import LAYOUT
from web.pages import section_keeping as keeping
from web.pages import section_reading as reading
from web.panel import Answer, Panel
from web.plans import Put, Unfit, Written
from web.visit import Redirect, Refused, Visit

HERE = LAYOUT.where
SPAN = re.compile(r"([0-9]{2,6})(?:-([0-9]{2,6}))?")
BETWEEN = re.compile(r"[\s,;\u3001\uff0c\uff1b]+")


def add(panel: Panel) -> None:
    """Put these acts on the panel."""

    @panel.route(f"{HERE}/rights", "plan", method="POST")
    async def rights(visit: Visit) -> Answer:
        written = await reading.written_of(panel, visit)
        numbers, known = _numbers(visit.field("numbers")), set(written.pbx.numbers())
        for number in numbers:
            if number not in known:
                raise Refused(422, "There is no extension {number}.", number=number)
        groups = with_rights(written.tree["pbx"]["extensions"], numbers, visit.field("rights"))
        note = f"extensions {', '.join(runs(numbers))}: {visit.field('rights')}"
        return await _keep(panel, visit, written, Put(LAYOUT.path, groups), note)

    @panel.route(f"{HERE}/renumber", "plan", method="POST")
    async def renumber(visit: Visit) -> Answer:
        written = await reading.written_of(panel, visit)
        old, first = _numbers(visit.field("numbers")), visit.field("first")
        if not re.fullmatch(r"[0-9]{2,6}", first) or not old:
            raise Refused(422, "Say the first of the new numbers: two to six digits.")
        new = [str(int(first) + step).zfill(len(first)) for step in range(len(old))]
        if len(new[-1]) != len(first):
            raise Refused(422, "There are not so many numbers from {number} on.", number=first)
        for number in old:
            if number not in written.pbx.numbers():
                raise Refused(422, "There is no extension {number}.", number=number)
        plan = renumbered(written.tree, dict(zip(old, new, strict=True)))
        return await _keep(panel, visit, written, Put((), plan), f"extensions {', '.join(runs(old))} → {first}")


def _numbers(text: str) -> list[str]:
    """`8001-8005, 8010`, each once. Raises Refused."""
    found: dict[str, None] = {}
    for span in filter(None, BETWEEN.split(text)):
        ends = SPAN.fullmatch(span)
        if ends is None or (ends[2] and (len(ends[1]) != len(ends[2]) or ends[1] > ends[2])):
            raise Refused(422, "“{numbers}” is no extension and no run of them.", numbers=span)
        found |= dict.fromkeys(each(span))
    return list(found)


async def _keep(panel: Panel, visit: Visit, written: Written, edit: Put, note: str) -> Answer:
    base = visit.field("base")
    try:
        number = await keeping.kept(panel, visit, [edit], int(base) if base.isdecimal() else None, note)
    except Unfit as why:
        raise Refused(422, reading.told_at_once(why.faults, written, visit)) from why
    await keeping.settle(panel, visit, number, live=False)
    raise Redirect(HERE)
