"""From a bed's button to the nurse's screen, against the time the bytes alone take on the serial line."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.plan import Plan
from nursecall.line_ends import byte_time
from nursecall.plan_lines import EspaLine
from tests.bench.figures import Figure, Row, beside, milliseconds
from tests.bench.panel import Nurse, Screen
from tests.e2e.house import House

PRESSES = 1000
POLLED = 60
PAUSES = {"station": 0.03, "control": 0.25}
"""By our role, at most so many seconds between two touches, at random: they must not keep step with the polls."""


@dataclass(frozen=True)
class Sample:
    """One press or reset. seconds: from the button to the screen; line: what its bytes take on the wire."""

    seconds: float
    line: float


class Ward:
    """A bedside and a screen of one ward."""

    def __init__(self, house: House, line: EspaLine, screen: Screen) -> None:
        self._house = house
        self._line = line
        self._screen = screen
        self._pause = PAUSES[line.role]
        self.bytes: list[int] = []

    def touch(self, verb: str, bed: str) -> Sample:
        """Press or reset after a moment, and wait until the screen knows."""
        time.sleep(random.uniform(0, self._pause))
        told = self._house.simulate(verb, line=self._line.id, bed=bed)
        seen = self._screen.until(bed, calling=verb == "press")
        self.bytes.append(told["bytes"])
        return Sample(seen - told["pressed_at"], told["bytes"] * byte_time(self._line))


def measure(house: House, plan: Plan) -> list[Figure]:
    """The figure for each line of the sample hospital: one host polls us, one waits to be polled."""
    nurse = Nurse(house.page("/"), "nurse", house.password("nurse"))
    lines = [line for line in plan.nursecall.lines if isinstance(line, EspaLine)]
    polled, polling = (next(line for line in lines if line.role == role) for role in ("station", "control"))
    titles = (
        "its host speaks when it likes, as line ward-a",
        "its host waits to be polled, every 250 ms, as line ward-b",
    )
    return [
        _figure(house, plan, nurse, line, count, title)
        for line, count, title in zip((polled, polling), (PRESSES, POLLED), titles, strict=True)
    ]


def _figure(house: House, plan: Plan, nurse: Nurse, line: EspaLine, count: int, title: str) -> Figure:
    ward = plan.nursecall.ward(line.ward)
    assert ward is not None
    screen = nurse.station(ward.id)
    bedside = Ward(house, line, screen)
    bedside.touch("press", ward.beds[0])
    bedside.touch("reset", ward.beds[0])
    presses, resets = _touched(bedside, ward.beds, count)
    screen.close()
    frame = f"{line.data_bits}{line.parity[0].upper()}{line.stop_bits}"
    sizes = sorted(set(bedside.bytes))
    return Figure(
        f"Press to screen: {count:,} presses, then as many resets; {title}",
        [
            *beside(*_rows("press", presses), "press ÷ line"),
            *beside(*_rows("reset", resets), "reset ÷ line"),
        ],
        (
            "From the button, before the first byte, to the change's arrival at an HTTP client that a nurse logged in.",
            f"The line: {sizes[0]} to {sizes[-1]} bytes at {line.baud} {frame}, selection and answers with them.",
            "A pseudo terminal has no bit rate: on a real line both times add up.",
        ),
    )


def _touched(bedside: Ward, beds: Sequence[str], count: int) -> tuple[list[Sample], list[Sample]]:
    presses, resets = [], []
    for number in range(count):
        bed = beds[number % len(beds)]
        presses.append(bedside.touch("press", bed))
        resets.append(bedside.touch("reset", bed))
    return presses, resets


def _rows(what: str, samples: Sequence[Sample]) -> tuple[Row, Row]:
    ours = milliseconds(f"{what} → screen", [sample.seconds for sample in samples])
    return ours, milliseconds("the serial line's own time for the bytes", [sample.line for sample in samples])
