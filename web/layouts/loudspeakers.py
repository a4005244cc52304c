"""Loudspeakers of wards: at a sound card of the box, a paging zone of the network, or a telephone."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_places import Place
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID, called

KINDS = {
    "alsa": "at a sound card of this box",
    "multicast": "a paging zone of the network",
    "phone": "a telephone that answers by itself",
}


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    kind = str(doc.get("kind", ""))
    where = doc.get("device") or doc.get("extension") or f"{doc.get('address', '')}:{doc.get('port', 4000)}"
    ward = called(names["wards"], str(doc.get("ward", "")))
    return str(doc.get("id", "")), ward, translate(KINDS.get(kind, kind), language), str(where)


LAYOUT = Layout(
    name="loudspeakers",
    path=("nursecall", "places"),
    home="/setup/announcement",
    head="care_head.html",
    title="Loudspeakers",
    one="place",
    help="Where a ward's calls are spoken beside its station screens.",
    item=Shape(
        Place,
        (
            Group(
                "Its place",
                (
                    ID,
                    Field("ward", "Ward", ref="wards"),
                    Field("kind", "Kind", choices=KINDS),
                    Field(
                        "device",
                        "Sound device (ALSA)",
                        "As “aplay -L” names it.",
                        hint="default",
                        when={"kind": ("alsa",)},
                        wrong="That is no name of a sound device.",
                    ),
                    Field(
                        "address",
                        "Multicast address",
                        hint="239.1.1.1",
                        when={"kind": ("multicast",)},
                    ),
                    Field("port", "Port", when={"kind": ("multicast",)}),
                    Field(
                        "interface",
                        "Network card it is sent from",
                        hint="eno1",
                        when={"kind": ("multicast",)},
                    ),
                    Field("extension", "Extension", ref="extensions", free=True, when={"kind": ("phone",)}),
                ),
            ),
            Group(
                "How loud it is",
                (
                    Field("volume", "By day (0 to 100)"),
                    Field("night_volume", "By night (0 to 100)"),
                    Field("emergencies", "Emergencies of every ward are spoken here, too"),
                ),
            ),
        ),
    ),
    columns=("Short name", "Ward", "Kind", "Device"),
    cells=_cells,
    identity="id",
    blank={"kind": "alsa", "device": "default"},
)
