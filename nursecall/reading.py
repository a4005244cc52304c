"""What a line's messages mean on the ward: which bed, which kind of call. The plan says how to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nursecall.plan_lines import EspaLine, Worded
from nursecall.wire.espa444 import Call, Event, Reset


@dataclass(frozen=True)
class Press:
    """Somebody at `bed` (a label) of `ward` calls; `call_type` is a plan id."""

    ward: str
    bed: str
    call_type: str


@dataclass(frozen=True)
class Ended:
    """The bedside reset the call of this type; None for whatever `bed` had open."""

    ward: str
    bed: str
    call_type: str | None


@dataclass(frozen=True)
class Presence:
    """A nurse is at `bed` (`here`), or left it."""

    ward: str
    bed: str
    here: bool


@dataclass(frozen=True)
class Terminal:
    """The terminal at `bed` is unplugged, tampered with or broken; or well again."""

    ward: str
    bed: str
    well: bool


@dataclass(frozen=True)
class Unreadable:
    """A message in which the line's pattern finds no bed. `text`: what was searched."""

    text: str


Reading = Press | Ended | Presence | Terminal
"""What a line can tell a ward."""


def read(line: EspaLine, event: Event) -> Reading | Unreadable | None:
    """What an ESPA 4.4.4 `event` means; None for what is neither a call nor its end."""
    if not isinstance(event, Call | Reset):
        return None
    text = event.text or ""
    return words(
        line, text, (event.address or "") if line.bed_from == "address" else text, ends=isinstance(event, Reset)
    )


def words(line: Worded, text: str, searched: str, *, ends: bool = False) -> Reading | Unreadable:
    """What a message of `text` means. searched: where the bed stands. ends: the wire itself says it is over."""
    found = re.search(line.bed_pattern, searched)
    # Hosts fill up with zeros; labels on the door do not.
    bed = re.sub(r"^0+(?=\d)", "", (found["bed"] or "").strip()) if found else ""
    if found is None or not bed:
        return Unreadable(searched)
    named = (found.groupdict().get("ward") or "").strip()
    ward = line.wards.get(named, line.ward)
    kind = next((kind for pattern, kind in line.types.items() if re.search(pattern, text)), None)
    if ends or _any(line.ends, text):
        return Ended(ward, bed, kind)
    if (here := _any(line.present, text)) or _any(line.absent, text):
        return Presence(ward, bed, here)
    if (well := _any(line.mended, text)) or _any(line.faults, text):
        return Terminal(ward, bed, well)
    return Press(ward, bed, kind or line.default_type)


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)
