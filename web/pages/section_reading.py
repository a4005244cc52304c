"""What the pages of sections share: finding a section in the newest revision, and reading what a form sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from appliance.foundation.config import Fault
from appliance.foundation.toml_lines import Path
from web.forms.complaints import complaints, elsewhere
from web.forms.layout import Doc, Layout
from web.forms.places import in_words
from web.forms.reading import KeepSecret, read
from web.layouts import EVERY, LAYOUTS
from web.panel import SENTENCES, Panel
from web.plans import Put, Unfit, Written
from web.visit import Refused, Visit

HERE = "/exchange/edit"
NEW = "new"
NOT_UNDERSTOOD = "That request cannot be understood."
NO_REVISION = "There is no such revision of the plan."
UNFIT = "Put right first what is complained of."
PLACEHOLDER = "file:/kept-when-it-is-kept"
"""Where a password would be, while a form is only being checked."""


def layout_of(name: str, *, many: bool = False) -> Layout:
    """The layout of that name. many: it must be a list. Raises Refused."""
    if name not in LAYOUTS or (many and not LAYOUTS[name].is_list):
        raise Refused(404, SENTENCES[404])
    return LAYOUTS[name]


async def written_of(panel: Panel, visit: Visit) -> Written:
    """The newest revision. Raises Refused."""
    try:
        return await panel.house.plans.written()
    except Unfit as why:
        raise Refused(422, why.text(visit.language)) from why
    except LookupError as why:
        raise Refused(404, NO_REVISION) from why


def stands_at(written: Written, path: Path) -> Any:
    """What stands there; None for nothing."""
    found: Any = written.tree
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError):
            return None
    return found


def rows_of(layout: Layout, written: Written) -> Sequence[Doc]:
    """Every element of a list."""
    return stands_at(written, layout.path) or []


def element(layout: Layout, written: Written, index: str) -> tuple[Path, Doc]:
    """The path of an element, and it; of the section itself where it is no list. Raises Refused."""
    if not layout.is_list:
        return layout.path, stands_at(written, layout.path) or {}
    rows = rows_of(layout, written)
    if index == NEW:
        return (*layout.path, len(rows)), {}
    if place(index) is None or int(index) >= len(rows):
        raise Refused(404, "That is not in the plan any more.")
    return (*layout.path, int(index)), rows[int(index)]


def place(text: str) -> int | None:
    """An index as an address has it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def typed(layout: Layout, given: Doc, old: Doc, keep: KeepSecret) -> dict[str, Any]:
    """The table that a form's script has sent. Raises Refused for what no script of ours would send."""
    doc = given.get("doc")
    if not isinstance(doc, dict):
        raise Refused(400, NOT_UNDERSTOOD)
    try:
        return read(layout.item, doc, old, keep)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise Refused(400, NOT_UNDERSTOOD) from why


def edit(path: Path, doc: dict[str, Any], written: Written) -> Put:
    """What a form says, as an edit; a section that is not there does not come to be by saying nothing. An element of
    a list does: the checker then says what it lacks.
    """
    is_there = isinstance(path[-1], int) or stands_at(written, path) is not None
    return Put(path, doc if doc or is_there else None)


async def drafted(panel: Panel, visit: Visit, layout: Layout, index: str, given: Doc) -> str:
    """The plan's text with what the form's script has sent, not kept. Raises Refused for one that would not fit."""
    written = await written_of(panel, visit)
    path, old = element(layout, written, index)
    doc = typed(layout, given, old, no_secret)
    try:
        tried = await panel.house.plans.tried([edit(path, doc, written)], written.number)
    except Unfit as why:
        raise Refused(422, UNFIT) from why
    return tried.text


def no_secret(_: str) -> str:
    """Keeps none: the place of one that is to come."""
    return PLACEHOLDER


def told(
    faults: Sequence[Fault], layout: Layout, path: Path, doc: Doc, written: Written, visit: Visit
) -> list[dict[str, str]]:
    """Complaints as the form's script takes them."""
    found = complaints(faults, path, layout.item, doc, visit.language, _where(written, visit))
    return [asdict(one) for one in found]


def told_at_once(faults: Sequence[Fault], written: Written, visit: Visit) -> str:
    """Complaints about an act that has no form, a line each."""
    return "\n".join(elsewhere(fault, visit.language, _where(written, visit)) for fault in faults)


def _where(written: Written, visit: Visit) -> Callable[[str], str]:
    return lambda path: in_words(path, EVERY, written.tree, visit.language)


def json_of(visit: Visit, **facts: object) -> str:
    """An answer to a script."""
    visit.request.setHeader("content-type", "application/json")
    return json.dumps(facts, ensure_ascii=False)
