"""A menu as it is drawn: its tree, the form of the chosen node, what is wrong; and the edits that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.foundation.values import Language
from pbx.ivr import edit
from pbx.ivr.draft import faults
from pbx.ivr.edit import Doc, Impossible
from pbx.ivr.nodes import WORDS
from web.plans import MenuDraft
from web.render import fragment

KIND_NAMES: Mapping[str, str] = {
    "menu": "Choice by key", "play": "Announcement", "collect": "Ask for digits", "language": "Language",
    "time": "Opening hours", "http": "Ask a web service", "database": "Ask a database", "service": "Self-service",
    "record": "Leave a message", "transfer": "Put through", "queue": "Waiting queue",
    "fax": "Fax a document", "set": "Set a variable", "branch": "Branch by a variable",
    "flow": "Another menu", "hangup": "Hang up",
}  # fmt: skip
KIND_ICONS: Mapping[str, str] = {
    "menu": "list", "play": "sound", "collect": "key", "language": "languages", "time": "calendar", "http": "exchange",
    "database": "database", "service": "wallet", "record": "speech", "transfer": "phone", "queue": "clock",
    "fax": "printer", "set": "file", "branch": "fork", "flow": "passed-on", "hangup": "leave",
}  # fmt: skip
WORD_NAMES: Mapping[str, str] = {
    "@back": "the menu before", "@again": "once more", "@operator": "operator", "@return": "back to the calling menu",
    "@end": "hang up",
}  # fmt: skip
WAY_NAMES: Mapping[str, str] = {
    "next": "then", "on_timeout": "no key", "on_wrong": "wrong keys", "on_fail": "fails", "on_none": "nothing found",
    "on_busy": "busy", "work": "when open", "off": "when closed", "holiday": "on holidays", "otherwise": "otherwise",
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What is being drawn. was: the menu's id as the plan has it, empty for a new one. chosen: the node in hand."""

    doc: Doc
    was: str
    chosen: str


def nodes(doc: Doc, docs: Mapping[str, Doc]) -> Sequence[Doc]:
    """Every node, inherited ones too."""
    return edit.merged(doc, docs)[0]


