"""How warm the processor and the board are, by what the kernel reads. Pure, but for the kernel's own files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

from appliance.foundation.health import State

CHIPS = {
    "coretemp": "processor", "k10temp": "processor", "zenpower": "processor", "cpu_thermal": "processor",
    "acpitz": "board", "pch_cannonlake": "board",
}  # fmt: skip
"""What the chips measure that can be relied on; others (empty headers of a board, say) report what is not there."""
WARM, HOT = 85.0, 95.0
"""Degrees Celsius, where a chip names no limit of its own."""
IMPLAUSIBLE = (1.0, 130.0)

Word = tuple[State, str, tuple[tuple[str, str], ...]]


class Reading(Protocol):
    """`psutil`'s. Degrees Celsius; high and critical where the chip names them."""

    @property
    def current(self) -> float: ...
    @property
    def high(self) -> float | None: ...
    @property
    def critical(self) -> float | None: ...


@dataclass(frozen=True)
class Place:
    """The warmest reading of a place: `processor`, `board`."""

    name: str
    celsius: float
    warm: float
    hot: float


def places(readings: Mapping[str, Sequence[Reading]]) -> list[Place]:
    """Of all chips, by place."""
    found: dict[str, Place] = {}
    for chip, rows in readings.items():
        name = CHIPS.get(chip)
        for row in rows if name is not None else ():
            if not IMPLAUSIBLE[0] < row.current < IMPLAUSIBLE[1]:
                continue
            hot = row.critical if row.critical and row.critical > WARM else HOT
            warm = row.high if row.high and row.high < hot else min(WARM, hot - 5)
            place = Place(name or "", row.current, warm, hot)
            before = found.get(place.name)
            if before is None or place.hot - place.celsius < before.hot - before.celsius:
                found[place.name] = place
    return [found[name] for name in sorted(found)]


def judged(place: Place) -> Word:
    """How it is."""
    facts = (("celsius", f"{place.celsius:.0f}"), ("limit", f"{place.hot:.0f}"))
    if place.celsius >= place.hot:
        return State.DOWN, "{celsius} °C: too hot, the limit is {limit} °C. The machine will switch itself off.", facts
    if place.celsius >= place.warm:
        return State.DEGRADED, "{celsius} °C, near the limit of {limit} °C: look at fans, dust and the room.", facts
    return State.UP, "{celsius} °C; the limit is {limit} °C.", facts


def read() -> Mapping[str, Sequence[Reading]]:
    """What the kernel reads now; nothing on a machine without such chips."""
    ask = getattr(psutil, "sensors_temperatures", None)
    return ask() if ask is not None else {}
