"""The plan's sections about messages: gateways for short messages, e-mail, webhooks, groups of people to write to.

Secrets never stand in the plan: it names where they are, `file:/etc/nightbell/smsc` or `env:SMSC_PASSWORD`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.secret import Secret
from pbx.templates import Unfillable, check

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Alarm = Literal["trouble", "escalated", "message-failed", "attack", "pin-locked", "misuse", "emergency"]
"""A part of the box in lasting trouble and out of it again; a call nobody came to; a short message given up; an
address that tries secrets; PINs that locked; toll fraud; an extension that called an emergency number."""
ALARMS: tuple[Alarm, ...] = ("trouble", "escalated", "message-failed", "attack", "pin-locked", "misuse", "emergency")


Address = Annotated[str, Field(pattern=r"^[!-;=?A-~]{1,64}@[A-Za-z0-9.-]{1,189}$")]
"""Of e-mail."""


def is_near(host: str) -> bool:
    """Whether `host` is this box or in a private network, by its very address."""
    try:
        return host == "localhost" or ip_address(host).is_private
    except ValueError:
        return False


def _guarded(url: str) -> str:
    parts = urlsplit(url.partition("{")[0])
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PlanError((), "begins with https:// and a host")
    if parts.scheme == "http" and not is_near(parts.hostname):
        raise PlanError((), "must be https:// outside private networks")
    return url


Url = Annotated[str, AfterValidator(_guarded)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as why:
        raise PlanError((), "is no regular expression: {why}", why=why) from why
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Modem(Section):
    """A GSM modem on a serial device."""

    id: Id
    device: str = Field(min_length=1, description="absolute, or relative to the box's devices directory")
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 115200


class Smpp(Section):
    """A short message centre over SMPP 3.4.

    sender: number or name that phones show. long: how long texts go, as parts under a header (`udh`, understood
        everywhere) or whole (`payload`). gsm7: how the centre's default alphabet is put into octets.
    """

    id: Id
    host: str = Field(min_length=1)
    port: int = Field(default=2775, ge=1, le=65535)
    tls: bool = False
    ca_file: str = ""
    system_id: str = Field(min_length=1, max_length=15)
    password: Secret | None = None
    system_type: str = Field(default="", max_length=12)
    sender: str = Field(default="", max_length=20)
    long: Literal["udh", "payload"] = "udh"
    gsm7: Literal["octets", "packed", "latin-1"] = "octets"
    enquire_seconds: int = Field(default=30, ge=5, le=3600)
    timeout: int = Field(default=15, ge=1, le=120)
    window: int = Field(default=10, ge=1, le=100)

    @model_validator(mode="after")
    def _plain_only_near(self) -> Smpp:
        if not self.tls and self.password and not is_near(self.host):
            raise PlanError(("tls",), "must be true outside private networks: the password would be read on the way")
        return self


class Inbound(Section):
    """Names in what the gateway sends to `/hooks/sms/<id>`: form fields, or paths in a JSON body (`data.from`).

    token: the caller proves itself with it, as `Authorization: Bearer`, `X-Token`, or `?token=`.
    delivered, failed: what `status` says in a delivery report to `/hooks/sms/<id>/report`.
    """

    token: Secret
    sender: str = "from"
    text: str = "text"
    id: str = "id"
    status: str = "status"
    delivered: Pattern = "(?i)^(deliver(e|r)d|DELIVRD|0)$"
    failed: Pattern = "(?i)^(fail(ed|ure)?|undeliv(ered|erable)?|UNDELIV|rejected|REJECTD|expired|EXPIRED)$"
    answer: str = "OK"


class HttpSms(Section):
    """A gateway that takes messages over HTTP, described by templates (Jinja).

    Templates know `to`, `text`, `id` (the same at each try of a message: an idempotency key) and `secrets.NAME`.
    success_status, success: what a yes looks like; success is a regular expression in the answer's body, or in the
        value at `success_path` of a JSON answer. id_path: where a JSON answer names the message; for delivery reports.
    """

    id: Id
    url: Url
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: Mapping[str, str] = {"Content-Type": "application/json"}
    body: str = '{"to": {{ to|tojson }}, "text": {{ text|tojson }}, "id": {{ id|tojson }}}'
    secrets: Mapping[str, Secret] = {}
    success_status: tuple[int, ...] = (200, 201, 202)
    success_path: str = ""
    success: Pattern = ""
    hopeless: Pattern = ""
    id_path: str = ""
    ca_file: str = ""
    timeout: int = Field(default=10, ge=1, le=120)
    slow: float = Field(default=5.0, gt=0, description="seconds from which the gateway counts as slow")
    window: int = Field(default=4, ge=1, le=50)
    inbound: Inbound | None = None

    @model_validator(mode="after")
    def _templates_can_be_filled(self) -> HttpSms:
        for name, template in (("url", self.url), ("body", self.body), *_named("headers", self.headers)):
            try:
                check(template, tuple(self.secrets))
            except Unfillable as why:
                raise PlanError(tuple(name.split(" ")), "the template cannot be filled: {why}", why=why.why) from why
        return self


def _named(section: str, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise PlanError((section, name), "is no name of a header")
        yield f"{section} {name}", value


class Mail(Section):
    """Alarms by e-mail. security: `none` only to a server in a private network, and never with a password."""

    id: Id
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password: Secret | None = None
    sender: Address
    to: tuple[Address, ...] = Field(min_length=1)
    on: tuple[Alarm, ...] = ALARMS
    language: Literal["zh", "en"] = "zh"
    timeout: int = Field(default=30, ge=1, le=300)

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Mail:
        if self.security == "none" and (self.password or not is_near(self.host)):
            raise PlanError(("security",), "must be starttls or tls: this server is not near, or wants a password")
        if bool(self.user) != bool(self.password):
            raise PlanError(("password",), "user and password come together")
        return self


class Webhook(Section):
    """Alarms as JSON to another system; signed with HMAC-SHA256 when it has a secret."""

    id: Id
    url: Url
    secret: Secret | None = None
    ca_file: str = ""
    on: tuple[Alarm, ...] = ALARMS
    timeout: int = Field(default=10, ge=1, le=120)


class Member(Section):
    """Somebody in a group."""

    name: str = Field(min_length=1, max_length=64)
    mobile: str = Field(pattern=r"^\+?[0-9]{3,19}$")


class Group(Section):
    """People who are written to together."""

    id: Id
    name: Text
    members: tuple[Member, ...] = ()


class Messages(Section):
    """How messages are sent.

    order: ids of gateways, the first that works is used; empty: modems, then SMPP, then HTTP, as they stand.
    answer_hours: so long a nurse's answer belongs to the last message they got.
    trouble_seconds: a part that is down so long is worth an alarm by mail or webhook.
    """

    order: tuple[str, ...] = ()
    answer_hours: int = Field(default=12, ge=1, le=168)
    trouble_seconds: int = Field(default=120, ge=0, le=86400)


GATEWAYS = ("modems", "smpp", "http_sms")
"""Sections whose rows are gateways for short messages."""


class MessageSections(Section):
    """What `PbxPlan` has of messages."""

    messages: Messages = Messages()
    modems: tuple[Modem, ...] = ()
    smpp: tuple[Smpp, ...] = ()
    http_sms: tuple[HttpSms, ...] = ()
    mail: tuple[Mail, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    groups: tuple[Group, ...] = ()

    @field_validator("groups", "mail", "webhooks")
    @classmethod
    def _apart(cls, rows: tuple[Group | Mail | Webhook, ...]) -> tuple[Group | Mail | Webhook, ...]:
        _unique("", [(index, row.id) for index, row in enumerate(rows)], set())
        return rows

    @model_validator(mode="after")
    def _gateways_apart(self) -> MessageSections:
        seen: set[str] = set()
        for name in GATEWAYS:
            _unique(name, [(index, row.id) for index, row in enumerate(getattr(self, name))], seen)
        for index, identity in enumerate(self.messages.order):
            if identity not in seen or identity in self.messages.order[:index]:
                said = "{name!r} is no gateway, or stands here twice"
                raise PlanError(("messages", "order", index), said, name=identity)
        return self

    def every_gateway(self) -> tuple[str, ...]:
        """The id of each gateway for short messages, used or not."""
        return tuple(row.id for rows in (self.modems, self.smpp, self.http_sms) for row in rows)

    def gateways(self) -> tuple[Modem | Smpp | HttpSms, ...]:
        """Every gateway for short messages, the first to be used first; those `order` leaves out are not used."""
        every: tuple[Modem | Smpp | HttpSms, ...] = (*self.modems, *self.smpp, *self.http_sms)
        rows = {row.id: row for row in every}
        return tuple(rows[identity] for identity in self.messages.order or rows)


def _unique(section: str, ids: list[tuple[int, str]], seen: set[str]) -> None:
    for index, identity in ids:
        if identity in seen:
            raise PlanError(
                (section, index, "id") if section else (index, "id"), "{name!r} is used twice", name=identity
            )
        seen.add(identity)
