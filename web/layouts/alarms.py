"""Who is told of alarms: people by mail, other systems by webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan_messages import ALARMS, Mail, Webhook
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import CA_FILE, ID, SECONDS_FOR_ANSWER
from web.layouts.messages import HEAD, HOME

KINDS = {
    "trouble": "lasting trouble: a part of the box is down",
    "escalated": "a call to which nobody came",
    "message-failed": "a short message that was given up",
    "attack": "an attack on the exchange",
    "pin-locked": "PINs that locked",
    "misuse": "misuse (toll fraud)",
    "emergency": "an emergency call from an extension",
}
TOLD = Field("on", "Told of", choices=KINDS)


def _alarms(doc: Doc, language: Language) -> str:
    on = [str(one) for one in doc.get("on", ALARMS)]
    if set(on) == set(ALARMS):
        return translate("every alarm", language)
    between = "；" if language == "zh" else "; "
    return between.join(translate(KINDS.get(one, one), language) for one in on)


def _of_mail(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    to = ", ".join(map(str, doc.get("to", [])))
    return str(doc.get("id", "")), str(doc.get("host", "")), to, _alarms(doc, language)


MAIL = Layout(
    name="mail",
    path=("pbx", "mail"),
    home=HOME,
    head=HEAD,
    title="Mail servers",
    one="mail",
    help="By which alarms go to people; voicemail and faxes go by the first of them, or by the one that their pages "
    "name.",
    item=Shape(
        Mail,
        (
            Group(
                "The server",
                (
                    ID,
                    Field("host", "Address", hint="mail.hospital.example"),
                    Field("port", "Port"),
                    Field(
                        "security",
                        "Encryption",
                        "None only to a server in a private network, and without a log-in.",
                        choices={"starttls": "STARTTLS", "tls": "TLS from the beginning", "none": "none"},
                    ),
                    Field("ca_file", *CA_FILE, hint="/etc/nightbell/ca.pem", when={"security": ("starttls", "tls")}),
                    Field("user", "User", usual="no log-in"),
                    Field("password", "Password", secret=True, when={"user": ("*",)}),
                    Field("sender", "Sender's address", hint="nightbell@hospital.example", wrong="No mail address."),
                    SECONDS_FOR_ANSWER,
                ),
            ),
            Group(
                "Alarms",
                (
                    Field("to", "To these addresses", hint="it@hospital.example", wide=True, wrong="No mail address."),
                    TOLD,
                    Field("language", "Language of the mails", choices={"zh": "Chinese", "en": "English"}),
                ),
            ),
        ),
    ),
    columns=("Short name", "Address", "To these addresses", "Told of"),
    cells=_of_mail,
    identity="id",
)


def _of_webhook(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    return str(doc.get("id", "")), str(doc.get("url", "")), _alarms(doc, language)


WEBHOOKS = Layout(
    name="webhooks",
    path=("pbx", "webhooks"),
    home=HOME,
    head=HEAD,
    title="Webhooks",
    one="webhook",
    help="Alarms as JSON to another system, such as a service desk.",
    item=Shape(
        Webhook,
        (
            Group(
                "Where it is sent",
                (
                    ID,
                    Field(
                        "url",
                        "Address",
                        "https, except in private networks.",
                        hint="https://desk.hospital.example/hooks/nightbell",
                        wide=True,
                    ),
                    Field(
                        "secret",
                        "Secret by which it is signed",
                        "Both sides have it: HMAC-SHA256 in X-Nightbell-Signature. Empty: not signed.",
                        secret=True,
                    ),
                    Field("ca_file", *CA_FILE, hint="/etc/nightbell/ca.pem"),
                    SECONDS_FOR_ANSWER,
                ),
            ),
            Group("Alarms", (TOLD,)),
        ),
    ),
    columns=("Short name", "Address", "Told of"),
    cells=_of_webhook,
    identity="id",
)
