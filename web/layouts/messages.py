"""Ways out for short messages: which are used in which order, and each kind with its own fields."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from pbx.plan_messages import Group as People
from pbx.plan_messages import HttpSms, Member, Messages, Modem, Smpp
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import CA_FILE, ID, NAME, SECONDS_FOR_ANSWER, listed, named

HOME, HEAD = "/messages", "messages_head.html"
NO_PATTERN = "A regular expression."

ORDER = Layout(
    name="messages",
    path=("pbx", "messages"),
    home=HOME,
    head=HEAD,
    title="Order and alarms",
    help="A message goes by the first way out that works; what one refuses, the next one sends at once.",
    item=Shape(
        Messages,
        (
            Group(
                "Order",
                (
                    Field(
                        "order",
                        "Ways out, in the order in which they are tried",
                        "Empty: modems, then SMPP, then HTTP. Otherwise, those that are not named here are not used.",
                        ref="gateways",
                        wide=True,
                    ),
                ),
            ),
            Group(
                "Answers and alarms",
                (
                    Field(
                        "answer_hours",
                        "A nurse's answer belongs to the last message for (hours)",
                        "Later ones are kept as messages of their own.",
                    ),
                    Field(
                        "trouble_seconds",
                        "Something that is down so long is worth an alarm (seconds)",
                        "By mail and webhook, to whoever is told of lasting trouble.",
                    ),
                ),
            ),
        ),
    ),
)


def _of_modem(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    return str(doc.get("id", "")), str(doc.get("device", "")), str(doc.get("baud", 115200))


MODEMS = Layout(
    name="modems",
    path=("pbx", "modems"),
    home=HOME,
    head=HEAD,
    title="GSM modems",
    one="modem",
    help="A modem with a SIM card, at a serial port of the box or in one of its USB sockets.",
    item=Shape(
        Modem,
        (
            Group(
                "",
                (
                    ID,
                    Field(
                        "device",
                        "Serial device",
                        "As in the box's directory of devices, or a whole path.",
                        hint="ttyUSB0",
                    ),
                    Field("baud", "Speed (baud)"),
                ),
            ),
        ),
    ),
    columns=("Short name", "Serial device", "Speed (baud)"),
    cells=_of_modem,
    identity="id",
)


def _of_smpp(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    address = f"{doc.get('host', '')}:{doc.get('port', 2775)}"
    return str(doc.get("id", "")), address, str(doc.get("system_id", "")), str(doc.get("sender", "")) or "–"


SMPP = Layout(
    name="smpp",
    path=("pbx", "smpp"),
    home=HOME,
    head=HEAD,
    title="Message centres (SMPP)",
    one="smsc",
    help="A carrier's message centre over SMPP 3.4, as the contract says.",
    item=Shape(
        Smpp,
        (
            Group(
                "The message centre's address",
                (
                    ID,
                    Field("host", "Address", hint="smsc.example"),
                    Field("port", "Port"),
                    Field("tls", "TLS (encrypted)", "Needed outside private networks, where there is a password."),
                    Field("ca_file", *CA_FILE, hint="/etc/nightbell/ca.pem", when={"tls": ("true",)}),
                ),
            ),
            Group(
                "Log-in at the message centre",
                (
                    Field("system_id", "System id", "The user's name, as the carrier gave it."),
                    Field("password", "Password", secret=True),
                    Field("system_type", "System type", usual="none"),
                    Field(
                        "sender",
                        "Number or name that mobiles show",
                        "As agreed with the carrier.",
                        hint="10690000",
                        usual="the carrier's choice",
                    ),
                ),
            ),
            Group(
                "Details of the contract",
                (
                    Field(
                        "long",
                        "Long texts go as",
                        choices={"udh": "parts under a header", "payload": "a whole (message_payload)"},
                    ),
                    Field(
                        "gsm7",
                        "Latin letters go as",
                        choices={"octets": "one letter an octet", "packed": "packed, 7 bits", "latin-1": "Latin 1"},
                    ),
                    Field("enquire_seconds", "Asked whether it is there after silence of (seconds)"),
                    SECONDS_FOR_ANSWER,
                    Field("window", "Messages under way at once"),
                ),
                folded=True,
            ),
        ),
    ),
    columns=("Short name", "Address", "System id", "Number or name that mobiles show"),
    cells=_of_smpp,
    identity="id",
)


def _of_http(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    return str(doc.get("id", "")), str(doc.get("method", "POST")), str(doc.get("url", ""))


HTTP = Layout(
    name="http-sms",
    path=("pbx", "http_sms"),
    home=HOME,
    head=HEAD,
    title="Services over HTTP",
    one="http",
    help="A provider's HTTP interface, described by templates.",
    item=Shape(
        HttpSms,
        (
            Group(
                "What is sent",
                (
                    ID,
                    Field("method", "Method", choices={"GET": "GET", "POST": "POST", "PUT": "PUT"}),
                    Field(
                        "url",
                        "Address",
                        "https, except in private networks.",
                        hint="https://sms.example/api/send",
                        wide=True,
                    ),
                    Field("headers", "Header lines", "Its name, and its value."),
                    Field(
                        "body",
                        "Body",
                        "Empty for GET. What stands in double braces is filled in.",
                        tall=True,
                    ),
                    Field(
                        "secrets",
                        "Secrets",
                        "A name, and what is kept under it: the templates then say {{ secrets.NAME }}. "
                        "It is never shown again.",
                        secret=True,
                        wrong="Each needs its secret.",
                    ),
                ),
                help="Templates know {{ to }}, {{ text }} and {{ id }}, which is the same at each try of a message; "
                "|tojson and |urlencode quote.",
            ),
            Group(
                "What a yes looks like",
                (
                    Field("success_status", "Status of the answer", hint="200, 201, 202"),
                    Field(
                        "success_path",
                        "Where a JSON answer says it",
                        hint="code",
                        usual="anywhere in the answer",
                    ),
                    Field("success", "What stands there", NO_PATTERN, hint="^0$", usual="anything"),
                    Field(
                        "hopeless",
                        "After which answer no other try helps",
                        NO_PATTERN,
                        usual="after none: it is tried again",
                    ),
                    Field(
                        "id_path",
                        "Where a JSON answer names the message",
                        "For reports of delivery.",
                        hint="data.id",
                        usual="nowhere",
                    ),
                ),
            ),
            Group(
                "Limits",
                (
                    SECONDS_FOR_ANSWER,
                    Field("slow", "Counts as slow from (seconds)"),
                    Field("window", "Messages under way at once"),
                    Field("ca_file", *CA_FILE, hint="/etc/nightbell/ca.pem"),
                ),
                folded=True,
            ),
            Group(
                "Messages and reports that the provider brings",
                (
                    Field("inbound.token", "Token by which it proves itself", secret=True),
                    Field("inbound.sender", "Field with the sender", hint="data.from"),
                    Field("inbound.text", "Field with the text", hint="data.text"),
                    Field("inbound.id", "Field with the message's id", hint="data.id"),
                    Field("inbound.status", "Field with the state", hint="data.status"),
                    Field("inbound.delivered", "Which state means delivered", NO_PATTERN, wide=True),
                    Field("inbound.failed", "Which state means failed", NO_PATTERN, wide=True),
                    Field("inbound.answer", "What we answer"),
                ),
                folded=True,
                help="It posts messages to /hooks/sms/ and the short name, reports of delivery to the same with "
                "/report; with the token as “Authorization: Bearer”, “X-Token” or “?token=”. Fields of a form, or "
                "paths in JSON.",
            ),
        ),
    ),
    columns=("Short name", "Method", "Address"),
    cells=_of_http,
    identity="id",
)


def _of_people(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    members = [str(one.get("name", "")) for one in doc.get("members", [])]
    return named(doc, language), str(len(members)), listed(members, language)


PEOPLE = Layout(
    name="people",
    path=("pbx", "groups"),
    home=HOME,
    head=HEAD,
    title="Groups of people",
    one="group",
    help="People who are written to together: on the page “Messages”, by escalations, and by voice menus.",
    item=Shape(
        People,
        (
            Group("", (NAME, ID)),
            Group(
                "Who is in it",
                (
                    Field(
                        "members",
                        "People",
                        rows=Shape(
                            Member,
                            (
                                Group(
                                    "",
                                    (
                                        Field("name", "Name"),
                                        Field("mobile", "Mobile number", wrong="Digits only, or + before them."),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    columns=("Name shown", "How many", "Who is in it"),
    cells=_of_people,
    identity="id",
)
