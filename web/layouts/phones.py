"""Telephones that set themselves up: how they are numbered, and what each is told."""

from __future__ import annotations

from pbx.plan_phones import PhoneKey, PhonesPlan
from web.forms.layout import Field, Group, Layout, Shape
from web.layouts.common import NAME

KEY = Shape(
    PhoneKey,
    (
        Group(
            "",
            (
                NAME,
                Field("number", "Number that it dials", hint="8001", wrong="Digits, * and # only."),
                Field("watch", "Its lamp follows that extension", "Lit while it talks, blinking while it rings."),
            ),
        ),
    ),
)
LAYOUT = Layout(
    name="phones",
    path=("pbx", "phones"),
    home="/exchange/phones",
    title="Numbering and keys of new telephones",
    help="Counts for telephones that are accepted, or set up anew, from now on.",
    item=Shape(
        PhonesPlan,
        (
            Group(
                "Numbering",
                (
                    Field(
                        "numbers",
                        "Extensions from which new telephones are numbered",
                        "In this order. Empty: whoever accepts one says its number.",
                        ref="extensions",
                        hint="8091-8100",
                        wide=True,
                        wrong="Extensions, or runs of them such as 8001-8010.",
                    ),
                    Field(
                        "skip",
                        "Digits that no number given out has",
                        "457 skips every 4, 5 and 7; what all numbers of a run begin with is not looked at. "
                        "Empty: one number after another.",
                        hint="457",
                        usual="none is skipped",
                        wrong="Digits only.",
                    ),
                ),
            ),
            Group(
                "What each telephone is told",
                (
                    Field(
                        "language",
                        "Language of the display",
                        choices={"zh": "Chinese", "en": "English"},
                        usual="the hospital's language",
                    ),
                    Field(
                        "ntp",
                        "Who tells it the time (NTP)",
                        "In a closed network a server of your own. Empty: the network says it by DHCP.",
                        hint="ntp.hospital.example",
                        wrong="That is no host name or IP address.",
                    ),
                    Field("keys", "Keys beside the display, at most ten", rows=KEY),
                ),
            ),
        ),
    ),
)
