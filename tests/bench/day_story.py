"""What happens at 600 beds on a heavy day: who presses when, how late somebody comes, and what she does at the bed.

Seconds are those of the run, in which a day passes in an hour, from its beginning.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.bench.day_plan import BEDS, EMERGENCY

COMPRESSED = 24
"""So many times faster than life: a day in an hour."""

PRESSES = 17
"""A bed, a heavy day."""

BUSY_BEDS, THEIR_SHARE = 0.2, 0.7
EMERGENCIES = 0.05
ACKNOWLEDGED = 0.3

STAFF_MEDIAN, STAFF_SPREAD, STAFF_LATEST = 150.0, 0.857, 1500.0
"""Seconds of life until somebody is at the bed: 450 at p90, 1100 at p99."""

HOURS = (
    0.4, 0.3, 0.3, 0.3, 0.5, 0.9, 1.6, 2.0, 2.5, 1.9, 1.4, 1.1, 1.0, 0.9, 0.9, 1.0, 1.1, 1.2, 1.2, 1.0, 0.9, 0.7, 0.5,
    0.4,
)  # fmt: skip
"""How busy each hour is, beside the mean one."""

PEAK = 8.5
"""The middle of the busiest hour."""

BURST, BURST_SECONDS, BURST_AT = 60, 10.0, 0.6
"""Bus power returns: so many terminals call in so many seconds, uncompressed, after so much of the run."""

Verb = Literal["press", "acknowledge", "presence", "absence", "reset"]
Bed = tuple[str, str]
"""Ward and label."""


@dataclass(frozen=True)
class Touch:
    """Something is done at a bed, or at its ward's station. kind: the type of call, of a press."""

    at: float
    verb: Verb
    kind: str = ""


def story(wards: Mapping[str, bool], minutes: float, seed: int) -> dict[Bed, list[Touch]]:
    """What is done at each bed, in order. wards: whether its line can tell that a nurse is there.

    Less than an hour is a part of the day around its peak.
    """
    chance = random.Random(seed)
    presses: dict[Bed, list[tuple[float, str]]] = {
        (ward, str(number)): [] for ward in wards for number in range(1, BEDS + 1)
    }
    for bed, at in [*_day(chance, list(presses), minutes), *_burst(chance, list(presses), minutes)]:
        presses[bed].append((at, EMERGENCY if chance.random() < EMERGENCIES else "call"))
    return {bed: list(_visits(chance, sorted(pressed), presence=wards[bed[0]])) for bed, pressed in presses.items()}


def _day(chance: random.Random, beds: Sequence[Bed], minutes: float) -> Iterator[tuple[Bed, float]]:
    busy = set(chance.sample(range(len(beds)), round(len(beds) * BUSY_BEDS)))
    groups = [bed for n, bed in enumerate(beds) if n in busy], [bed for n, bed in enumerate(beds) if n not in busy]
    length = minutes / 60 * COMPRESSED
    first = min(max(0.0, PEAK - length / 2), max(0.0, 24 - length))
    for hour in chance.choices(range(24), HOURS, k=PRESSES * len(beds)):
        at = hour + chance.random()
        bed = chance.choice(groups[0] if chance.random() < THEIR_SHARE else groups[1])
        if first <= at < first + length:
            yield bed, (at - first) * 3600 / COMPRESSED


def _burst(chance: random.Random, beds: Sequence[Bed], minutes: float) -> Iterator[tuple[Bed, float]]:
    # The ward on Modbus, the third, and half of the next one: beds that share their bus power.
    for bed in beds[2 * BEDS : 2 * BEDS + BURST]:
        yield bed, minutes * 60 * BURST_AT + chance.random() * BURST_SECONDS


def _visits(chance: random.Random, pressed: Sequence[tuple[float, str]], *, presence: bool) -> Iterator[Touch]:
    free, left = 0.0, list(pressed)
    while left:
        begins = max(free, left[0][0])
        waits = min(chance.lognormvariate(math.log(STAFF_MEDIAN), STAFF_SPREAD), STAFF_LATEST) / COMPRESSED
        comes = begins + max(1.0, waits)
        # Who presses again while waiting repeats the call; who does while the nurse is there is heard once she left.
        touches = [Touch(max(at, begins), "press", kind) for at, kind in left if at < comes]
        left = left[len(touches) :]
        if chance.random() < ACKNOWLEDGED:
            touches.append(Touch(begins + (comes - begins) / 2, "acknowledge"))
        resets = comes + chance.uniform(1, 3)
        leaves = resets + chance.uniform(0.5, 1.5)
        yield from sorted(touches, key=lambda touch: touch.at)
        if presence:
            yield Touch(comes, "presence")
        yield Touch(resets, "reset")
        if presence:
            yield Touch(leaves, "absence")
        free = leaves + 1
