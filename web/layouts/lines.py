"""Nurse-call lines: each kind of wire with its own fields, and what its messages mean."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_lines import CallPoint, Contact, EspaLine, EspaxLine, ModbusLine, ModbusUnit, TapLine, TextLine
from web.forms.layout import Doc, Field, Group, Layout, Shape, Variants
from web.forms.names import Names
from web.layouts.common import ID, called

HOME, HEAD = "/setup/lines", "care_head.html"
KINDS = {
    "espa444": "ESPA 4.4.4",
    "text": "A host that prints (text)",
    "tap": "TAP 1.8",
    "espax": "ESPA-X (network)",
    "modbus": "Contacts (Modbus RTU)",
}
NO_PATTERN = "That is no regular expression that fits here."

WARD = Field("ward", "Ward", "Whose beds are meant where a message names no ward.", ref="wards")
SILENCE = Field("silence", "In trouble after a silence of (seconds)", "Without valid traffic.")
DEVICE = Field(
    "device",
    "Serial device",
    "By its lasting name; or a serial server: socket://host:port, rfc2217://host:port.",
    ref="ports",
    free=True,
    hint="/dev/serial/by-id/…",
    wide=True,
)
PARITIES = {"none": "none", "even": "even", "odd": "odd"}
SETTINGS = (
    Field("baud", "Speed (baud)"),
    Field("data_bits", "Data bits"),
    Field("parity", "Parity", choices=PARITIES),
    Field("stop_bits", "Stop bits"),
)
WIRE = Group("The wire", (ID, WARD, DEVICE, *SETTINGS, SILENCE))
ENCODINGS = {"ascii": "ASCII", "gb18030": "GB 18030 (Chinese)", "utf-8": "UTF-8"}
BED_FROM = Field(
    "bed_from",
    "The bed stands in",
    choices={"text": "the text of the message", "address": "the number that is called"},
)


def _encoding(**more: str) -> Field:
    return Field("encoding", "Characters", choices=ENCODINGS | more)


POINT = Shape(
    CallPoint,
    (
        Group(
            "",
            (
                Field("says", "The host says", hint="28A"),
                Field("bed", "Bed", hint="28"),
                Field("ward", "Ward", ref="wards", usual="the line's"),
            ),
        ),
    ),
)
BED_PATTERN = Field(
    "bed_pattern",
    "Where the bed stands",
    "A regular expression with a group named bed, and perhaps one named ward.",
    wrong=NO_PATTERN,
    wide=True,
)
WARDS = Field("wards", "Wards by another name", "What the host calls a ward, and the short name of ours.")
POINTS = Field(
    "points",
    "Call points by another name",
    "Where the host's name of a call point is not the label at the bed.",
    rows=POINT,
)
TYPES = Field(
    "types",
    "Words that say of which kind a call is",
    "A regular expression, and the short name of a kind of call. The first that is found counts.",
)
DEFAULT = Field("default_type", "Otherwise it is", ref="call-types")


def _patterns(key: str, label: str, hint: str = "") -> Field:
    return Field(key, label, hint=hint, wrong=NO_PATTERN, each=True)


WORDS = (
    _patterns("ends", "A call is reset", "Reset"),
    _patterns("present", "A nurse is at the bed"),
    _patterns("absent", "A nurse has left the bed"),
    _patterns("faults", "A terminal is in trouble"),
    _patterns("mended", "A terminal is well again"),
    _patterns("ignore", "Means nothing", "Time"),
)
MEANING = Group(
    "What else messages say",
    WORDS,
    folded=True,
    help="Regular expressions that are searched in the message.",
)


def _reading(*first: Field) -> Group:
    return Group("What a message means", (*first, BED_PATTERN, DEFAULT, TYPES, WARDS, POINTS))


ESPA = Shape(
    EspaLine,
    (
        WIRE,
        Group(
            "Who speaks first",
            (
                Field(
                    "role",
                    "This box is",
                    choices={"station": "polled by the host (station)", "control": "the one that polls (control)"},
                ),
                Field("own", "Our address", wrong="One digit."),
                Field("peer", "The host's address", "Several where we poll, a digit each.", wrong="Digits only."),
                Field("statuses", "The host is told what becomes of its calls"),
            ),
        ),
        _reading(_encoding(), BED_FROM),
        MEANING,
    ),
)
TAP = Shape(
    TapLine,
    (
        WIRE,
        Group("Log-in", (Field("password", "Password of the host", "Empty: none is asked for.", usual="none"),)),
        _reading(_encoding(), BED_FROM),
        MEANING,
    ),
)
ESPAX = Shape(
    EspaxLine,
    (
        Group(
            "The wire",
            (
                ID,
                WARD,
                Field(
                    "listen",
                    "The host connects to",
                    "Address and port of this box, loopback or an address of its own.",
                    hint="0.0.0.0:2023",
                    wrong="address:port",
                ),
                Field("user", "User that the host names", usual="none"),
                Field("password", "Password of the host", "Empty: none is asked for.", usual="none"),
                SILENCE,
            ),
        ),
        _reading(_encoding()),
        MEANING,
    ),
)
CONTACT = Shape(
    Contact,
    (
        Group(
            "",
            (
                Field("input", "Input, from 0"),
                Field("bed", "Bed", hint="28"),
                Field("means", "Means", "A kind of call, or present, reset, fault.", ref="call-types", free=True),
                Field("ward", "Ward", ref="wards", usual="the line's"),
                Field("normally", "At rest", choices={"open": "open", "closed": "closed"}),
            ),
        ),
    ),
)
UNIT = Shape(
    ModbusUnit,
    (Group("", (Field("address", "Address of the module"), Field("contacts", "Its inputs", rows=CONTACT))),),
)
MODBUS = Shape(
    ModbusLine,
    (
        WIRE,
        Group(
            "Input modules",
            (
                Field("debounce", "A contact counts when it stays so for (seconds)"),
                Field("units", "Modules", rows=UNIT),
            ),
        ),
    ),
)
TEXT = Shape(
    TextLine,
    (
        WIRE,
        Group(
            "What a message looks like",
            (
                Field(
                    "framing",
                    "A message is",
                    choices={"lines": "a line", "stx-etx": "between STX and ETX", "fixed": "of so many bytes"},
                ),
                Field("length", "Bytes", when={"framing": ("fixed",)}),
                Field(
                    "check",
                    "Check",
                    choices={"none": "none", "xor": "XOR of the bytes", "sum": "sum of the bytes"},
                ),
                Field(
                    "check_as",
                    "The check is",
                    choices={"byte": "one byte", "hex": "two hexadecimal digits"},
                    when={"check": ("xor", "sum")},
                ),
                Field(
                    "check_over",
                    "It is made of",
                    choices={
                        "text": "the text", "text+etx": "the text and ETX", "stx+text+etx": "STX, the text and ETX",
                    },
                    when={"check": ("xor", "sum"), "framing": ("stx-etx",)},
                ),
                Field("answer", "What the host wants to hear", "For each good message.", usual="nothing"),
            ),
        ),
        _reading(
            _encoding(hex="no text: bytes as hexadecimal digits"),
            Field("bed_as", "The bed is written", choices={"text": "as it is", "hex": "as a hexadecimal number"}),
        ),
        Group(
            "Codes",
            (
                Field(
                    "codes",
                    "What each code means",
                    "What the group named code of the expression says; a kind of call, or present, absent, reset, "
                    "fault, mended.",
                ),
            ),
            folded=True,
        ),
        MEANING,
    ),
)  # fmt: skip


def _cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    kind = str(doc.get("protocol", "espa444"))
    return (
        str(doc.get("id", "")),
        translate(KINDS.get(kind, kind), language),
        str(doc.get("device") or doc.get("listen") or "–"),
        called(names["wards"], str(doc.get("ward", ""))),
    )


LAYOUT = Layout(
    name="nurse-lines",
    path=("nursecall", "lines"),
    item=Variants(
        "protocol",
        "Kind of wire",
        {
            "espa444": (KINDS["espa444"], ESPA),
            "text": (KINDS["text"], TEXT),
            "tap": (KINDS["tap"], TAP),
            "espax": (KINDS["espax"], ESPAX),
            "modbus": (KINDS["modbus"], MODBUS),
        },
        usual="espa444",
    ),
    title="Nurse-call lines",
    home=HOME,
    head=HEAD,
    help="A wire for each nurse-call host. What bytes would mean can be tried before a line counts.",
    one="line",
    columns=("Short name", "Kind of wire", "Device", "Ward"),
    cells=_cells,
    identity="id",
    begun=(
        "protocol",
        "device",
        "baud",
        "data_bits",
        "parity",
        "stop_bits",
        "role",
        "own",
        "peer",
        "framing",
        "encoding",
    ),
)
