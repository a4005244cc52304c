"""What people press while they are in a conference: a star and one digit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Act = Literal["mute", "louder", "softer", "count", "mute-all", "lock", "roll-call", "end"]

MEMBERS: Mapping[str, Act] = {"1": "mute", "4": "softer", "6": "louder", "5": "count"}
CHAIRMANS: Mapping[str, Act] = {"2": "mute-all", "3": "lock", "7": "roll-call", "0": "end"}
STAR = "*"


def act(digit: str, *, chairman: bool) -> Act | None:
    """What the digit after a star asks for; None for what whoever pressed it may not, or means nothing."""
    return MEMBERS.get(digit) or (CHAIRMANS.get(digit) if chairman else None)
