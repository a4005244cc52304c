"""Sections of the plan as forms: each layout of `web.layouts` has its list, its form and its checks here.

How a layout is written is in `web.forms`. What is kept is a new revision of the plan, as every edit is
(`web.pages.section_keeping`); whoever may edit the plan may put it in force, and put the one before back.
"""

from __future__ import annotations

from typing import Any

from appliance.foundation.toml_lines import Path
from web.forms import drawing
from web.forms.layout import Doc, Layout, shape_of
from web.forms.names import Names, names
from web.layouts import EVERY
from web.pages import section_extensions, section_keeping, section_replay, section_trial
from web.pages import section_reading as reading
from web.pages.section_reading import HERE, NEW, PLACEHOLDER
from web.panel import Answer, Panel
from web.plans import Unfit, Written
from web.render import fragment
from web.visit import Visit


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route(f"{HERE}/<name>", "plan")
    async def section(visit: Visit, name: str) -> Answer:
        layout = reading.layout_of(name)
        written = await reading.written_of(panel, visit)
        if not layout.is_list:
            path, doc = reading.element(layout, written, "")
            return await _form(panel, visit, layout, written, path, doc)
        shown = _names(panel, written, visit)
        rows = [layout.cells(one, shown, visit.language) for one in reading.rows_of(layout, written)]
        return panel.page(visit, "section_list.html", rows=rows, **await _around(panel, visit, layout, written))

    @panel.route(f"{HERE}/<name>/<index>", "plan")
    async def element(visit: Visit, name: str, index: str) -> Answer:
        layout = reading.layout_of(name, many=True)
        written = await reading.written_of(panel, visit)
        path, doc = reading.element(layout, written, index)
        if index == NEW:
            doc = {**_fresh(layout, written, visit.field("copy")), **_brought(layout, visit)}
        return await _form(panel, visit, layout, written, path, doc, fresh=index == NEW)

    _add_checks(panel)
    section_keeping.add(panel)
    section_extensions.add(panel)
    section_trial.add(panel)
    section_replay.add(panel)


def _add_checks(panel: Panel) -> None:
    @panel.route(f"{HERE}/<name>/<index>/draw", "plan", method="POST")
    async def draw(visit: Visit, name: str, index: str) -> Answer:
        """The form of what is typed so far, as another kind of it has other fields."""
        layout, written, given = reading.layout_of(name), await reading.written_of(panel, visit), visit.json()
        _, old = reading.element(layout, written, index)
        doc = reading.typed(layout, given, old, reading.no_secret)
        form = drawing.drawn(layout.item, doc, _names(panel, written, visit))
        return fragment("section_fields.html", visit.language, form=form, fresh=index == NEW)

    @panel.route(f"{HERE}/<name>/<index>/check", "plan", method="POST")
    async def check(visit: Visit, name: str, index: str) -> Answer:
        layout, written, given = reading.layout_of(name), await reading.written_of(panel, visit), visit.json()
        path, old = reading.element(layout, written, index)
        doc = reading.typed(layout, given, old, reading.no_secret)
        try:
            tried = await panel.house.plans.tried([reading.edit(path, doc, written)], written.number)
        except Unfit as why:
            return reading.json_of(visit, faults=reading.told(why.faults, layout, path, doc, written, visit), diff=[])
        diff = [line for line in tried.diff[2:] if PLACEHOLDER not in line]
        said = {"said": layout.said(doc, _names(panel, written, visit), visit.language)} if layout.said else {}
        return reading.json_of(visit, faults=[], diff=diff, **said)


def _names(panel: Panel, written: Written, visit: Visit) -> Names:
    sounds = [one.file for one in panel.house.menus.sounds.every()]
    ports = [(port.path, port.device) for port in panel.house.setup.serial_ports() if port.there]
    return names(written, visit.language, sounds, ports)


async def _around(panel: Panel, visit: Visit, layout: Layout, written: Written) -> dict[str, Any]:
    every = await panel.house.plans.every()
    former = next((row for row in every if row.former), None)
    return {
        "layout": layout, "written": written, "home": layout.home, "runs": written.pbx.extensions,
        "classes": written.pbx.outgoing.classes, "done": section_keeping.done(visit),
        "siblings": [one for one in EVERY if one.home == layout.home], "former": former if written.active else None,
    }  # fmt: skip


async def _form(
    panel: Panel, visit: Visit, layout: Layout, written: Written, path: Path, doc: Doc, *, fresh: bool = False
) -> Answer:
    form = drawing.drawn(layout.item, doc, _names(panel, written, visit))
    step = NEW if fresh else path[-1] if layout.is_list else "only"
    facts = {"base": written.number, "post": f"{layout.where}/{step}", "fresh": fresh}
    around = await _around(panel, visit, layout, written)
    return panel.page(visit, "section_form.html", form=form, doc=doc, facts=facts, fresh=fresh, **around)


def _brought(layout: Layout, visit: Visit) -> dict[str, Any]:
    """What the link to a new element says of it, as the assistant does of a line that it heard."""
    return {key: said for key in layout.begun if (said := visit.field(key))}


def _fresh(layout: Layout, written: Written, copied: str) -> Doc:
    """A new element: as the layout begins it, or a copy of another without its secrets, by a name that nobody has."""
    rows, at = reading.rows_of(layout, written), reading.place(copied)
    doc = dict(rows[at] if at is not None and at < len(rows) else layout.blank)
    for field in shape_of(layout.item, doc).fields():
        if field.secret:
            # A part that has one is nothing without it.
            doc.pop(field.key.partition(".")[0], None)
    if layout.identity:
        taken = {str(one.get(layout.identity)) for one in rows}
        doc[layout.identity] = next(one for one in (f"{layout.one}-{n}" for n in range(1, 10_000)) if one not in taken)
    return doc
