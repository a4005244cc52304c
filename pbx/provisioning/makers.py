"""Who asks: maker, model, firmware and MAC of a telephone, from what it says of itself and what file it wants.

User agents as seen on the wire and written down by others: the comments of wazo-provd-plugins (HTTP), the
provisioning guides of Grandstream and Snom, and traces of SIP plug and play.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["own", "common", "other"]
Maker = Literal["yealink", "grandstream", "fanvil", "snom", "linphone", "other"]

NAMES: dict[Maker, str] = {
    "yealink": "Yealink",
    "grandstream": "Grandstream",
    "fanvil": "Fanvil",
    "snom": "Snom",
    "linphone": "Linphone",
    "other": "",
}
"""As they write themselves."""

_OUIS: dict[str, Maker] = {
    "001565": "yealink",
    "805ec0": "yealink",
    "805e0c": "yealink",
    "249ad8": "yealink",
    "c4fc22": "yealink",
    "000b82": "grandstream",
    "c074ad": "grandstream",
    "ec74d7": "grandstream",
    "0c383e": "fanvil",
    "00a859": "fanvil",
    "000413": "snom",
}
"""Beginnings of MACs, for telephones that say nothing of themselves. Not all that a maker has."""


@dataclass(frozen=True)
class Told:
    """What a telephone says of itself; empty for what it does not say. mac: 12 lower-case hexadecimal digits."""

    maker: Maker
    model: str = ""
    firmware: str = ""
    mac: str = ""


@dataclass(frozen=True)
class Wanted:
    """A file that a telephone asks for.

    mac: whose it is; empty for one that is the same for all. form: the maker whose language it is to be in.
    kind: the telephone's own file, which we answer; a common one, for all of a make, that we answer too; any other,
    which merely shows that the telephone is there.
    """

    mac: str
    form: Maker
    kind: Kind


_YEALINK = re.compile(r"yealink[ -]+(?:SIP(?: VP)?-)?([\w-]+)\s+([\d.]+)(?:\s+([\da-f:]{12,17}))?\b", re.I)
_YEALINK_PLAIN = re.compile(r"(VP530P?|W\d\d[A-Z]+)\s+([\d.]+)\s+([\da-f:]{17})$", re.I)
_GRANDSTREAM = re.compile(r"Grandstream Model HW (\S+)(?:\s+V\S+)?\s+SW (\S+) DevId ([\da-f]{12})", re.I)
_GRANDSTREAM_OLD = re.compile(r"Grandstream (\S+) \(.*:([\d.]+)\) DevId ([\da-f]{12})", re.I)
_GRANDSTREAM_SIP = re.compile(r"Grandstream (\S+) ([\d.]+)()$", re.I)
_FANVIL = re.compile(r"Fanvil (\S+(?: Pro)?) ([\d.]+)(?: ([\da-f]{12}))?$", re.I)
_SNOM = re.compile(r"\bsnom(\w+)-SIP ([\d.]+)(?:[^)]*?\b([\da-f]{12})\b)?", re.I)
_SNOM_SIP = re.compile(r"snom(\w+)/([\d.]+)()")
_LINPHONE = re.compile(r"(Linphone\w*)/([\d.]+)()", re.I)
_AGENTS: tuple[tuple[Maker, re.Pattern[str]], ...] = (
    ("yealink", _YEALINK),
    ("yealink", _YEALINK_PLAIN),
    ("grandstream", _GRANDSTREAM),
    ("grandstream", _GRANDSTREAM_OLD),
    ("grandstream", _GRANDSTREAM_SIP),
    ("fanvil", _FANVIL),
    ("snom", _SNOM),
    ("snom", _SNOM_SIP),
    ("linphone", _LINPHONE),
)


def told(agent: str) -> Told:
    """What a User-Agent (of HTTP or SIP) says; an unknown one is of the maker `other`, with its first word as model.

    >>> told("Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3")
    Told(maker='yealink', model='T46S', firmware='66.85.0.5', mac='001565a1b2c3')
    """
    for maker, pattern in _AGENTS:
        if found := pattern.search(agent[:300]):
            model, firmware, mac = found.groups()
            return Told(maker, model[:40], firmware[:40], _mac(mac or ""))
    word = re.match(r"[\w.+-]{1,40}", agent)
    return Told("other", word[0] if word else "")


def _mac(text: str) -> str:
    plain = text.replace(":", "").lower()
    return plain if len(plain) == 12 else ""


def maker_of(mac: str) -> Maker:
    """Who made it, by the first half of its MAC; `other` where that is not known."""
    return _OUIS.get(mac[:6], "other")


_MAC = r"([0-9a-fA-F]{12})"
_ByAgent = Callable[[Told, str], Maker]
_FILES: tuple[tuple[re.Pattern[str], Maker | None, Kind], ...] = (
    (re.compile(rf"cfg{_MAC}\.xml"), "grandstream", "own"),
    (re.compile(rf"cfg{_MAC}"), "grandstream", "other"),
    (re.compile(rf"dev{_MAC}\.cfg"), "grandstream", "other"),
    (re.compile(rf"snom\w*-{_MAC}\.(?:xml|htm|html)"), "snom", "own"),
    (re.compile(rf"{_MAC}\.boot"), "yealink", "other"),
    (re.compile(rf"{_MAC}\.cfg"), None, "own"),
    (re.compile(rf"{_MAC}\.xml"), None, "own"),
    (re.compile(rf"{_MAC}\.txt"), "other", "own"),
    (re.compile(rf"{_MAC}-(?:local|all|directory|contact|calllog)\.\w+"), "yealink", "other"),
    (re.compile(r"()y0{3,}\w*\.cfg", re.I), "yealink", "common"),
    (re.compile(r"()y0{3,}\w*\.boot", re.I), "yealink", "other"),
    (re.compile(r"()f0\w+\.(?:cfg|txt)", re.I), "fanvil", "other"),
    (re.compile(r"()cfg\w*\.xml", re.I), "grandstream", "other"),
    (re.compile(r"()snom\w+\.(?:xml|htm|html)", re.I), "snom", "other"),
)


def wanted(name: str, agent: Told) -> Wanted | None:
    """What the file `name` (without directories) is for; None for what no telephone asks for."""
    for pattern, form, kind in _FILES:
        if found := pattern.fullmatch(name):
            mac = found[1].lower()
            return Wanted(mac, form or _form(agent, mac, name), kind)
    return None


def _form(agent: Told, mac: str, name: str) -> Maker:
    """Several makers ask for the same name: go by what it says of itself, else by its MAC, else by the commonest."""
    if agent.maker != "other":
        return agent.maker
    known = maker_of(mac)
    if known != "other":
        return known
    return "yealink" if name.endswith(".cfg") else "other"
