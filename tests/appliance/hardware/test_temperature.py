"""How warm the machine is, by the kernel's readings."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.hardware.temperature import Place, judged, places
from appliance.hardware.watch import HardwareWatch
from tests.fakes.clock import FakeClock

Row = namedtuple("Row", "label current high critical")

READ = {
    # As psutil has them of a Dell rack box with a Xeon, and of boards whose headers have nothing on them.
    "coretemp": [Row("Package id 0", 41.0, 80.0, 90.0), Row("Core 0", 52.0, 80.0, 90.0)],
    "acpitz": [Row("", 27.8, 119.0, 119.0)],
    "nvme": [Row("Composite", 80.0, 81.0, 84.0)],
    "nct6775": [Row("AUXTIN0", -128.0, 0.0, 0.0)],
}


def test_the_warmest_of_each_place_counts() -> None:
    """Disks tell for themselves; what is not plausible is not there."""
    assert places(READ) == [Place("board", 27.8, 85.0, 119.0), Place("processor", 52.0, 80.0, 90.0)]
    assert places({"acpitz": [Row("", 0.0, None, None)], "k10temp": [Row("Tctl", 40.0, None, None)]}) == [
        Place("processor", 40.0, 85.0, 95.0)
    ]
    assert places({}) == []


def test_heat_is_told_before_the_machine_switches_itself_off() -> None:
    """At the chip's own limits."""
    assert [judged(Place("processor", at, 80.0, 90.0))[0] for at in (79.9, 80.0, 89.9, 90.0)] == [
        State.UP, State.DEGRADED, State.DEGRADED, State.DOWN,
    ]  # fmt: skip


def test_the_status_tells_of_what_changes(tmp_path: Path) -> None:
    """Once a minute, and only what is new."""
    clock, bus, heard = FakeClock(), Bus(), list[HealthChanged]()
    bus.subscribe(HealthChanged, heard.append)
    now = {"coretemp": [Row("", 50.0, 80.0, 90.0)]}
    watch = HardwareWatch(clock, bus, tmp_path / "none", lambda: now)
    watch.start()
    clock.advance(600)
    assert [(one.part, one.state) for one in heard] == [("temperature:processor", State.UP)]
    now["coretemp"] = [Row("", 91.0, 80.0, 90.0)]
    clock.advance(60)
    assert heard[-1].state is State.DOWN
    watch.stop()
