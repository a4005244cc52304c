"""What a line's messages mean on the ward: which bed, which kind of call. The plan says how to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nursecall.plan_lines import TextLine, Worded


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


@dataclass(frozen=True)
class Asked:
    """Which call a host means when it asks where one stands; `call_type` None for the most urgent at `bed`."""

    ward: str
    bed: str
    call_type: str | None


Reading = Press | Ended | Presence | Terminal
"""What a line can tell a ward."""


def words(line: Worded, text: str, searched: str, *, ends: bool = False, ward: str = "") -> Reading | Unreadable | None:
    """What a message of `text` means; None for nothing. What the plan ignores means nothing, whatever bed it names.

    searched: where the bed stands. ends: the wire itself says it is over. ward: the host's name of the ward, where the
    wire gives it apart from the text.
    """
    if _any(line.ignore, text):
        return None
    found = re.search(line.bed_pattern, searched)
    bed = _bed(line, found["bed"] or "") if found else ""
    if found is None or not bed:
        return Unreadable(searched)
    groups = found.groupdict()
    named = line.wards.get((groups.get("ward") or ward).strip())
    # As the host writes it, or as a door would have it: 0417, 417.
    point = line.point((found["bed"].strip(), bed), named)
    bed = point.bed if point else bed
    ward = named or (point.ward if point else None) or line.ward
    if isinstance(line, TextLine) and (code := line.codes.get((groups.get("code") or "").strip())):
        return meant(code, ward, bed)
    kind = next((kind for pattern, kind in line.types.items() if re.search(pattern, text)), None)
    if ends or _any(line.ends, text):
        return Ended(ward, bed, kind)
    # The word for the one often stands in the word for the other: 在 in 不在, plugged in unplugged.
    if (gone := _any(line.absent, text)) or _any(line.present, text):
        return Presence(ward, bed, not gone)
    if (broken := _any(line.faults, text)) or _any(line.mended, text):
        return Terminal(ward, bed, not broken)
    return Press(ward, bed, kind or line.default_type)


def meant(meaning: str, ward: str, bed: str) -> Reading:
    """What a code or a contact says of a bed: one of the plan's words for it, else a call of that type."""
    match meaning:
        case "present" | "absent":
            return Presence(ward, bed, meaning == "present")
        case "fault" | "mended":
            return Terminal(ward, bed, meaning == "mended")
        case "reset":
            return Ended(ward, bed, None)
        case _:
            return Press(ward, bed, meaning)


def _bed(line: Worded, said: str) -> str:
    """The label on the door: hosts fill up with zeros, doors do not."""
    bed = said.strip()
    if isinstance(line, TextLine) and line.bed_as == "hex":
        return str(int(bed, 16)) if re.fullmatch("[0-9A-Fa-f]+", bed) else ""
    return re.sub(r"^0+(?=\d)", "", bed)


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)
