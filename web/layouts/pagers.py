"""Pager systems that pages are sent to, each over a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_pagers import EspaPagers, TapPagers
from web.forms.layout import Doc, Field, Group, Layout, Shape, Variants
from web.forms.names import Names
from web.layouts.common import ID
from web.layouts.lines import DEVICE, ENCODINGS, SETTINGS
from web.layouts.ward_common import BACK, HEAD, HOME

KINDS = {"espa444": "ESPA 4.4.4", "tap": "TAP 1.8"}
WIRE = Group("The wire", (ID, DEVICE, *SETTINGS))
PAGES = (
    Field("address", "Pager or group", "Called where a page names none.", usual="none"),
    Field("encoding", "Characters", choices=ENCODINGS),
    Field("patience", "Given up after (seconds)", "Then the next is told."),
)

ESPA = Shape(
    EspaPagers,
    (
        WIRE,
        Group(
            "Who speaks first",
            (
                Field(
                    "role",
                    "This box is",
                    choices={
                        "control": "the one that polls (control)",
                        "station": "polled by the pager system (station)",
                    },
                ),
                Field("own", "Our address", wrong="One digit."),
                Field("peer", "The pager system's address", wrong="One digit."),
                Field("silence", "In trouble after a silence of (seconds)"),
            ),
        ),
        Group(
            "What a pager gets",
            (
                *PAGES,
                Field("beep", "Beep code (1 to 9)", usual="the system's own"),
                Field("priority", "Priority", "1 alarm, 2 high, 3 normal, unless a page says."),
                Field("transmissions", "Each page is sent so often"),
            ),
        ),
    ),
)
TAP = Shape(
    TapPagers,
    (WIRE, Group("Log-in", (Field("password", "Password", usual="none"),)), Group("What a pager gets", PAGES)),
)


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    kind = str(doc.get("protocol", "espa444"))
    return (
        str(doc.get("id", "")),
        translate(KINDS.get(kind, kind), language),
        str(doc.get("device") or "–"),
        str(doc.get("address") or "–"),
    )


LAYOUT = Layout(
    name="pagers",
    path=("nursecall", "pagers"),
    item=Variants(
        "protocol",
        "Kind of wire",
        {kind: (KINDS[kind], shape) for kind, shape in (("espa444", ESPA), ("tap", TAP))},
        usual="espa444",
    ),
    title="Pager systems",
    home=HOME,
    head=HEAD,
    back=BACK,
    help="A step of an escalation sends pages to them by their short name.",
    one="pagers",
    columns=("Short name", "Kind of wire", "Device", "Pager or group"),
    cells=_cells,
    identity="id",
)
