"""Wards: how long a call waits, who has which hours, telephones at the beds. Beds are drawn on a page of their own."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_wards import Duty, Shift, Ward
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import USUAL_TREE, Names
from web.layouts.common import ID, NAME, called, named
from web.layouts.ward_common import BACK, HEAD, HOME

BEDS = "Labels and runs of them, such as 1-40, 加1, 1203-2."


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    tree, patience = str(doc.get("escalation") or ""), doc.get("patience", 120)
    return (
        named(doc, language),
        ", ".join(map(str, doc.get("beds", []))),
        translate("{seconds} s", language, seconds=patience),
        called(names["trees"], tree) if tree else "–",
        str(doc.get("desk") or "–"),
    )


SHIFT = Shape(
    Shift,
    (
        Group(
            "",
            (
                Field("id", "Short name"),
                Field("name", "Name shown"),
                Field("start", "Begins"),
                Field("end", "Ends (exclusive)"),
            ),
        ),
    ),
)
DUTY = Shape(
    Duty,
    (
        Group(
            "",
            (
                Field("shift", "Shift", ref="shifts"),
                Field("nurse", "Nurse"),
                Field("mobile", "Mobile", wrong="Digits only, or + before them."),
                Field("role", "As", "nurse, supervisor, or what a step names as role:…"),
                Field("extension", "Carries the telephone", ref="extensions", free=True, usual="none"),
                Field("beds", "Her beds", BEDS, usual="no bed in particular"),
            ),
        ),
    ),
)

LAYOUT = Layout(
    name="wards",
    path=("nursecall", "wards"),
    home=HOME,
    head=HEAD,
    back=BACK,
    replayed=True,
    title="Wards",
    one="ward",
    help="Beds and call points are drawn at “Beds and call points”; who is on duty is better kept in the roster.",
    item=Shape(
        Ward,
        (
            Group(
                "The ward",
                (
                    NAME,
                    ID,
                    Field("beds", "Beds", BEDS, wide=True, hint="1-40, 加1"),
                    Field("language", "Language that is spoken here", choices={"zh": "Chinese", "en": "English"}),
                    Field("desk", "Its desk telephone", ref="extensions", free=True, usual="none"),
                ),
            ),
            Group(
                "A call that waits",
                (
                    Field("repeat", "Spoken again after (seconds)"),
                    Field("patience", "Passed on after (seconds)"),
                    Field("escalation", "Passed on by", ref="trees", usual=USUAL_TREE),
                    Field("neighbours", "Neighbouring wards", "Told when a step goes to the neighbours.", ref="wards"),
                    Field(
                        "presence_off_ends",
                        "A nurse who leaves the bed has reset its calls",
                        "Else they wait anew.",
                    ),
                ),
            ),
            Group(
                "Hours",
                (
                    Field("night.start", "Night from"),
                    Field("night.end", "Night to (exclusive)"),
                    Field("shifts", "Shifts", "May cross midnight.", rows=SHIFT),
                ),
            ),
            Group(
                "How its screens are heard",
                (
                    Field("sound.day", "Loudness by day (0 to 100)"),
                    Field(
                        "sound.night",
                        "Loudness by night (0 to 100)",
                        "No screen can be turned down further. Emergencies are as loud as by day.",
                    ),
                    Field(
                        "sound.test",
                        "Test tone confirmed within (minutes of a shift's beginning)",
                        "0: no test is asked for.",
                    ),
                ),
                folded=True,
            ),
            Group(
                "Telephones at the beds",
                (
                    Field(
                        "phones.beds",
                        "Bed and extension",
                        "Or a run of beds and one of extensions, as long: 2-40 and 8002-8040.",
                    ),
                    Field("phones.limit", "Talk with a bed ends after (seconds)"),
                    Field("phones.ring", "A telephone rings for (seconds)"),
                    Field("phones.auto_answer", "Telephones at the beds answer by themselves"),
                    Field("phones.record", "Talks are recorded", "Tell patients and staff before."),
                    Field("phones.keep_days", "Kept for (days)"),
                ),
                folded=True,
            ),
            Group(
                "On duty by the plan",
                (Field("roster", "On duty", rows=DUTY),),
                folded=True,
                help="Where the roster says who has a shift, the roster counts.",
            ),
        ),
    ),
    columns=("Name shown", "Beds", "Passed on after (seconds)", "Passed on by", "Its desk telephone"),
    cells=_cells,
    identity="id",
)
