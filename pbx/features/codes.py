"""What a dialled star code asks for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pbx.plan_features import StarCodes

NUMBERED = ("forward_always", "forward_busy", "forward_no_answer", "follow_me", "take_over")
KEPT = {
    "forward_always": "always", "forward_busy": "busy", "forward_no_answer": "no_answer", "follow_me": "follow_me",
}  # fmt: skip
"""Feature → the wish it changes to the number."""


@dataclass(frozen=True)
class Asked:
    """feature: a field of `StarCodes`. number: what came after the code, empty for none. on: begin it, or end it."""

    feature: str
    number: str = ""
    on: bool = True


def asked(dialled: str, codes: StarCodes) -> Asked | None:
    """`*57*8002#`, `*578002`, `#57#`; None for what means nothing."""
    found = codes.dialled()
    code = max((code for code in found if dialled.startswith(code)), key=len, default="")
    if not code:
        return None
    feature, number = found[code], dialled.removeprefix(code).removeprefix("*").rstrip("#")
    on = code.startswith("*")
    if number and not number.isdigit():
        return None
    if number and (feature not in (*NUMBERED, "pick_up", "seat") or not on):
        return None
    if feature in NUMBERED and on and not number:
        return None
    return Asked(feature, number, on)
