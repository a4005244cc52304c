"""The health board, its file and its probes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.health import HealthBoard
from appliance.health_file import HealthFile, read_health
from appliance.probes import Probes
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase


def changed(clock: FakeClock, state: State, detail: str = "") -> HealthChanged:
    return HealthChanged(at=clock.now(), part="line:ward-a", state=state, detail=detail)


def test_since_stays_while_the_state_stays() -> None:
    """A new detail in the same state does not restart the time."""
    clock, bus = FakeClock(), Bus()
    board = HealthBoard(bus)
    down = clock.now()
    bus.publish(changed(clock, State.DOWN))
    clock.advance(60)
    bus.publish(changed(clock, State.DOWN, "Unplugged."))
    [part] = board.parts()
    assert (part.at, part.detail) == (down, "Unplugged.")
    bus.publish(changed(clock, State.UP))
    assert board.parts()[0].at == clock.now()


def test_the_file_says_what_the_board_says(tmp_path: Path) -> None:
    """Others read the file; a stopped daemon leaves none."""
    clock, bus, file = FakeClock(), Bus(), tmp_path / "health.json"
    health = HealthFile(HealthBoard(bus), file, clock, bus)
    health.start()
    bus.publish(changed(clock, State.DEGRADED, "Garbled."))
    part = next(part for part in read_health(file) if part["part"].startswith("line:"))
    assert (part["part"], part["state"], part["detail"]) == ("line:ward-a", "degraded", "Garbled.")
    health.stop()
    assert read_health(file) == []


def test_a_file_of_a_dead_daemon_counts_for_nothing(tmp_path: Path) -> None:
    """After kill -9 the file is still there, but its process is not."""
    file = tmp_path / "health.json"
    file.write_text(json.dumps({"at": "", "pid": 2**22 + 1, "parts": [{"part": "line:x"}]}))
    assert read_health(file) == []


def test_a_file_of_a_stuck_daemon_counts_for_nothing(tmp_path: Path) -> None:
    """A daemon that has not written for long does not work, though its process is there."""
    clock, bus, file = FakeClock(), Bus(), tmp_path / "health.json"
    HealthFile(HealthBoard(bus), file, clock, bus).start()
    assert read_health(file) != []
    long_ago = file.stat().st_mtime - 60
    os.utime(file, (long_ago, long_ago))
    assert read_health(file) == []


def test_a_broken_database_is_told_once_and_its_return_too(tmp_path: Path) -> None:
    """The probe tells edges, not every look."""
    clock, bus, database = FakeClock(), Bus(), InlineDatabase()
    told: list[State] = []
    bus.subscribe(HealthChanged, lambda e: told.append(e.state) if e.part == "storage:database" else None)
    probes = Probes(database, tmp_path, clock, bus)
    probes.start()
    database.broken = OSError("disk on fire")
    clock.advance(10)
    clock.advance(10)
    database.broken = None
    clock.advance(10)
    probes.stop()
    assert told == [State.UP, State.DOWN, State.UP]


def test_after_a_kill_the_board_says_when_the_run_before_ended(tmp_path: Path) -> None:
    """What was killed at night is on the status page in the morning."""
    clock, bus, file = FakeClock(), Bus(), tmp_path / "health.json"
    HealthFile(HealthBoard(bus), file, clock, bus).start()
    killed = clock.now()
    clock.advance(3)
    told: list[HealthChanged] = []
    bus = Bus()
    bus.subscribe(HealthChanged, told.append)
    HealthFile(HealthBoard(bus), file, clock, bus).start()
    assert [(event.part, event.state, event.at) for event in told] == [
        ("daemon:nightbell", State.DOWN, killed),
        ("daemon:nightbell", State.UP, clock.now()),
    ]


def test_after_a_proper_end_nothing_is_told_of_it(tmp_path: Path) -> None:
    """A restart by hand is no fault."""
    clock, bus, file = FakeClock(), Bus(), tmp_path / "health.json"
    health = HealthFile(HealthBoard(bus), file, clock, bus)
    health.start()
    health.stop()
    bus.publish(changed(clock, State.DOWN))  # a part that ends after us must not bring the file back
    told: list[HealthChanged] = []
    bus.subscribe(HealthChanged, told.append)
    health.start()
    assert [(event.state, event.detail) for event in told] == [(State.UP, "")]
