"""A hospital of 600 beds on its heavy day, through in an hour: is every press on a screen, once, and memory flat?

python -m tests.bench.heavy_day [--minutes 60] [--seed 1] [--keep]

Less than 60 minutes is a part of that day around its peak hour, as fast as the whole. Ends with 1 where one FAILs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from appliance.foundation import journal
from appliance.foundation.config import parse
from appliance.plan import Plan
from nursecall.line_ends import byte_time
from nursecall.plan_lines import EspaxLine, ModbusLine
from tests.bench.day_beds import Count, Pressed, play
from tests.bench.day_check import Seen, Verdict, judge, read
from tests.bench.day_house import DayHouse, day_house
from tests.bench.day_memory import BOUND, ENOUGH, MB, Memory
from tests.bench.day_plan import BEDS, KINDS, KNOWS_PRESENCE, WARDS, wards
from tests.bench.day_screens import Station
from tests.bench.day_story import COMPRESSED, story
from tests.bench.figures import Figure, beside, keep, milliseconds, percentile

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "build" / "heavy-day.json"

SETTLE = 5.0
"""Seconds after the last reset until the screens are compared."""

SILENCE = 3.5
"""Characters after each Modbus answer."""

USUAL, LATEST = 1.0, 5.0
"""Seconds from press to screen that should hold at p99, and always."""


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the box's directory for a look")
    asked = parser.parse_args()
    # Whoever ends the bench ends its box too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with day_house(keep=asked.keep) as house:
        well = Day(house, min(asked.minutes, 60.0), asked.seed).pass_by()
        if asked.keep:
            print(f"   kept: {house.directory}")
    raise SystemExit(0 if well else 1)


class Day:
    """One run."""

    def __init__(self, house: DayHouse, minutes: float, seed: int) -> None:
        self._house, self._minutes, self._seed = house, minutes, seed
        self._count = Count()
        self._plan = parse(house.settings.plan_copy.read_text("utf-8"), Plan)
        self._stations = {ward: Station(ward, house.nurse(ward)) for ward in wards()}
        self._memory = Memory(house.memory)
        self._loads: list[float] = []

    def pass_by(self) -> bool:
        """Let it pass; whether nothing FAILed."""
        told = story({ward: kind in KNOWS_PRESENCE for ward, kind in wards().items()}, self._minutes, self._seed)
        presses = sum(touch.verb == "press" for touches in told.values() for touch in touches)
        print(
            f"{WARDS * BEDS} beds, {WARDS} wards, {len(KINDS)} kinds of line; {presses:,} presses in "
            f"{self._minutes:g} minutes, {COMPRESSED} times as fast as life; seed {self._seed}",
            flush=True,
        )
        began, used = time.monotonic(), self._house.processor()
        asyncio.run(play(told, self._house.settings.simulator_socket, self._stations, self._count, self._progress))
        time.sleep(SETTLE)
        self._memory.stop()
        busy = (self._house.processor() - used) / (time.monotonic() - began)
        for station in self._stations.values():
            station.close()
        code = self._house.stop()
        return self._judge(busy, code)

    def _progress(self, seconds: float) -> None:
        self._loads.append(os.getloadavg()[0])
        waiting = sum(len(station.open) for station in self._stations.values())
        print(
            f"   minute {seconds / 60:2.0f}: {len(self._count.pressed):6,} pressed, {self._count.resets:6,} reset, "
            f"{waiting:3} cards on screens, {self._memory.rows[-1][1] / MB:.0f} MB, load {self._loads[-1]:.1f}",
            flush=True,
        )

    def _judge(self, busy: float, code: int) -> bool:
        engine = self._house.records()
        with engine.connect() as connection:
            broken = list(journal.verify(connection))
            said = read(journal.entries(connection))
        engine.dispose()
        verdict = judge(self._count.pressed, said, self._stations)
        figure = self._figure(verdict.seen)
        figure.print()
        lines = sum(said.kinds.values())
        well = [
            self._say_presses(verdict),
            _say(not broken, f"the journal's {lines:,} lines verify" if not broken else f"broken: {broken[0]}"),
            _say(not said.troubles, f"{said.troubles} lines or terminals in trouble"),
            _say(*self._screens()),
            _say(not self._count.unfinished, f"{self._count.unfinished} beds were kept waiting beyond the end"),
            _say(not self._count.refused, f"{len(self._count.refused)} messages refused {self._count.refused[:1]}"),
            _say(code == 0, f"the daemon ended with {code}; tracebacks in its log: {len(self._house.faults())}"),
            self._say_memory(),
            _say_times([one.seconds for one in verdict.seen]),
        ]
        late = percentile(self._count.late, 99)
        print(
            f"   The daemon used {busy:.0%} of a core; presses came {late * 1000:.0f} ms late at p99, the bench's own."
        )
        self._keep(figure, well=all(well))
        return all(well)

    def _say_presses(self, verdict: Verdict) -> bool:
        return _say(
            verdict.well,
            f"{len(self._count.pressed):,} presses, {len(verdict.seen):,} of them on their ward's screen; lost "
            f"{verdict.lost}, doubled {verdict.doubled}, on no screen {verdict.unseen}, on a screen without a journal "
            f"line {verdict.unknown}, calls left open {verdict.open} {verdict.left[:3]}, ended but left on a screen "
            f"{verdict.stuck}; {self._count.acknowledged:,} taken at a station",
        )

    def _screens(self) -> tuple[bool, str]:
        cut = [f"{station.ward}: {station.cut}" for station in self._stations.values() if station.cut]
        changes = sum(station.changes for station in self._stations.values())
        return not cut, f"{len(self._stations)} screens got {changes:,} changes; cut off: {cut or 'none'}"

    def _say_memory(self) -> bool:
        rows, slope = self._memory.rows, self._memory.slope()
        sentence = (
            f"memory {rows[0][1] / MB:.0f} MB → {rows[-1][1] / MB:.0f} MB, at most "
            f"{max(rss for _, rss in rows) / MB:.0f}; over the last half {slope:+.1f} MB an hour, flat up to {BOUND:g}"
        )
        if rows[-1][0] < ENOUGH:
            print(f"   ----  {sentence} (too short a run to judge)")
            return True
        return _say(slope <= BOUND, sentence)

    def _figure(self, seen: Sequence[Seen]) -> Figure:
        lines = {line.ward: line for line in self._plan.nursecall.lines}
        rows = [milliseconds("press → screen, all lines", [one.seconds for one in seen])]
        notes = []
        for kind in KINDS:
            some = [one for one in seen if wards()[one.pressed.ward] == kind]
            if not some:
                continue
            ours = milliseconds(f"{kind}: press → screen", [one.seconds for one in some])
            wire = [_on_the_wire(lines[one.pressed.ward], one.pressed) for one in some]
            peer = milliseconds("   the line's own time", [alone for alone in wire if alone is not None])
            rows += beside(ours, peer, "press ÷ line") if len(peer.values) == len(some) else [ours]
            notes.append(f"{kind}: the longest of {len(some):,} took {max(ours.values) * 1000:.0f} ms.")
        return Figure(
            f"A heavy day of {WARDS * BEDS} beds, {self._minutes:g} minutes of it at {COMPRESSED} times its speed",
            rows,
            (
                *notes,
                "The line's own time: its bytes from press to ACK at its bit rate; Modbus: one poll of all modules.",
            ),
        )

    def _keep(self, figure: Figure, *, well: bool) -> None:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        load = round(statistics.fmean(self._loads), 1) if self._loads else os.getloadavg()[0]
        memory = [(round(seconds), rss) for seconds, rss in self._memory.rows]
        run: Mapping[str, object] = {"minutes": self._minutes, "seed": self._seed, "well": well, "memory": memory}
        at = {"at": datetime.now(UTC).isoformat(), "load": load}
        keep(KEPT, {**at, **machine, **run, "figures": [figure.facts()]})
        print(f"   {os.cpu_count()} cores, mean load {load}; kept in {KEPT.relative_to(ROOT)}")


def _on_the_wire(line: object, pressed: Pressed) -> float | None:
    """Seconds that the press alone takes on `line`; None on a network."""
    if isinstance(line, EspaxLine):
        return None
    if isinstance(line, ModbusLine):
        return len(line.units) * (8 + 7 + 2 * SILENCE) * byte_time(line)
    return pressed.bytes * byte_time(line)  # type: ignore[arg-type]


def _say(well: bool, sentence: str) -> bool:
    print(f"   {'PASS' if well else 'FAIL'}  {sentence}")
    return well


def _say_times(seconds: Sequence[float]) -> bool:
    """Times are told, not judged: they are the machine's as much as ours."""
    if seconds:
        usual, latest = percentile(seconds, 99), max(seconds)
        print(
            f"   ----  press to screen: p99 {usual:.3f} s, wanted {USUAL:g}; longest {latest:.3f} s, wanted {LATEST:g}"
        )
    return True


if __name__ == "__main__":
    main()
