"""What somebody typed, as the plan's TOML has it. What cannot be read stays as it is: the checker says why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from web.forms.layout import Doc, Field, Item, Shape, Variants, shape_of
from web.forms.models import Facts, Kind, facts

KeepSecret = Callable[[str], str]
"""Puts a secret away; the place that the plan is to name."""

EMPTY: tuple[object, ...] = (None, "", [], {})
_BETWEEN = re.compile(r"[\s,;\u3001\uff0c\uff1b]+")


def read(item: Item, given: Doc, old: Doc, keep: KeepSecret) -> dict[str, Any]:
    """`old` with what the form says. given: by key, as its script sends it: texts, truths, lists and tables of them.

    Keys that no field shows stay; what is empty, or what it would be anyway and nobody has written, is left out.
    """
    shape = shape_of(item, given)
    made = {key: value for key, value in old.items() if key in shape.model.model_fields}
    if isinstance(item, Variants):
        _tag(item, given, made)
    every = _known(shape, given)
    for field in shape.fields():
        known, was = every[field.key], _at(made, field.key)
        if field.secret:
            value = _secret(known, given[field.key], was, keep) if field.key in given else None
        else:
            value = _value(field, known, given[field.key], was, keep) if field.key in given else None
        _put(made, field.key, value, known)
    _fill(every, made)
    for part in {field.key.rpartition(".")[0] for field in shape.fields() if _is_forgotten(field, given)} - {""}:
        _put(made, part, None, facts(shape.model, part))
    return _ordered(made, shape, old)


def _known(shape: Shape, given: Doc) -> dict[str, Facts]:
    """Of each field; its usual value is that of this table."""
    usual = shape.usual(given)
    known = {field.key: facts(shape.model, field.key) for field in shape.fields()}
    return {key: replace(one, usual=usual[key]) if key in usual else one for key, one in known.items()}


def _fill(every: Mapping[str, Facts], made: dict[str, Any]) -> None:
    """A part of which something is written has all of what it needs."""
    for key, known in every.items():
        part, _, last = key.rpartition(".")
        if known.together and (whole := _at(made, part)):
            whole.setdefault(last, known.usual)


def _secret(known: Facts, given: Any, was: Any, keep: KeepSecret) -> object:
    """It is never shown, so that nothing typed says nothing; None: there is to be none any more.

    Those by names come as name, what was typed, and the name under which it was.
    """
    if known.kind == "pairs":
        kept = was if isinstance(was, Mapping) else {}
        rows = [(str(name).strip(), str(typed or ""), str(before or "")) for name, typed, before in given]
        return {name: keep(typed) if typed else kept.get(before, "") for name, typed, before in rows if name or typed}
    return keep(str(given)) if given else was if given is not None else None


def _is_forgotten(field: Field, given: Doc) -> bool:
    """Whether somebody took a secret away; a part of the section that has one is nothing without it."""
    return field.secret and field.key in given and given[field.key] is None


def _tag(item: Variants, given: Doc, made: dict[str, Any]) -> None:
    kind = item.of(given)
    if kind != item.usual or item.tag in made:
        made[item.tag] = kind


def _value(field: Field, known: Facts, given: Any, old: Any, keep: KeepSecret) -> object:
    match known.kind:
        case "text" if isinstance(given, Mapping):
            return _text(field, given)
        case "number":
            return _number(given, whole=known.whole)
        case "date" | "time":
            return _moment(given, date if known.kind == "date" else time)
        case "flag":
            return _flag(given, known)
        case "choice" if known.choices and all(one.isdecimal() for one in known.choices):
            return _number(given, whole=True)
        case "list" | "lists" | "ticks" | "numbers":
            return _many(known.kind, given)
        case "rows" if isinstance(given, list) and field.rows is not None:
            return [_row(field.rows, one, at, old, keep) for at, one in enumerate(given) if isinstance(one, Mapping)]
        case "pairs" | "counts" if isinstance(given, list):
            return _pairs(known.kind, given)
        case "table" if isinstance(given, Mapping):
            return {key: values for key, one in given.items() if (values := _list(one)) or one == []}
    return str(given).strip() if given is not None else None


def _text(field: Field, given: Doc) -> object:
    said = {tongue: str(given.get(tongue) or "").strip() for tongue in ("zh", "en")}
    if not any(said.values()):
        return None
    if field.key.rpartition(".")[2] == "name":
        # A name that is given in one language only is better than a blank in the other.
        either = said["zh"] or said["en"]
        return {tongue: one or either for tongue, one in said.items()}
    return said


def _many(kind: Kind, given: Any) -> list[Any]:
    if kind == "lists":
        return [found for one in (given if isinstance(given, list) else []) if (found := _list(one))]
    found = _list(given)
    return [_number(one, whole=True) for one in found] if kind == "numbers" else found


def _pairs(kind: Kind, given: list[Any]) -> dict[str, object]:
    pairs = {name: str(text) for name, text in ((str(name).strip(), text) for name, text in given) if name or text}
    return {name: _number(text, whole=True) if kind == "counts" else text for name, text in pairs.items()}


def _row(item: Item, given: Doc, at: int, old: Any, keep: KeepSecret) -> dict[str, Any]:
    """What no field shows comes from the row it was, which the form names by its old index."""
    was = given.get("@was")
    known = old if isinstance(old, list) else []
    return read(item, given, known[was] if isinstance(was, int) and 0 <= was < len(known) else {}, keep)


def _number(given: Any, *, whole: bool) -> object:
    text = str(given if given is not None else "").strip()
    if not text:
        return None
    try:
        return int(text) if whole or re.fullmatch(r"-?[0-9]+", text) else float(text)
    except ValueError:
        return text


def _moment(given: Any, kind: type[date] | type[time]) -> object:
    try:
        return kind.fromisoformat(str(given)) if given else None
    except ValueError:
        return str(given)


def _flag(given: Any, known: Facts) -> object:
    if given in (True, "true"):
        return True
    if given in (False, "false"):
        return False
    return None if known.optional else False


def _list(given: Any) -> list[Any]:
    if isinstance(given, list):
        return [str(one).strip() for one in given if str(one).strip()]
    return [one for one in _BETWEEN.split(str(given or "")) if one]


def _at(doc: Doc, key: str) -> Any:
    found: Any = doc
    for step in key.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _put(doc: dict[str, Any], key: str, value: object, known: Facts) -> None:
    *parts, last = key.split(".")
    whole = doc
    for step in parts:
        inner = doc.get(step)
        doc[step] = doc = dict(inner) if isinstance(inner, Mapping) else {}
    if value is None or (value in EMPTY and known.usual in EMPTY):
        doc.pop(last, None)
    elif last in doc or known.required or value != known.usual:
        doc[last] = value
    _prune(whole, parts)


def _prune(doc: dict[str, Any], parts: list[str]) -> None:
    """Without parts that hold nothing."""
    if not parts:
        return
    if doc.get(parts[0]):
        _prune(doc[parts[0]], parts[1:])
    if not doc.get(parts[0]):
        doc.pop(parts[0], None)


def _ordered(made: dict[str, Any], shape: Shape, old: Doc) -> dict[str, Any]:
    """Old keys in their order; each new one after the one that is before it on the form. A new table has them as its
    section has.
    """
    if not old:
        return {key: made[key] for key in shape.model.model_fields if key in made}
    order = [key for key in old if key in made]
    shown = dict.fromkeys(field.key.partition(".")[0] for field in shape.fields())
    before = -1
    for key in (*(key for key in made if key not in shown), *(key for key in shown if key in made)):
        if key not in order:
            order.insert(before + 1, key)
        before = order.index(key)
    return {key: made[key] for key in order}
