"""Kinds of nurse call: what each is called, how it looks and sounds, and who may end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_types import SHIPPED, CallType
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import NAME, named
from web.layouts.ward_common import BACK, HEAD, HOME

TONES: Mapping[str, str] = {
    "none": "no sound: it is only shown",
    "soft": "a soft chime",
    "call": "the usual chime",
    "urgent": "an urgent chime",
    "emergency": "the emergency signal",
}
COLOURS: Mapping[str, str] = {
    "red": "red", "orange": "orange", "yellow": "yellow", "green": "green", "blue": "blue", "violet": "violet",
    "grey": "grey",
}  # fmt: skip
CANCEL: Mapping[str, str] = {
    "bedside": "at the bed only",
    "speech": "at the bed, and from afar after speaking with the patient",
    "screen": "also at a station's screen",
}


def _shipped(doc: Doc) -> Doc:
    """What a row of the short name of a built-in kind leaves out is as built in."""
    kind = next((one for one in SHIPPED if one.id == doc.get("id")), None)
    return {} if kind is None else kind.model_dump(mode="json")


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    doc = {**_shipped(doc), **doc}
    tone, cancel = str(doc.get("tone", "call")), str(doc.get("cancel", "bedside"))
    return (
        named(doc, language),
        str(doc.get("id", "")),
        str(doc.get("priority", "")),
        translate(TONES.get(tone, tone), language),
        translate(CANCEL.get(cancel, cancel), language),
        str(doc.get("escalation") or "–"),
    )


LAYOUT = Layout(
    name="call-types",
    path=("nursecall", "call_types"),
    home=HOME,
    head=HEAD,
    back=BACK,
    replayed=True,
    title="Kinds of call",
    one="kind",
    help="The kinds that every hospital has are built in. One of the same short name here takes the place of a "
    "built-in one; what it leaves out stays as it was.",
    item=Shape(
        CallType,
        (
            Group(
                "What it is",
                (
                    NAME,
                    Field(
                        "id",
                        "Short name",
                        "By which lines, rules and records name it. It stays as it is once it is kept.",
                        ref="call-types",
                        free=True,
                        fixed=True,
                        wrong="Small letters, digits and - only, a letter or digit first.",
                    ),
                    Field("spoken", "Spoken after the bed", "“Bed 28 is calling.”"),
                    Field("priority", "Priority (1 to 9)", "1 is the most urgent; 1 and 2 are emergencies."),
                ),
            ),
            Group(
                "How it looks and sounds",
                (
                    Field("icon", "Picture", ref="icons"),
                    Field("colour", "Colour of its tile", choices=COLOURS, usual="as its priority has it"),
                    Field("tone", "Sound", choices=TONES),
                    Field("speakable", "It is spoken, too"),
                ),
            ),
            Group(
                "What becomes of it",
                (
                    Field("cancel", "It ends", choices=CANCEL),
                    Field(
                        "presses_are_emergency",
                        "Pressed while a nurse is at the bed, it is an emergency",
                    ),
                    Field("escalation", "Passed on by", ref="trees", usual="what the rules and the ward say"),
                    Field(
                        "target",
                        "Somebody should be there within (seconds)",
                        "Reports judge by it.",
                        usual="not judged",
                    ),
                ),
            ),
        ),
        usual=_shipped,
    ),
    columns=("Name shown", "Short name", "Priority", "Sound", "It ends", "Passed on by"),
    cells=_cells,
    identity="id",
    blank={"priority": 5, "icon": "bell"},
)
