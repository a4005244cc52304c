"""A place in the plan as people find it on the panel: “Routes › Mobiles of China Mobile › These trunks”."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.forms.layout import Doc, Field, Layout, Shape, Variants, shape_of

BETWEEN = " › "
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def in_words(path: str, layouts: Iterable[Layout], tree: Doc, language: Language) -> str:
    """`pbx.outgoing.routes[0].trunks[1]` by the page that edits it; the path itself where none does."""
    steps: list[str | int] = [int(found[1]) if found[1] else found[2] for found in _STEP.finditer(path)]
    fitting = [one for one in layouts if tuple(steps[: len(one.path)]) == one.path and _shows(one, steps)]
    if not fitting:
        return path
    layout = max(fitting, key=lambda one: len(one.path))
    rest, doc = steps[len(layout.path) :], _at(tree, [*layout.path])
    words = [translate(layout.title, language)]
    if layout.is_list and rest and isinstance(rest[0], int):
        doc = doc[rest[0]] if isinstance(doc, list) and rest[0] < len(doc) else {}
        words.append(_called(doc, language) or str(rest[0] + 1))
        rest = rest[1:]
    if isinstance(doc, dict) and (label := _label(shape_of(layout.item, doc), rest)):
        words.append(translate(label, language))
    return BETWEEN.join(words)


def _shows(layout: Layout, steps: list[str | int]) -> bool:
    """Whether a page that shows some keys only shows this one."""
    if layout.is_list or isinstance(layout.item, Variants):
        return True
    rest = steps[len(layout.path) :]
    return not rest or _field(layout.item, rest) is not None


def _label(shape: Shape, rest: list[str | int]) -> str:
    field = _field(shape, rest)
    return field.label if field else ""


def _field(shape: Shape, rest: list[str | int]) -> Field | None:
    keys = [str(step) for step in rest if isinstance(step, str)]
    known = {field.key: field for field in shape.fields()}
    return next((known[key] for size in range(len(keys), 0, -1) if (key := ".".join(keys[:size])) in known), None)


def _called(doc: Any, language: Language) -> str:
    name = doc.get("name") if isinstance(doc, dict) else None
    if isinstance(name, dict):
        return str(name.get(language) or "")
    return str(name or (doc.get("id") or doc.get("numbers") or "" if isinstance(doc, dict) else ""))


def _at(tree: Any, path: list[str | int]) -> Any:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree
