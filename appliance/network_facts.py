"""Which address this box has, and by what it finds others: read from the running system, never changed here."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import psutil

from web.bringing_up import Network


@dataclass(frozen=True)
class Sources:
    """Where the system says so; other files in tests. box: what a box from the image goes by, of which others have
    none.
    """

    routes: Path = Path("/proc/net/route")
    resolvers: tuple[Path, ...] = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
    box: Path = Path("/run/nightbell/box.json")


def network(sources: Sources = Sources()) -> Network:
    """As it is now; what cannot be read is left out."""
    said = json.loads(_text(sources.box) or "{}").get("network", {})
    dns = next((found for file in sources.resolvers if (found := resolvers(_text(file)))), ())
    return Network(addresses(), gateway(_text(sources.routes)), dns, tuple(said.get("ntp", ())), sources.box.exists())


def keeps_address(sources: Sources = Sources()) -> bool:
    """Whether the box has the same address tomorrow: not where it comes from DHCP. A box that is not from the image is
    taken at its owner's word.
    """
    said = json.loads(_text(sources.box) or "{}").get("network", {})
    return bool(said.get("address") != "dhcp")


def addresses() -> tuple[tuple[str, str], ...]:
    """Card and `10.1.2.3/24` of each card that is up; the loopback is none."""
    up = psutil.net_if_stats()
    return tuple(
        (card, str(IPv4Interface(f"{row.address}/{row.netmask or 32}")))
        for card, rows in sorted(psutil.net_if_addrs().items())
        if card in up and up[card].isup
        for row in rows
        if row.family is socket.AF_INET and not row.address.startswith("127.")
    )


def gateway(routes: str) -> str:
    """The default route's, of Linux's table `/proc/net/route`; empty for none."""
    for destination, through in _default_routes(routes.splitlines()[1:]):
        if int(destination, 16) == 0 and int(through, 16) != 0:
            return str(IPv4Address(int(through, 16).to_bytes(4, "little")))
    return ""


def resolvers(text: str) -> tuple[str, ...]:
    """The name servers of a `resolv.conf`."""
    lines = (line.split() for line in text.splitlines())
    return tuple(words[1] for words in lines if len(words) > 1 and words[0] == "nameserver")


def _default_routes(rows: Iterable[str]) -> Iterable[tuple[str, str]]:
    return ((cells[1], cells[2]) for row in rows if len(cells := row.split()) > 2)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError:
        return ""
