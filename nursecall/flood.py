"""A bed or a line that says far too much: no other bed waits for it, and what it says last is what counts.

Where a relay chatters or a host repeats itself without end, each bed is heard at a steady pace. A first press passes
always and at once. What a bed says beyond its pace is held back; once it may speak again, the last word of it passes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from nursecall.reading import Ended, Presence, Press, Reading

LINE_BURST, LINE_RATE = 100.0, 50.0
"""Messages a line may say at once, and each second ever after, before it floods."""

BED_BURST, BED_RATE = 10.0, 2.0
"""The same for one bed, whose messages beyond that are held back."""

BEDS = 4096
"""Beds remembered; the one that was silent longest is forgotten first."""


@dataclass
class Bucket:
    """Fills by `rate` a second up to `burst`; each message takes one. Seconds are of one steady clock."""

    burst: float
    rate: float
    level: float
    at: float

    def take(self, now: float) -> bool:
        """Whether there was one to take."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


@dataclass
class _Bed:
    bucket: Bucket
    passed: dict[str, Reading] = field(default_factory=dict)
    held: dict[str, Reading] = field(default_factory=dict)


class Flood:
    """Stands between a line and its wards."""

    def __init__(self) -> None:
        self._line = Bucket(LINE_BURST, LINE_RATE, LINE_BURST, 0.0)
        self._beds: OrderedDict[tuple[str, str], _Bed] = OrderedDict()
        self.at = float("-inf")
        """When the line, or a bed on it, last said too much."""

    def passes(self, reading: Reading, now: float) -> bool:
        """Whether `reading` is to be told now. What is held back may come out of `due` later."""
        if not self._line.take(now):
            self.at = now
        bed, subject = self._bed(reading, now), _subject(reading)
        if bed.bucket.take(now) or (isinstance(reading, Press) and bed.passed.get(subject) != reading):
            _passed(bed, subject, reading)
            return True
        self.at = now
        if isinstance(reading, Press):
            bed.held.pop(ALL, None)
        if bed.passed.get(subject) == reading:
            bed.held.pop(subject, None)
        else:
            bed.held[subject] = reading
        return False

    def due(self, now: float) -> list[Reading]:
        """What was held back and may be told now."""
        told = []
        for bed in self._beds.values():
            while bed.held and bed.bucket.take(now):
                subject, reading = next(iter(bed.held.items()))
                _passed(bed, subject, reading)
                told.append(reading)
        return told

    def _bed(self, reading: Reading, now: float) -> _Bed:
        place = reading.ward, reading.bed
        bed = self._beds.get(place)
        if bed is None:
            bed = self._beds[place] = _Bed(Bucket(BED_BURST, BED_RATE, BED_BURST, now))
            while len(self._beds) > BEDS:
                self._beds.popitem(last=False)
        self._beds.move_to_end(place)
        return bed


ALL = "call"
"""The subject of a reset that ends whatever the bed has open."""


def _subject(reading: Reading) -> str:
    """What it is about: a later word about the same replaces the earlier one."""
    if isinstance(reading, Press | Ended):
        return f"{ALL}:{reading.call_type}" if reading.call_type else ALL
    return "presence" if isinstance(reading, Presence) else "terminal"


def _passed(bed: _Bed, subject: str, reading: Reading) -> None:
    for about in [about for about in (*bed.passed, *bed.held) if subject == ALL and about.startswith(ALL)]:
        bed.passed.pop(about, None)
        bed.held.pop(about, None)
    if isinstance(reading, Press):
        bed.passed.pop(ALL, None)
        bed.held.pop(ALL, None)
    bed.held.pop(subject, None)
    bed.passed[subject] = reading
