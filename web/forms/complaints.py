"""The checker's complaints beside the fields they are about, in the user's language and the words of a form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.foundation.config import Fault, dotted
from appliance.foundation.fault_words import WORDS
from appliance.foundation.i18n import translate
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from web.forms.layout import Doc, Field, Item, shape_of

MISSING = "This is needed."
WRONG = "That is not written as it must be."
_IN_A_FORM: Mapping[str, str] = {
    WORDS["missing"]: MISSING,
    WORDS["int_parsing"]: "A whole number is needed.",
    WORDS["float_parsing"]: "A number is needed.",
    WORDS["string_pattern_mismatch"]: WRONG,
    WORDS["date_type"]: "A date is needed.",
    WORDS["string_type"]: MISSING,
    WORDS["too_short"]: "At least one is needed.",
    WORDS["string_too_short"]: MISSING,
}
"""What a file is told of quotes and patterns, a form is told otherwise."""


@dataclass(frozen=True)
class Complaint:
    """at: the field, as the plan's path goes on from the form's own: `hosts[0]`; empty for what is elsewhere."""

    at: str
    text: str


Where = Callable[[str], str]
"""A path of the plan as people find it."""


def complaints(
    faults: Iterable[Fault], path: Path, item: Item, doc: Doc, language: Language, where: Where
) -> Sequence[Complaint]:
    """Each once. path: of the table that the form shows, doc: as it is to be."""
    fields = {field.key: field for field in shape_of(item, doc).fields()}
    return list(dict.fromkeys(_complaint(fault, dotted(path), fields, language, where) for fault in faults))


def elsewhere(fault: Fault, language: Language, where: Where) -> str:
    """A complaint about what is not on the form: where, and what."""
    return translate("{path}: {reason}", language, path=where(fault.path), reason=fault.reason(language))


def _complaint(fault: Fault, own: str, fields: Mapping[str, Field], language: Language, where: Where) -> Complaint:
    inside = fault.path.startswith(own) and (not own or fault.path[len(own) :][:1] in (".", "[", ""))
    at = fault.path[len(own) :].removeprefix(".")
    field = _field(at, fields) if inside else None
    if field is None and (at or not inside):
        return Complaint("", elsewhere(fault, language, where))
    message = _IN_A_FORM.get(fault.msgid)
    if message == WRONG and field is not None and field.wrong:
        message = field.wrong
    text = fault.reason(language) if message is None else translate(message, language)
    return Complaint(at, text)


def _field(at: str, fields: Mapping[str, Field]) -> Field | None:
    """The innermost field that a path leads to."""
    best = max((key for key in fields if re.match(rf"{re.escape(key)}(?![\w])", at)), key=len, default="")
    if not best:
        return None
    field = fields[best]
    rest = re.sub(r"^\[\d+\]\.?", "", at[len(best) :])
    if not rest or field.rows is None:
        return field
    inner = {one.key: one for shape in _shapes(field.rows) for one in shape}
    return _field(rest, inner) or field


def _shapes(item: Item) -> Iterable[Iterable[Field]]:
    shapes = getattr(item, "shapes", None)
    return [shape.fields() for _, shape in shapes.values()] if shapes else [item.fields()]  # type: ignore[union-attr]
