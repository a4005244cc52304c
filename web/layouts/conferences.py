"""Conference rooms."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan_conference import ConferencePlan, RoomGroup
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import NAME, extensions, named

ROOM = Shape(
    RoomGroup,
    (
        Group(
            "The room",
            (
                NAME,
                Field(
                    "numbers",
                    "Number that is dialled",
                    "Or a run, for rooms that are alike: 8801-8804.",
                    hint="8801",
                    wrong="A number of 2 to 6 digits, or a run such as 8801-8804.",
                ),
                Field("most", "People at most, chairmen apart"),
                Field("ad_hoc", "Ad hoc", "No PIN; whoever comes first chairs."),
            ),
        ),
        Group(
            "Who comes in",
            (
                extensions("enter", "Extensions that may", usual="all that may dial inside"),
                extensions("chairmen", "Extensions that chair without a PIN"),
                Field("pin", "A member must know the PIN", "The box makes the PINs; they are on the conference page."),
                Field("wait", "Members wait until a chairman is there"),
                Field(
                    "announce",
                    "Others hear who comes and goes",
                    choices={"name": "by the spoken name", "tone": "by a tone", "none": "not at all"},
                ),
            ),
        ),
        Group(
            "Inviting",
            (
                extensions("invite", "Rung together when the room calls everybody"),
                Field("outside", "Numbers outside may be invited", "At the hospital's expense."),
            ),
        ),
        Group(
            "Recording",
            (
                Field("record", "What is said is recorded", "Everybody who comes in is told."),
                Field("keep_days", "Kept for (days)", when={"record": ("true",)}),
            ),
            folded=True,
        ),
    ),
)


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Name, numbers, who chairs, what is special."""
    marks = [
        mark
        for key, mark in (("ad_hoc", "ad hoc"), ("wait", "waits for the chairman"), ("record", "is recorded"))
        if doc.get(key)
    ]
    chairs = ", ".join(doc.get("chairmen", ()))
    return (
        named(doc, language),
        str(doc.get("numbers", "")),
        chairs,
        ", ".join(translate(one, language) for one in marks),
    )


HOME = "/exchange/conferences"
ROOMS = Layout(
    name="rooms",
    path=("pbx", "conference", "rooms"),
    home=HOME,
    title="Conference rooms",
    one="room",
    help="Dialled by their number from inside; calls from outside reach them by a rule.",
    item=ROOM,
    columns=("Name shown", "Number", "Chaired by", "Traits"),
    cells=cells,
)
AD_HOC = Layout(
    name="conference",
    path=("pbx", "conference"),
    home=HOME,
    title="Ad hoc conferences",
    item=Shape(
        ConferencePlan,
        (
            Group(
                "Ad hoc conferences",
                (
                    Field(
                        "ad_hoc",
                        "Dialled to be given the first empty ad hoc room",
                        hint="*88",
                        usual="none",
                        wrong="Digits, * and # only.",
                    ),
                ),
            ),
        ),
    ),
)
