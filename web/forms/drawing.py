"""A form as its template draws it: every field with its value and what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.forms.layout import Doc, Field, Group, Item, Variants, shape_of
from web.forms.models import Facts, facts
from web.forms.names import Names

Option = tuple[str, str]
"""A value, and its message id or name."""


@dataclass(frozen=True)
class Input:
    """One field. kind: as `Facts.kind` has it, or `secret`, `secrets` (by names), `refs` (names in an order), `tri`
    (yes, no, as usual).

    value: as TOML has it, or what it is where nobody has said. options: of a choice. named: they are names, not
    message ids. rows, blanks: of a list of sections; a blank for each kind of them.
    """

    field: Field
    facts: Facts
    kind: str
    value: Any
    options: Sequence[Option] = ()
    named: bool = False
    rows: Sequence[Form] = ()
    blanks: Sequence[Form] = ()


@dataclass(frozen=True)
class Form:
    """A table of the plan. kind, kinds: which of several sections it is. was: its index in its list."""

    groups: Sequence[tuple[Group, Sequence[Input], bool]]
    tag: str = ""
    kind: str = ""
    kinds: Sequence[Option] = ()
    label: str = ""
    was: int | None = None

    @property
    def inputs(self) -> Sequence[Input]:
        """Those of every group."""
        return [one for _, inputs, _ in self.groups for one in inputs]


def drawn(item: Item, doc: Doc, names: Names, *, was: int | None = None) -> Form:
    """The form of a table; its groups with their fields, and whether they are open."""
    shape = shape_of(item, doc)
    shown = {**{key: value for key, value in shape.usual(doc).items() if value is not None}, **doc}
    groups = []
    for group in shape.groups:
        inputs = [_input(one, facts(shape.model, one.key), shown, names) for one in group.fields]
        groups.append((group, inputs, not group.folded or any(_is_set(one, doc) for one in group.fields)))
    if not isinstance(item, Variants):
        return Form(groups, was=was)
    kinds = [(kind, label) for kind, (label, _) in item.shapes.items()]
    kind = item.of(doc)
    return Form(groups, item.tag, kind, kinds, item.label, was)


def _is_set(field: Field, doc: Doc) -> bool:
    return _found(field.key, doc) is not None


def _found(key: str, doc: Any) -> Any:
    for step in key.split("."):
        doc = doc.get(step) if isinstance(doc, Mapping) else None
    return doc


def _input(field: Field, known: Facts, doc: Doc, names: Names) -> Input:
    value = _found(field.key, doc)
    if field.secret:
        # What is kept is never shown, only that it is.
        many = known.kind == "pairs"
        return Input(field, known, "secrets" if many else "secret", list(value or ()) if many else bool(value))
    if value is None and not field.usual:
        value = known.usual
    match known.kind:
        case "rows" if field.rows is not None:
            rows = [drawn(field.rows, one, names, was=at) for at, one in enumerate(value or [])]
            return Input(field, known, "rows", value, rows=rows, blanks=_blanks(field.rows, names))
        case "flag" if known.optional:
            return Input(field, known, "tri", value)
        case "flag" if field.choices:
            return Input(field, known, "choice", str(bool(value)).lower(), list(field.choices.items()))
        case "list" if field.each:
            return Input(field, known, "lists", value)
        case "list" if field.ref is not None and field.ref != "extensions" and not field.free:
            return Input(field, known, "refs", value or [], names[field.ref], named=True)
        case "line" if field.ref is not None:
            return Input(field, known, "offered" if field.free else "choice", value, names[field.ref], named=True)
        case "choice" | "ticks" | "table":
            return Input(field, known, known.kind, value, [(one, field.choices.get(one, one)) for one in known.choices])
    return Input(field, known, known.kind, value, names[field.ref] if field.ref else (), named=True)


def _blanks(item: Item, names: Names) -> Sequence[Form]:
    if isinstance(item, Variants):
        return [drawn(item, {item.tag: kind}, names) for kind in item.shapes]
    return [drawn(item, {}, names)]
