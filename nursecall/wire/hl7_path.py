"""Where a value stands in an HL7 v2 message: `PV1-3.1`, `ZPV-3`, `OBX[HLJB]-5`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATH = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[([^\]]{1,40})\])?-(\d{1,3})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")


@dataclass(frozen=True)
class FieldPath:
    """A field, or a component of it; all numbers count from 1.

    which: of several segments of that name the n-th where it is a number, else the one that has it in component 1 or 2
        of its field 3, as an OBX names what was observed; empty for the first.
    """

    segment: str
    field: int
    component: int = 1
    sub: int = 1
    which: str = ""

    @classmethod
    def parse(cls, text: str) -> FieldPath:
        """Raises ValueError with a sentence."""
        found = _PATH.fullmatch(text)
        if found is None or "0" in found.group(3, 4, 5):
            raise ValueError(f"{text!r} is no field of an HL7 message such as PV1-15, PV1-3.1, OBX[2]-5 or OBX[HLJB]-5")
        segment, which, field, component, sub = found.groups()
        return cls(segment, int(field), int(component or 1), int(sub or 1), which or "")
