"""What a line's messages mean on the ward: which bed, which kind of call. The plan says how to read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nursecall import plan
from nursecall.wire.espa444 import Call, Event, Message, Reset


@dataclass(frozen=True)
class Press:
    """Somebody at `bed` (a label) calls; `call_type` is a plan id."""

    bed: str
    call_type: str


@dataclass(frozen=True)
class Ended:
    """The bedside reset the call of this type; None for whatever `bed` had open."""

    bed: str
    call_type: str | None


@dataclass(frozen=True)
class Unreadable:
    """A call or a reset in which the line's pattern finds no bed. `text`: what was searched."""

    text: str


def read(line: plan.Line, event: Event) -> Press | Ended | Unreadable | None:
    """What `event` means on the ward of `line`; None for what is neither a call nor its end."""
    if not isinstance(event, Call | Reset):
        return None
    bed = _bed(line, event)
    if bed is None:
        return Unreadable(_searched(line, event))
    named = _named_type(line, event)
    return Ended(bed, named) if isinstance(event, Reset) else Press(bed, named or line.default_type)


def _searched(line: plan.Line, message: Message) -> str:
    return (message.address if line.bed_from == "address" else message.text) or ""


def _bed(line: plan.Line, message: Message) -> str | None:
    found = re.search(line.bed_pattern, _searched(line, message))
    label = (found["bed"] or "").strip() if found else ""
    # Hosts fill up with zeros; labels on the door do not.
    return re.sub(r"^0+(?=\d)", "", label) or None


def _named_type(line: plan.Line, message: Message) -> str | None:
    text = message.text or ""
    return next((kind for pattern, kind in line.types.items() if re.search(pattern, text)), None)
