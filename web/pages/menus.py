"""Voice menus: the list of them, and the editor that draws one as a tree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError

from appliance.foundation import json_text
from appliance.foundation.config import Faulty
from pbx.ivr.draft import faults
from pbx.ivr.edit import Doc, Impossible
from pbx.ivr.written import NoFlow, read, tidy, toml
from web.pages import menu_drawing as drawing
from web.panel import Answer, Panel
from web.plans import MenuDraft, Overtaken, Unfit
from web.visit import Redirect, Refused, Visit

NO_MENU = "There is no such menu."
NOT_UNDERSTOOD = "That request cannot be understood."
NONSENSE = (KeyError, TypeError, ValueError, AttributeError, TemplateError)
"""What comes of a document that no script of ours would send."""
DONE = "menu done"
BLANK: Mapping[str, Any] = {
    "name": {"zh": "", "en": ""}, "number": "", "on_timeout": "@end",
    "nodes": [{"id": "welcome", "kind": "menu", "prompt": {"zh": "", "en": ""}, "keys": {}}],
}  # fmt: skip


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/menus", "plan")
    async def menus(visit: Visit) -> Answer:
        draft = await draft_of(panel, visit)
        rows = [
            (doc, len(drawing.nodes(doc, draft.docs)), faults(doc, identity, draft.pbx, visit.language))
            for identity, doc in draft.docs.items()
        ]
        return panel.page(visit, "menus.html", rows=rows, draft=draft, done=_done(visit))

    @panel.route("/exchange/menus/new", "plan")
    async def fresh(visit: Visit) -> Answer:
        draft = await draft_of(panel, visit)
        identity = next(name for name in (f"menu-{number}" for number in range(1, 1000)) if name not in draft.docs)
        based_on = visit.field("based_on")
        doc: Doc = {"id": identity, **BLANK}
        if based_on in draft.docs:
            doc = {"id": identity, "name": {"zh": "", "en": ""}, "based_on": based_on, "nodes": []}
        return _editor(panel, visit, draft, doc, "")

    _add_editor(panel)
    _add_keeping(panel)


def _add_editor(panel: Panel) -> None:
    @panel.route("/exchange/menus/import", "plan", method="POST")
    async def imported(visit: Visit) -> Answer:
        draft = await draft_of(panel, visit)
        try:
            doc = read(visit.upload("file").decode("utf-8"))
        except (NoFlow, UnicodeDecodeError) as why:
            said = str(why) if isinstance(why, NoFlow) else "That is neither TOML nor JSON."
            raise Refused(422, said) from why
        try:
            return _editor(panel, visit, draft, doc, str(doc["id"]) if doc["id"] in draft.docs else "", fresh=True)
        except NONSENSE as why:
            raise Refused(422, "There is no menu in that file.") from why

    @panel.route("/exchange/menus/edit/<menu>", "plan")
    async def editor(visit: Visit, menu: str) -> Answer:
        draft = await draft_of(panel, visit)
        if menu not in draft.docs:
            raise Refused(404, NO_MENU)
        return _editor(panel, visit, draft, draft.docs[menu], menu)

    @panel.route("/exchange/menus/draw", "plan", method="POST")
    async def draw(visit: Visit) -> Answer:
        given = visit.json()
        draft = await draft_of(panel, visit)
        try:
            return _json(visit, drawing.shown(drawing.act(given, draft), draft, visit.language))
        except Impossible as why:
            raise Refused(422, str(why)) from why
        except NONSENSE as why:
            raise Refused(400, NOT_UNDERSTOOD) from why


def _add_keeping(panel: Panel) -> None:
    @panel.route("/exchange/menus/save", "plan", method="POST")
    async def save(visit: Visit) -> Answer:
        given = visit.json()
        doc, was, base = given.get("doc"), str(given.get("was") or ""), given.get("base")
        if not isinstance(doc, dict) or not isinstance(base, int):
            raise Refused(400, NOT_UNDERSTOOD)
        draft = await draft_of(panel, visit)
        identity = str(doc.get("id") or "")
        if identity != was and identity in draft.docs:
            raise Refused(422, "There is a menu of that name already.")
        number = await _saved(panel, visit, was or identity, doc, base)
        if given.get("live"):
            await _activated(panel, visit, number)
            _note(visit, visit.say("Menu {menu} is in force: the next caller hears it.", menu=identity))
        else:
            _note(visit, visit.say("Kept as revision {number}. It is not in force yet.", number=number))
        return _json(visit, {"number": number, "menu": identity})

    @panel.route("/exchange/menus/edit/<menu>/delete", "plan", method="POST")
    async def delete(visit: Visit, menu: str) -> Answer:
        draft = await draft_of(panel, visit)
        if menu not in draft.docs:
            raise Refused(404, NO_MENU)
        number = await _saved(panel, visit, menu, None, draft.number)
        _note(visit, visit.say("Kept as revision {number}. It is not in force yet.", number=number))
        raise Redirect("/exchange/menus")

    @panel.route("/exchange/menus/revision/<number>/activate", "plan", method="POST")
    async def activate(visit: Visit, number: str) -> Answer:
        await _activated(panel, visit, int(number) if number.isdecimal() else -1)
        _note(visit, visit.say("Revision {number} is in force.", number=number))
        raise Redirect("/exchange/menus")

    @panel.route("/exchange/menus/export", "plan", method="POST")
    async def export(visit: Visit) -> Answer:
        """Whatever is being drawn, kept or not."""
        try:
            doc = tidy(json_text.loads(visit.secret("doc")))
        except (ValueError, AttributeError, TypeError) as why:
            raise Refused(400, NOT_UNDERSTOOD) from why
        kind = "json" if visit.field("kind") == "json" else "toml"
        name = re.sub(r"[^a-z0-9-]+", "", str(doc.get("id", ""))) or "menu"
        visit.request.setHeader("content-type", f"application/{kind}")
        visit.request.setHeader("content-disposition", f'attachment; filename="{name}.{kind}"')
        text = json.dumps(doc, ensure_ascii=False, indent=2) + "\n" if kind == "json" else toml(doc)
        return text.encode()


def _editor(panel: Panel, visit: Visit, draft: MenuDraft, doc: Doc, was: str, *, fresh: bool = False) -> Answer:
    scene = drawing.Scene(doc, was, "")
    facts = {
        "was": was, "base": draft.number, "fresh": fresh or not was,
        **drawing.shown(scene, draft, visit.language),
    }  # fmt: skip
    return panel.page(
        visit, "menu_editor.html", facts=facts, doc=doc, done=_done(visit),
        call_at=panel.house.clock.now().astimezone(panel.house.site().zone),
    )  # fmt: skip


async def draft_of(panel: Panel, visit: Visit) -> MenuDraft:
    """The newest revision's menus. Raises Refused."""
    try:
        return await panel.house.plans.menus()
    except Unfit as why:
        raise Refused(422, why.text(visit.language)) from why
    except LookupError as why:
        raise Refused(404, "There is no such revision of the plan.") from why


