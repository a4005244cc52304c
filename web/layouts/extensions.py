"""Extensions: runs of numbers with their telephones and their class of service."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan import ExtensionGroup
from pbx.spans import each
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import NAME, called, named
from web.layouts.outgoing import KINDS

TELEPHONES = {
    "udp": "SIP telephones and gateways",
    "tls": "SIP telephones over TLS (encrypted)",
    "webrtc": "in browsers (WebRTC)",
}


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Numbers, name, how many, telephones, class."""
    numbers = str(doc.get("numbers", ""))
    kind = translate(TELEPHONES.get(str(doc.get("transport", "udp")), ""), language)
    rights = called(names["classes"], str(doc["rights"])) if doc.get("rights") else "–"
    return numbers, named(doc, language), str(len(each(numbers))), kind, rights


LAYOUT = Layout(
    name="extensions",
    path=("pbx", "extensions"),
    home="/exchange/extensions",
    title="Runs of extensions",
    one="extensions",
    help="Runs of numbers with what their telephones are and what they may dial. A number that something else names, "
    "a ward's station for example, can go only when nothing names it any more, or be renumbered everywhere at once.",
    item=Shape(
        ExtensionGroup,
        (
            Group(
                "",
                (
                    Field(
                        "numbers",
                        "Numbers",
                        "One, or a run of them.",
                        hint="8001-8040",
                        wrong="Write it as 8001 or 8001-8040.",
                    ),
                    NAME,
                ),
            ),
            Group(
                "What they may dial",
                (
                    Field("rights", "Class of service", ref="classes", usual="none: as ticked here"),
                    Field("may_dial", "May dial", choices=KINDS, when={"rights": ("",)}),
                    Field(
                        "language",
                        "Told why a call is refused in",
                        choices={"zh": "Chinese", "en": "English"},
                        usual="the hospital's language",
                    ),
                ),
            ),
            Group(
                "Telephones",
                (
                    Field("transport", "Telephones are", choices=TELEPHONES),
                    Field(
                        "srtp",
                        "Encrypted speech (SRTP)",
                        choices={"no": "no", "optional": "if the telephone does", "required": "always"},
                        usual="always, with TLS",
                        when={"transport": ("tls",)},
                    ),
                    Field(
                        "fax",
                        "Fax machines at a gateway that knows T.38",
                        when={"transport": ("udp", "tls")},
                    ),
                ),
            ),
        ),
    ),
    columns=("Numbers", "Name shown", "How many", "Telephones", "Class of service"),
    cells=cells,
    dialled=True,
    below="section_extensions.html",
    more=(("/exchange/edit/classes", "Classes of service"),),
)
