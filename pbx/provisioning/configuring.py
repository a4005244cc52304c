"""What a telephone is told, and the same in its maker's own words.

Keys are those of the makers' guides: Yealink, *SIP IP Phones Auto Provisioning Guide* (V86); Grandstream, *SIP Device
Provisioning Guide* and the configuration templates of GXP16xx (P-values) and GRP26xx (names); Fanvil, *Auto Provision
Standard* and the export of an X4U; Snom, *Settings* of its service hub; Linphone, *Remote provisioning* of its wiki.
Checked against the public templates of Wazo's wazo-provd-plugins; no code is taken from there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from appliance.foundation.values import Language
from pbx.provisioning.makers import Maker

Transport = Literal["udp", "tls"]
Srtp = Literal["no", "optional", "required"]

NAMED = ("GXP213", "GXP214", "GXP216", "GXP217", "GRP26")
"""Grandstream's models that know settings by name (`<config version="2">`); others know P-values only."""


class Unfit(ValueError):
    """A telephone cannot be told this: it would end the line, or not be XML."""


@dataclass(frozen=True)
class Key:
    """A key beside the display. watch: its lamp follows the number."""

    label: str
    number: str
    watch: bool = False


@dataclass(frozen=True)
class Setup:
    """All that one telephone is told.

    label: on its display. url: where it asks from now on, ends with a slash and holds its token.
    offset: of its time zone from UTC, now; asked anew each night, so that summer time comes by itself.
    ntp, voicemail: empty for none. srtp: whether what is said is encrypted; over TLS only.
    """

    mac: str
    extension: str
    label: str
    secret: str = field(repr=False)
    admin_password: str = field(repr=False)
    url: str = field(repr=False)
    server: str
    port: int
    offset: timedelta
    language: Language = "zh"
    transport: Transport = "udp"
    srtp: Srtp = "no"
    ntp: str = ""
    voicemail: str = ""
    keys: Sequence[Key] = ()

    @property
    def minutes(self) -> int:
        """The offset in whole minutes."""
        return int(self.offset.total_seconds() // 60)

    @property
    def hours(self) -> str:
        """`+8`, `+5:30`, `-3`, as Yealink writes an offset."""
        whole, rest = divmod(abs(self.minutes), 60)
        return f"{'-' if self.minutes < 0 else '+'}{whole}{f':{rest:02}' if rest else ''}"

    @property
    def posix(self) -> str:
        """`LOC-8`, `LOC-5:30`: the zone as POSIX's TZ has it, where what lies east is negative."""
        return "LOC" + self.hours.translate(str.maketrans("+-", "-+"))

    @property
    def path(self) -> str:
        """The address without its scheme."""
        return self.url.partition("://")[2]


@dataclass(frozen=True)
class File:
    """What is sent. kind: its content type."""

    text: str = field(repr=False)
    kind: str


_XML = "text/xml; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_TEMPLATES: dict[Maker, tuple[str, str]] = {
    "yealink": ("yealink.cfg", _TEXT),
    "grandstream": ("grandstream.xml", _XML),
    "fanvil": ("fanvil.xml", _XML),
    "snom": ("snom.xml", _XML),
    "linphone": ("linphone.xml", _XML),
    "other": ("other.txt", _TEXT),
}


def configuration(maker: Maker, model: str, setup: Setup) -> File:
    """`setup` for a telephone of that make. Raises Unfit."""
    template, kind = _TEMPLATES[maker]
    # Those too know P-values; by which name they know encryption differs by firmware.
    if maker == "grandstream" and model.upper().startswith(NAMED) and setup.transport == "udp":
        template = "grandstream_named.xml"
    return File(_environment().get_template(template).render(phone=setup), kind)


def asking_again(every: timedelta) -> File:
    """For every Yealink that waits to be accepted: ask again so often. Nothing in it is secret."""
    minutes = max(1, int(every.total_seconds() // 60))
    return File(_environment().get_template("yealink_common.cfg").render(minutes=minutes), _TEXT)


def sayable(text: str) -> str:
    """`text` where it is fit for a telephone's file. Raises Unfit for what ends a line or cannot be printed."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"):
            raise Unfit(f"the character U+{ord(sign):04X} cannot be told to a telephone")
    return text


def _checked(value: object) -> object:
    return sayable(value) if isinstance(value, str) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pbx.provisioning"),
        autoescape=select_autoescape(("xml",)),
        finalize=_checked,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
