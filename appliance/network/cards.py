"""The wired network cards of this machine, as Linux has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ETHERNET = "1"
NAMES = ("en", "eth")
"""How Linux calls wired cards; systemd.network files of ours match the same (appliance.box.network.files)."""


@dataclass(frozen=True)
class Card:
    """mac: lower case, between colons. cable: whether something at its other end answers."""

    name: str
    mac: str
    cable: bool


def wired(cards: Path) -> list[Card]:
    """In the order of their names. cards: /sys/class/net."""
    found = [one for one in sorted(cards.iterdir()) if one.name.startswith(NAMES)] if cards.is_dir() else []
    return [
        Card(one.name, _text(one / "address"), _text(one / "carrier") == "1")
        for one in found
        if _text(one / "type") == ETHERNET
    ]


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except OSError:  # a card that is down has no carrier to tell of
        return ""