def act(given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    """What the browser asks for, done. Raises Impossible; KeyError and the like for what no script of ours sends."""
    doc = given["doc"]
    if not isinstance(doc, dict):
        raise TypeError("a document is a table")
    scene = Scene(doc, str(given.get("was") or ""), str(given.get("chosen") or ""))
    return _ACTS[str(given["act"])](scene, given, draft)


def _show(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    return scene


def _add(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    parent = str(given.get("parent") or "")
    way = str(given.get("way") or "")
    doc, identity = edit.added(_own(scene.doc, parent, draft), str(given["kind"]), parent, way)
    return replace(scene, doc=doc, chosen=identity)


def _set(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    node = dict(given["node"])
    return replace(scene, doc=edit.changed(scene.doc, str(given["id"]), node), chosen=str(node["id"]))


def _head(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    """The menu's own keys; nodes stay."""
    return replace(scene, doc={**dict(given["head"]), "nodes": scene.doc.get("nodes", [])})


def _copy(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    doc, identity = edit.copied(scene.doc, str(given["id"]), nodes(scene.doc, draft.docs))
    parent, way = str(given.get("parent") or ""), str(given.get("way") or "")
    if parent:
        doc = edit.linked(_own(doc, parent, draft), parent, way, identity)
    return replace(scene, doc=doc, chosen=identity)


def _move(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    parent = str(given["parent"])
    doc = edit.moved(_own(scene.doc, parent, draft), str(given["id"]), parent, str(given["way"]))
    return replace(scene, doc=doc, chosen=str(given["id"]))


def _link(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    parent, target = str(given["parent"]), given.get("target")
    doc = edit.linked(_own(scene.doc, parent, draft), parent, str(given["way"]), str(target) if target else None)
    return replace(scene, doc=doc, chosen=parent)


def _delete(scene: Scene, given: Mapping[str, Any], draft: MenuDraft) -> Scene:
    return replace(scene, doc=edit.deleted(scene.doc, str(given["id"])), chosen="")


_ACTS: Mapping[str, Callable[[Scene, Mapping[str, Any], MenuDraft], Scene]] = {
    "show": _show, "add": _add, "set": _set, "head": _head, "copy": _copy, "move": _move, "link": _link,
    "delete": _delete,
}  # fmt: skip


def _own(doc: Doc, identity: str, draft: MenuDraft) -> Doc:
    """With a node of its own of that id, so that it can be changed, where it is inherited."""
    if not identity or edit.node_of(doc, identity) is not None:
        return doc
    inherited = next((node for node in nodes(doc, draft.docs) if node.get("id") == identity), None)
    if inherited is None:
        raise Impossible("There is no such node.")
    return edit.changed(doc, identity, inherited)


def shown(scene: Scene, draft: MenuDraft, language: Language) -> dict[str, object]:
    """What the script puts on the page: document, tree, form and faults."""
    docs = {**draft.docs, str(scene.doc.get("id")): scene.doc}
    every, inherited = edit.merged(scene.doc, docs)
    said = faults(scene.doc, scene.was, draft.pbx, language)
    chosen = next((node for node in every if node.get("id") == scene.chosen), None)
    common: dict[str, Any] = {
        "names": KIND_NAMES, "icons": KIND_ICONS, "word_names": WORD_NAMES, "way_name": way_name,
        "inherited": inherited, "chosen": scene.chosen if chosen else "", "first_words": first_words,
    }  # fmt: skip
    wrong: dict[str, list[str]] = {}
    for fault in said:
        wrong.setdefault(fault.node if fault.flow == scene.doc.get("id") else "", []).append(fault.text)
    twigs = edit.tree(scene.doc, docs)
    return {
        "doc": scene.doc,
        "chosen": common["chosen"],
        "tree": fragment("menu_tree.html", language, twigs=twigs, wrong=wrong, **common),
        "form": _form(scene, chosen, every, draft, language, common),
        "faults": fragment("menu_faults.html", language, faults=said, **common),
        "fit": not said,
    }  # fmt: skip


def _form(
    scene: Scene, chosen: Doc | None, every: Sequence[Doc], draft: MenuDraft, language: Language,
    common: Mapping[str, Any],
) -> str:  # fmt: skip
    targets = [*WORDS, *(str(node.get("id")) for node in every)]
    reach = {
        "targets": targets, "words": WORDS, "doc": scene.doc, "groups": draft.pbx.groups,
        "schedules": [(row.id, row.name[language]) for row in draft.pbx.schedules],
        "queries": [(row.id, row.id) for row in draft.pbx.queries],
        "flows": [(one, one) for one in sorted(set(draft.docs) - {scene.was})],
    }  # fmt: skip
    if chosen is None:
        return fragment("menu_head.html", language, **common, **reach)
    open_ways = [way for way in edit.ways(chosen) if not way.target]
    keys = [key for key in edit.KEYS if key not in (chosen.get("keys") or {})] if chosen.get("kind") == "menu" else []
    return fragment(
        "menu_form.html", language, node=chosen, ways=edit.ways(chosen), plain=edit.PLAIN.get(str(chosen["kind"]), ()),
        open_ways=open_ways, free_keys=keys, kinds=edit.KINDS, **common, **reach,
    )  # fmt: skip


def way_name(kind: str, way: str) -> str:
    """What a way on is called, a message id."""
    return "no message" if (kind, way) == ("record", "on_none") else WAY_NAMES.get(way, way)


def first_words(node: Doc, language: Language) -> str:
    """The beginning of what a node says, for its card."""
    prompt = node.get("prompt")
    pieces = prompt if isinstance(prompt, list) else [{"say": prompt}] if isinstance(prompt, dict) else []
    for piece in pieces:
        said = (piece.get("say") or {}) if isinstance(piece, dict) else {}
        text = said.get(language) or said.get("zh") or said.get("en") or ""
        if text:
            return str(text)
    return ""
