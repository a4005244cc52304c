"""Feeds of the hospital information system, which say who lies where."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from nursecall.plan_adt import AdtFeed
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID, called, listed
from web.layouts.ward_common import BACK, HEAD, HOME


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    wards = doc.get("wards", {})
    known = [called(names["wards"], str(one)) for one in dict.fromkeys(wards.values())] if wards else []
    return str(doc.get("id", "")), str(doc.get("listen", "127.0.0.1:2575")), listed(known, language)


LAYOUT = Layout(
    name="adt",
    path=("nursecall", "adt"),
    home=HOME,
    head=HEAD,
    back=BACK,
    title="Hospital information system",
    one="his",
    help="It tells by HL7 v2 (ADT over MLLP) who is admitted, moved and discharged. A bed of which it says nothing "
    "calls all the same.",
    item=Shape(
        AdtFeed,
        (
            Group(
                "Where it connects",
                (
                    ID,
                    Field(
                        "listen",
                        "It connects to",
                        "Address and port of this box; let the firewall pass that system alone.",
                        hint="127.0.0.1:2575",
                    ),
                    Field("application", "Sending application (MSH-3)", usual="any"),
                    Field("facility", "Sending facility (MSH-4)", usual="any"),
                    Field(
                        "encoding",
                        "Characters",
                        choices={"gb18030": "GB 18030 (Chinese)", "utf-8": "UTF-8"},
                        usual="as the message says (MSH-18)",
                    ),
                    Field("silence", "In trouble after a silence of (seconds)"),
                ),
            ),
            Group(
                "Wards and beds",
                (
                    Field("wards", "Wards", "What it calls a ward (PV1-3.1), and the short name of ours."),
                    Field(
                        "bed",
                        "A bed's label is made of",
                        "Parts of PV1-3 in braces: ward, room, bed, facility. Room and bed with - between make 1203-2.",
                        hint="{room}-{bed}",
                    ),
                ),
            ),
            Group(
                "Care grade",
                (
                    Field(
                        "care_grade",
                        "Field it stands in",
                        "The standard has none for it.",
                        usual="nowhere",
                        hint="PV1-15, ZPV-2, OBX[HLJB]-5",
                    ),
                    Field("care_grades", "Its words", "Besides 0 to 3 and 特级 to 三级: the word, and 0 to 3."),
                    Field("default_grade", "Where it says nothing (0 to 3)"),
                ),
            ),
        ),
    ),
    columns=("Short name", "It connects to", "Wards"),
    cells=_cells,
    identity="id",
)
