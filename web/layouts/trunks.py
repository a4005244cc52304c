"""Trunks: each kind with its own fields."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan_trunks import AnalogueTrunk, PriTrunk, R2Trunk, SipTrunk, Ss7Trunk
from web.forms.layout import Doc, Field, Group, Layout, Shape, Variants
from web.forms.names import Names
from web.layouts.common import ID, NAME, named

KINDS = {
    "sip": "SIP",
    "pri": "E1, PRI (DSS1)",
    "ss7": "E1, SS7",
    "r2": "E1, China No. 1 (R2)",
    "fxo": "Analogue, lines come in (FXO)",
    "fxs": "Analogue, we feed the lines (FXS)",
}

WHO = Group(
    "The line",
    (
        NAME,
        ID,
        Field(
            "tariff",
            "Its tariff",
            "What calls over it cost us: the name of an imported tariff. The cheapest healthy trunk is tried first.",
            ref="tariffs",
            free=True,
        ),
        Field(
            "channels",
            "Calls at once",
            "As the contract says; for E1, 30 a port unless you say fewer.",
            usual="30, of E1 as many as its ports have",
        ),
    ),
)
NUMBERS = Group(
    "Numbers",
    (
        Field(
            "format",
            "Called numbers are sent as",
            choices={
                "national": "national: 013800138000, 0571…, 00… abroad",
                "e164": "international: 8613800138000",
                "plus": "international with +: +8613800138000",
            },
        ),
        Field(
            "caller_id",
            "Our number, shown to who is called",
            "In the form that the carrier asked for.",
            hint="057188880001",
            wrong="Digits only, or + before them.",
        ),
    ),
)
SIP = Shape(
    SipTrunk,
    (
        WHO,
        Group(
            "The carrier's address",
            (
                Field(
                    "host",
                    "Address",
                    "Of the carrier's SBC, as in the contract.",
                    hint="10.20.0.5",
                    wrong="That is no host name or IP address.",
                ),
                Field("port", "Port"),
                Field(
                    "hosts",
                    "More addresses of the same carrier",
                    "Tried in this order when the first is silent; with :port where it is another.",
                    hint="10.20.0.6",
                    wrong="That is no host name or IP address.",
                ),
                Field(
                    "transport", "Transport", choices={"udp": "UDP", "tcp": "TCP", "tls": "TLS (encrypted signalling)"}
                ),
                Field(
                    "srtp",
                    "Encrypted speech (SRTP)",
                    choices={"no": "no", "optional": "if the carrier does", "required": "always"},
                    when={"transport": ("tls",)},
                ),
            ),
        ),
        Group(
            "Log-in at the carrier",
            (
                Field("registered", "We register", "Otherwise the carrier knows us by our address."),
                Field(
                    "user",
                    "User",
                    "As the carrier gave it, also where it asks for it without a registration.",
                    wrong="No spaces or other signs.",
                ),
                Field("password", "Password", secret=True),
                Field("realm", "Realm", usual="any", wrong="No spaces or other signs."),
                Field(
                    "from_domain", "Domain in From", usual="the address", wrong="That is no host name or IP address."
                ),
                Field(
                    "proxy",
                    "Outbound proxy",
                    hint="proxy.example:5060",
                    usual="none",
                    wrong="That is no host name or IP address.",
                ),
                Field("expiry", "Registered for (seconds)", when={"registered": ("true",)}),
            ),
            folded=True,
        ),
        NUMBERS,
        Group(
            "Details of the contract",
            (
                Field(
                    "shown",
                    "Our number stands in",
                    choices={"from": "the From header", "pai": "P-Asserted-Identity", "rpid": "Remote-Party-ID"},
                ),
                Field(
                    "called_in",
                    "The called number of calls in stands in",
                    choices={
                        "uri": "the request's address",
                        "to": "the To header",
                        "p-called-party-id": "P-Called-Party-ID",
                    },
                ),
                Field("codecs", "Codecs", choices={"alaw": "G.711 A-law", "ulaw": "G.711 µ-law", "g722": "G.722"}),
                Field(
                    "dtmf",
                    "Keys (DTMF)",
                    choices={
                        "auto_info": "RFC 4733, else INFO",
                        "rfc4733": "RFC 4733",
                        "info": "INFO",
                        "inband": "as sound",
                    },
                ),
                Field("fax", "The carrier takes faxes as T.38"),
                Field(
                    "probe",
                    "Asked whether it lives every (seconds)",
                    "0: never, for a carrier that answers no OPTIONS; then only calls that fail tell of a fault.",
                    usual="as usual: 10",
                ),
            ),
            folded=True,
        ),
    ),
)
PORTS = (
    Field("spans", "E1 ports", "Their numbers, as the card's driver counts them.", hint="1, 2"),
    Field("crc4", "CRC4"),
    Field("clock", "We take the clock from the carrier"),
)
PRI = Shape(
    PriTrunk,
    (
        WHO,
        Group(
            "The card",
            (
                *PORTS,
                Field(
                    "side",
                    "Our side",
                    choices={"user": "user", "network": "network: we are the exchange to the other side"},
                ),
            ),
        ),
        NUMBERS,
    ),
)
SS7 = Shape(
    Ss7Trunk,
    (
        WHO,
        Group("The card", PORTS),
        Group(
            "SS7",
            (
                Field("own", "Our point code", "14 bits, as a decimal number."),
                Field("peer", "The carrier's point code"),
                Field(
                    "network",
                    "Network",
                    choices={
                        "national": "national",
                        "national_spare": "national, spare",
                        "international": "international",
                        "international_spare": "international, spare",
                    },
                ),
                Field("first_cic", "CIC of the first line"),
            ),
        ),
        NUMBERS,
    ),
)
R2 = Shape(
    R2Trunk,
    (
        WHO,
        Group("The card", PORTS),
        Group(
            "China No. 1",
            (
                Field("caller_digits", "Digits of the caller's number, at most"),
                Field("called_digits", "Digits of the called number, at most"),
                Field("caller_first", "The caller's number is asked for first"),
            ),
        ),
        NUMBERS,
    ),
)
ANALOGUE = Shape(
    AnalogueTrunk,
    (
        WHO,
        Group(
            "The card",
            (
                Field(
                    "ports",
                    "Ports",
                    "Their numbers, as the card's driver counts them.",
                    hint="1-4",
                    wrong="Write it as 1 or 1-4.",
                ),
                Field(
                    "reversal",
                    "Reversed polarity tells the answer",
                    "Without it no call over the line can be billed right.",
                ),
                Field(
                    "caller_shown",
                    "The caller's number comes by",
                    choices={"fsk": "FSK", "dtmf": "DTMF", "no": "not at all"},
                ),
            ),
        ),
        NUMBERS,
    ),
)


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Name, kind, where it leads, how much it carries."""
    kind = str(doc.get("kind", "sip"))
    where = ", ".join([str(doc.get("host", "")), *map(str, doc.get("hosts", []))]) if kind == "sip" else ""
    ports = doc.get("ports") or ", ".join(map(str, doc.get("spans", [1])))
    return (
        named(doc, language),
        translate(KINDS.get(kind, kind), language),
        where or str(ports),
        str(doc.get("channels", "30")),
    )


LAYOUT = Layout(
    name="trunks",
    path=("pbx", "trunks"),
    home="/exchange/trunks",
    title="Trunks",
    one="trunk",
    help="Lines to carriers: as the contract says. A change counts for the next call; calls go on.",
    item=Variants(
        "kind",
        "Kind of line",
        {
            "sip": (KINDS["sip"], SIP),
            "pri": (KINDS["pri"], PRI),
            "ss7": (KINDS["ss7"], SS7),
            "r2": (KINDS["r2"], R2),
            "fxo": (KINDS["fxo"], ANALOGUE),
            "fxs": (KINDS["fxs"], ANALOGUE),
        },
        usual="sip",
    ),
    columns=("Name shown", "Kind", "Address", "Calls at once"),
    cells=cells,
    identity="id",
)