async def _saved(panel: Panel, visit: Visit, menu: str, doc: Doc | None, base: int) -> int:
    try:
        return await panel.house.plans.save_menu(menu, doc, base, visit.user.name)
    except Overtaken as why:
        raise Refused(
            409, "Somebody has kept revision {number} meanwhile: open it and make your change there.", number=why.number
        ) from why
    except (Unfit, Faulty) as why:
        raise Refused(422, why.text(visit.language) if isinstance(why, Unfit) else str(why)) from why
    except LookupError as why:
        raise Refused(404, "There is no such revision of the plan.") from why
    except NONSENSE as why:
        raise Refused(400, NOT_UNDERSTOOD) from why


async def _activated(panel: Panel, visit: Visit, number: int) -> None:
    try:
        await panel.house.plans.activate(number, visit.user.name)
    except Unfit as why:
        raise Refused(422, why.text(visit.language)) from why
    except LookupError as why:
        raise Refused(404, "There is no such revision of the plan.") from why


def _json(visit: Visit, facts: Mapping[str, object]) -> str:
    visit.request.setHeader("content-type", "application/json")
    return json.dumps(facts, ensure_ascii=False)


def _done(visit: Visit) -> str:
    return str(visit.session.notes.pop(DONE, "")) if visit.session else ""


def _note(visit: Visit, sentence: str) -> None:
    if visit.session is not None:
        visit.session.notes[DONE] = sentence
