"""A million readings through the wards' core on a clock that moves when told: does it keep what it should forget?

python -m tests.bench.soak [COUNT]
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import psutil

from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.plan import Plan
from nursecall.bedsides import Bedside
from nursecall.calls import CallFacts
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.reading import Ended, Presence, Press, Reading
from nursecall.store import CallStore, Change
from nursecall.ward import Wards
from tests.bench.day_memory import MB
from tests.bench.day_plan import text
from tests.bench.figures import Figure, Row
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

READINGS = 1_000_000
MARKS = 20
STEP = 0.5
"""Seconds between two readings, on the clock that moves when told: some six days in all."""


class Forgetful(CallStore):
    """Records that take everything and keep nothing: what is measured is the wards."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Done."""

    async def left(self) -> tuple[list[CallFacts], list[Bedside]]:
        """Nothing."""
        return [], []


def measure(readings: int = READINGS) -> list[Figure]:
    """The figure."""
    plan = parse(text(), Plan).nursecall
    clock, bus, database = FakeClock(), Bus(), InlineDatabase()
    wards = Wards(plan, ZoneInfo("Asia/Shanghai"), Forgetful(database), Patients(database, bus, clock), clock, bus)
    now(wards.start())
    lines = {line.ward: line for line in plan.lines}
    said, sizes, objects, began = _readings(plan), list[float](), list[int](), time.perf_counter()
    for _ in range(MARKS):
        for _ in range(readings // MARKS):
            reading = next(said)
            wards.heard(lines[reading.ward], reading)
            clock.advance(STEP)
        gc.collect()
        sizes.append(psutil.Process().memory_info().rss / MB)
        objects.append(len(gc.get_objects()))
    seconds = time.perf_counter() - began
    half = MARKS // 2
    waiting = len(wards.open())
    wards.stop()
    return [
        Figure(
            f"{readings:,} readings through the wards' core, {len(plan.wards)} wards, no records",
            [Row("resident memory at each twentieth", sizes, "MB"), Row("a reading", [seconds / readings], "µs", 1e6)],
            (
                f"From the middle to the end: {sizes[-1] - sizes[half]:+.1f} MB, "
                f"{objects[-1] - objects[half]:+,} objects of {objects[-1]:,}; {waiting} calls were open at the end.",
            ),
        )
    ]


def _readings(plan: NurseCallPlan) -> Iterator[Reading]:
    """Press, come, reset, leave, at many beds at once."""
    chance = random.Random(1)
    beds = [(ward.id, bed) for ward in plan.wards for bed in ward.beds]
    under_way: list[Iterator[Reading]] = []
    while True:
        if len(under_way) < 40:
            under_way.append(_visit(*chance.choice(beds)))
        visit = chance.choice(under_way)
        if (reading := next(visit, None)) is None:
            under_way.remove(visit)
        else:
            yield reading


def _visit(ward: str, bed: str) -> Iterator[Reading]:
    yield Press(ward, bed, "call")
    yield Presence(ward, bed, here=True)
    yield Ended(ward, bed, None)
    yield Presence(ward, bed, here=False)


if __name__ == "__main__":
    for figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else READINGS):
        figure.print()
