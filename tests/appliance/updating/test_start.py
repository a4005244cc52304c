"""What a start of the box makes of an update: confirmed, once more, gone back. On GRUB's memory as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.box.trial import GO_BACK, NOT_YET, WORKS, Start
from appliance.updating import record, trouble
from appliance.updating.life import Slot, Update
from appliance.updating.places import Places
from appliance.updating.record import Held, Record
from tests.appliance.updating.boxes import NEWER, RUNNING

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
WELL = [
    {"part": "daemon:nightbell", "state": "up"}, {"part": "exchange:asterisk", "state": "up"},
    {"part": "storage:database", "state": "up"}, {"part": "line:ward-a", "state": "up"},
    {"part": "line:ward-b", "state": "down"},
]  # fmt: skip


@dataclass
class Machine:
    """Started from one slot or the other; minutes pass as they are waited for."""

    places: Places
    parts: list[dict[str, str]] = field(default_factory=lambda: [dict(one) for one in WELL])
    told: list[tuple[str, Slot]] = field(default_factory=list)
    seconds: float = 0

    def started(self, slot: Slot) -> int:
        """The exit code."""
        (self.places.run / "start-told").unlink(missing_ok=True)
        self.places.slot.write_text(f"{slot}\n")
        release = NEWER if slot == "B" else RUNNING
        start = Start(
            self.places, release, lambda what, which: self.told.append((what, which)), self._parts,
            lambda: self.seconds, self._wait, lambda: NOON,
        )  # fmt: skip
        return start.judge(600)

    def phase(self) -> str:
        """Of the update."""
        update = record.read(self.places.record).update
        return update.phase if update else ""

    def _parts(self) -> Sequence[Mapping[str, Any]]:
        return self.parts

    def _wait(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """The new version waits in slot B for its start; line ward-a worked."""
    places = Places(run=tmp_path, kept=tmp_path)
    waiting = Update("u1", "it", NEWER, RUNNING, "A", "B", "waiting", NOON, lines=("line:ward-a",))
    record.write(places.record, Record({"A": Held(RUNNING, "good"), "B": Held(NEWER, "fresh")}, waiting, "0029"))
    return Machine(places)


def test_one_that_works_is_confirmed(machine: Machine) -> None:
    """GRUB knows it first; a line that was down before does not matter."""
    assert machine.started("B") == WORKS
    assert machine.told == [("good", "B")]
    assert machine.phase() == "confirmed"
    assert record.read(machine.places.record).slots["B"].state == "good"


@pytest.mark.parametrize("ill", ["daemon:nightbell", "exchange:asterisk", "storage:database", "line:ward-a"])
def test_one_that_does_not_work_goes_back(ill: str, machine: Machine) -> None:
    """After ten minutes, twice; the old version says why, and GRUB never tries the new one again."""
    for part in machine.parts:
        part["state"] = "down" if part["part"] == ill else part["state"]
    assert machine.started("B") == GO_BACK
    assert machine.seconds == 600
    assert machine.started("B") == GO_BACK
    assert machine.told == []
    machine.parts = [dict(one) for one in WELL]
    assert machine.started("A") == WORKS
    assert machine.told == [("never", "B"), ("good", "A")]
    known = record.read(machine.places.record)
    assert known.update is not None
    assert (known.update.phase, known.update.why, known.update.facts) == (
        "back", trouble.UNWELL, {"minutes": "10", "parts": ill},
    )  # fmt: skip
    assert known.slots["B"].state == "bad"


def test_a_daemon_that_says_nothing_does_not_work(machine: Machine) -> None:
    """Its health file is not there."""
    machine.parts = []
    assert machine.started("B") == GO_BACK


def test_one_that_does_not_even_start_is_gone_back_from(machine: Machine) -> None:
    """GRUB has tried it, and takes the old one."""
    assert machine.started("A") == WORKS
    assert machine.phase() == "back"
    assert machine.told == [("never", "B"), ("good", "A")]


def test_a_box_without_update_is_left_in_peace(machine: Machine) -> None:
    """What a restart does not mend must not make it restart for ever."""
    record.write(machine.places.record, Record({"A": Held(RUNNING, "good")}))
    machine.parts = []
    assert machine.started("A") == NOT_YET
    assert machine.told == []


def test_a_check_that_is_run_again_is_no_second_start(machine: Machine) -> None:
    """The unit may be restarted while the same start goes on."""
    machine.started("B")
    machine.places.slot.write_text("A\n")  # were it told again, this would be a fall-back
    again = Start(machine.places, RUNNING, lambda what, slot: None, lambda: WELL)
    assert again.judge(0) == WORKS
    assert machine.phase() == "confirmed"
