"""What pydantic knows of a field: its kind, its bounds, its choices, and what it is where nobody says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Len, Lt, MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from appliance.foundation.i18n import Text

Kind = Literal[
    "line", "text", "number", "flag", "choice", "ticks", "list", "lists", "numbers", "rows", "table", "pairs", "counts",
    "date", "time",
]  # fmt: skip
"""line: a string. text: one in both languages. ticks: several of a few. list: strings. lists: lists of them.
numbers: whole ones. rows: sections. table: lists of strings by a key, such as hours by kinds of days. pairs: strings by
names that people give. counts: whole numbers by them. time: of day."""


@dataclass(frozen=True)
class Facts:
    """Of one field. choices: of a choice, of ticks, or the keys of a table. usual: its value where nobody says.
    together: its part of the section is not there without it.
    """

    kind: Kind
    required: bool
    optional: bool
    usual: Any
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    whole: bool = True
    together: bool = False


def facts(model: type[BaseModel], key: str) -> Facts:
    """Of `key`, which may be dotted: what a part needs that may be missing is not required. Raises KeyError for a key
    that the section has not.
    """
    first, _, rest = key.partition(".")
    info = model.model_fields[first]
    if rest:
        inner = facts(_section(info.annotation), rest)
        if not inner.required:
            return inner
        if _is_optional(info.annotation):
            return replace(inner, required=False, optional=True)
        whole = None if info.is_required() else info.get_default(call_default_factory=True)
        known = getattr(whole, rest, None)
        return inner if known is None else replace(inner, required=False, usual=known, together=True)
    bare, metadata = _bare(info.annotation)
    optional = _is_optional(bare)
    if optional:
        bare, more = _bare(next(one for one in get_args(bare) if one is not NoneType))
        metadata += more
    kind, choices = _kind(bare)
    return Facts(
        kind, info.is_required(), optional, _usual(info), choices,
        **_bounds([*metadata, *info.metadata]), whole=bare is not float,
    )  # fmt: skip


def _section(annotation: Any) -> type[BaseModel]:
    bare, _ = _bare(annotation)
    found = next((one for one in (bare, *get_args(bare)) if isinstance(one, type) and issubclass(one, BaseModel)), None)
    if found is None:
        raise KeyError(f"{annotation} has no parts")
    return found


def _bare(annotation: Any) -> tuple[Any, list[Any]]:
    """Without what `Annotated` says of it, and that."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        bare, more = _bare(inner)
        return bare, [*more, *_unpacked(metadata)]
    return annotation, []


def _unpacked(metadata: list[Any]) -> list[Any]:
    return [one for item in metadata for one in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _is_optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)


def _kind(bare: Any) -> tuple[Kind, tuple[str, ...]]:
    origin, arguments = get_origin(bare), get_args(bare)
    if bare is Text:
        return "text", ()
    if bare is bool:
        return "flag", ()
    if bare in (int, float):
        return "number", ()
    if bare is date:
        return "date", ()
    if bare is time:
        return "time", ()
    if origin is Literal:
        return "choice", tuple(str(one) for one in arguments)
    if origin is tuple:
        return _listed(_bare(arguments[0])[0])
    if origin in (dict, Mapping):
        keys, values = (_bare(one)[0] for one in arguments)
        if get_origin(values) is tuple:
            return "table", tuple(str(one) for one in get_args(keys))
        return ("counts" if values is int else "pairs"), ()
    return "line", ()


def _listed(element: Any) -> tuple[Kind, tuple[str, ...]]:
    if get_origin(element) is Literal:
        return "ticks", tuple(str(one) for one in get_args(element))
    if element is int:
        return "numbers", ()
    if get_origin(element) is tuple:
        return "lists", ()
    sections = get_args(element) or (element,)
    if all(isinstance(one, type) and issubclass(one, BaseModel) for one in (_bare(each)[0] for each in sections)):
        return "rows", ()
    return "list", ()


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in metadata:
        match one:
            case Ge(ge=value) | Gt(gt=value):
                found["least"] = value
            case Le(le=value) | Lt(lt=value):
                found["most"] = value
            case MaxLen(max_length=value) | Len(max_length=value):
                found["longest"] = value
    return found


def _usual(info: FieldInfo) -> Any:
    """As TOML has it; None where there is none, or nobody could write it."""
    if info.is_required():
        return None
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple):
        return [one.model_dump(mode="json", exclude_none=True) if isinstance(one, BaseModel) else one for one in value]
    return value
