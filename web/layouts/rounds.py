"""What is done on the wards besides answering calls: rounds by care grade, and services that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_care import Rounds, Service
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID, NAME, called, listed, named
from web.layouts.ward_common import BACK, HEAD, HOME, people

GRADES = ("Special", "Grade 1", "Grade 2", "Grade 3")


def _round(grade: object, minutes: object, language: Language) -> str:
    known = str(grade).isdecimal() and int(str(grade)) < len(GRADES)
    name = translate(GRADES[int(str(grade))], language) if known else str(grade)
    return translate("{grade}: {minutes} min", language, grade=name, minutes=minutes)


def _of_rounds(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    said = [_round(grade, minutes, language) for grade, minutes in doc.get("minutes", {}).items()]
    return called(names["wards"], str(doc.get("ward", ""))), listed(said, language)


ROUNDS = Layout(
    name="rounds",
    path=("nursecall", "rounds"),
    home=HOME,
    head=HEAD,
    back=BACK,
    title="Rounds",
    one="rounds",
    help="How often somebody looks in at each bed. A round that is due stands on the station; an empty bed and a "
    "patient on leave have none.",
    item=Shape(
        Rounds,
        (
            Group(
                "Rounds",
                (
                    Field("ward", "Ward", ref="wards"),
                    Field(
                        "minutes",
                        "Care grade and minutes",
                        "0 special, 1 to 3; a grade that is left out has no rounds.",
                    ),
                ),
            ),
        ),
    ),
    columns=("Ward", "Care grade and minutes"),
    cells=_of_rounds,
    blank={"minutes": {"0": 15, "1": 60, "2": 120, "3": 180}},
)


def _of_service(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    wards = [called(names["wards"], str(one)) for one in doc.get("wards", [])]
    told = [people(str(one), names, language) for one in doc.get("to", [])]
    return (
        named(doc, language),
        listed(wards, language) or translate("any", language),
        listed(told, language) or translate("only the station's list", language),
    )


SERVICES = Layout(
    name="services",
    path=("nursecall", "services"),
    home=HOME,
    head=HEAD,
    back=BACK,
    title="Services for patients",
    one="service",
    help="What patients may ask for that needs no nurse. Asked for at the station; an answer “1” to the message takes "
    "it.",
    item=Shape(
        Service,
        (
            Group(
                "The service",
                (
                    NAME,
                    ID,
                    Field("icon", "Picture", ref="icons"),
                    Field("wards", "Wards", ref="wards", usual="any"),
                ),
            ),
            Group(
                "Who is told",
                (
                    Field(
                        "to",
                        "Told by a short message",
                        "duty, assigned, supervisor, role:porter, a number, or group: and a group of people. Empty: it "
                        "is only on the station's list.",
                        hint="duty, role:porter",
                        wide=True,
                    ),
                    Field(
                        "call_type",
                        "Kind of call that asks for it",
                        "A bed that calls so asks for it, and asking for it at a station makes such a call.",
                        ref="call-types",
                        usual="none",
                    ),
                    Field("overdue", "Told again after (seconds)", "Three times in all."),
                ),
            ),
        ),
    ),
    columns=("Name shown", "Wards", "Who is told"),
    cells=_of_service,
    identity="id",
    blank={"icon": "service"},
)
