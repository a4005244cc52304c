"""How telephones of each make ask for their configuration, and what they read of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass(frozen=True)
class Account:
    """What a telephone needs to register. url: where it asks from now on."""

    extension: str
    secret: str = field(repr=False)
    server: str
    port: int
    url: str = field(repr=False)


@dataclass(frozen=True)
class Make:
    """agent: what it says of itself, with `{mac}` as it writes it. files: what it asks for, in this order."""

    agent: str
    files: tuple[str, ...]
    read: Callable[[str], Account]
    colons: bool = False

    def says(self, mac: str) -> str:
        """Its User-Agent."""
        shown = ":".join(mac[at : at + 2] for at in range(0, 12, 2)) if self.colons else mac
        return self.agent.format(mac=shown)


def _yealink(text: str) -> Account:
    told = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    return Account(
        told["account.1.user_name"],
        told["account.1.password"],
        told["account.1.sip_server.1.address"],
        int(told["account.1.sip_server.1.port"]),
        told["static.auto_provision.server.url"],
    )


def _values(text: str) -> Mapping[str, str]:
    tree = ElementTree.fromstring(text.encode())  # noqa: S314 - from our own box
    return {element.get("name", element.tag): element.text or "" for element in tree.iter()}


def _grandstream(text: str) -> Account:
    told = _values(text)
    server, _, port = told["P47"].partition(":")
    scheme = {"1": "http", "2": "https"}[told["P212"]]
    return Account(told["P35"], told["P34"], server, int(port), f"{scheme}://{told['P237']}")


def _fanvil(text: str) -> Account:
    told = _values(text)
    return Account(
        told["RegisterUser"], told["RegisterPswd"], told["RegisterAddr"], int(told["RegisterPort"]),
        told["FlashServerIP"],
    )  # fmt: skip


def _snom(text: str) -> Account:
    told = _values(text)
    server, _, rest = told["user_outbound"].partition(":")
    port = re.match(r"\d+", rest)
    return Account(
        told["user_name"], told["user_pass"], server, int(port[0]) if port else 5060,
        told["setting_server"].rpartition("/")[0] + "/",
    )  # fmt: skip


MAKES: dict[str, Make] = {
    "yealink": Make(
        "Yealink SIP-T31G 124.86.0.75 {mac}", ("y000000000123.boot", "{mac}.boot", "y000000000123.cfg", "{mac}.cfg"),
        _yealink, colons=True,
    ),
    "grandstream": Make(
        "Grandstream Model HW GXP1628 SW 1.0.4.138 DevId {mac}", ("cfg{mac}", "cfg{mac}.xml", "cfg.xml"), _grandstream
    ),
    "fanvil": Make("Fanvil X4 2.10.2.6887 {mac}", ("f0V00X400000.cfg", "{mac}.cfg"), _fanvil),
    "snom": Make(
        "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 {mac} SXM:0 UXM:0)",
        ("snomD785.htm", "snomD785-{mac}.xml"), _snom,
    ),
}  # fmt: skip
