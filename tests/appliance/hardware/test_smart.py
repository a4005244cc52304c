"""Disks as `smartctl --json` tells of them: excerpts of what real ones said."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.box import disks
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.hardware.smart import Disk, disk_of, judged
from appliance.hardware.watch import HardwareWatch
from tests.fakes.clock import FakeClock


def nvme(**log: int) -> dict[str, Any]:
    """A Samsung 970 EVO Plus, smartmontools 7.3."""
    health = {
        "available_spare": 100, "available_spare_threshold": 10, "critical_warning": 0, "media_errors": 0,
        "percentage_used": 3, "power_on_hours": 3149, "temperature": 35,
    }  # fmt: skip
    return {
        "device": {"name": "/dev/nvme0", "protocol": "NVMe", "type": "nvme"},
        "model_name": "Samsung SSD 970 EVO Plus 250GB",
        "nvme_smart_health_information_log": health | log,
        "power_on_time": {"hours": 3149},
        "smart_status": {"nvme": {"value": 0}, "passed": True},
        "temperature": {"current": log.get("temperature", 35)},
    }


def row(number: int, name: str, value: int, raw: int) -> dict[str, Any]:
    """An attribute of ATA's table."""
    return {"id": number, "name": name, "value": value, "raw": {"value": raw, "string": str(raw)}}


def ata(model: str, *attributes: dict[str, Any], passed: bool = True, hours: int = 84620) -> dict[str, Any]:
    """A SATA disk, of either kind."""
    return {
        "device": {"name": "/dev/sdb", "protocol": "ATA", "type": "sat"}, "model_name": model,
        "ata_smart_attributes": {"revision": 1, "table": list(attributes)}, "power_on_time": {"hours": hours},
        "smart_status": {"passed": passed}, "temperature": {"current": 27},
    }  # fmt: skip


SOLID = ata(
    "SAMSUNG MZ7WD240HAFV", row(5, "Reallocated_Sector_Ct", 100, 0), row(177, "Wear_Leveling_Count", 90, 1773)
)  # fmt: skip
DYING = ata(
    "Hitachi HDS721050DLE630", row(5, "Reallocated_Sector_Ct", 1, 1975), row(197, "Current_Pending_Sector", 100, 8),
    passed=False, hours=65592,
)  # fmt: skip
SAS = {
    "device": {"name": "/dev/sdc", "protocol": "SCSI", "type": "scsi"}, "model_name": "SEAGATE ST1200MM0088",
    "smart_status": {"passed": True}, "temperature": {"current": 31, "drive_trip": 60}, "scsi_grown_defect_list": 0,
    "power_on_time": {"hours": 5675, "minutes": 39},
}  # fmt: skip
VIRTUAL = {"device": {"name": "/dev/vda", "protocol": "SCSI", "type": "scsi"}, "smart_support": {"available": False}}


def test_each_kind_of_disk_is_read() -> None:
    """What it does not say stays unsaid."""
    assert disk_of(nvme()) == Disk("nvme0", "Samsung SSD 970 EVO Plus 250GB", False, 0, 3, 3149, 35, None)
    assert disk_of(SOLID) == Disk("sdb", "SAMSUNG MZ7WD240HAFV", False, 0, 10, 84620, 27, None)
    assert disk_of(DYING) == Disk("sdb", "Hitachi HDS721050DLE630", True, 1983, None, 65592, 27, None)
    assert disk_of(SAS) == Disk("sdc", "SEAGATE ST1200MM0088", False, 0, None, 5675, 31, 60)
    assert disk_of(SAS | {"endurance_used": {"current_percent": 7}}).worn == 7  # type: ignore[union-attr]
    assert disk_of(VIRTUAL) is None


@pytest.mark.parametrize(
    ("told", "state", "words"),
    [
        (nvme(), State.UP, "Samsung SSD 970 EVO Plus 250GB: good, worn by 3 %, 3149 hours, 35 °C."),
        (SAS, State.UP, "SEAGATE ST1200MM0088: good, 5675 hours, 31 °C."),
        (nvme(critical_warning=4), State.DOWN, "says that it is about to fail"),
        (nvme(available_spare=9), State.DOWN, "says that it is about to fail"),
        (DYING, State.DOWN, "Hitachi HDS721050DLE630 says that it is about to fail"),
        (nvme(media_errors=7), State.DEGRADED, "has 7 bad places"),
        (nvme(percentage_used=91), State.DEGRADED, "is worn by 91 %"),
        (nvme(temperature=61), State.DEGRADED, "is warm: 61 °C"),
        (nvme(temperature=71), State.DOWN, "is too hot: 71 °C"),
        (SAS | {"temperature": {"current": 56, "drive_trip": 60}}, State.DEGRADED, "is warm: 56 °C"),
    ],
)
def test_what_is_wrong_is_said_worst_first(told: dict[str, Any], state: State, words: str) -> None:
    """In both languages."""
    disk = disk_of(told)
    assert disk is not None
    found, detail, facts = judged(disk)
    assert found is state
    assert words in translate(detail, "en", **dict(facts))
    assert "。" in translate(detail, "zh", **dict(facts))


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda one: st.lists(one) | st.dictionaries(st.text(max_size=4), one), max_leaves=8)  # fmt: skip  # noqa: E501


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from([*nvme(), "ata_smart_attributes", "endurance_used"]), JSON))
def test_nothing_that_is_printed_breaks_the_reader(told: dict[str, Any]) -> None:
    """Each disk's firmware has its own ideas."""
    disk = disk_of(told | {"device": {"name": "/dev/sda"}, "smart_status": {"passed": True}})
    assert disk is not None
    judged(disk)


def test_only_disks_built_in_are_asked(tmp_path: Path) -> None:
    """By the kind that the scan found; what one does not say is no fault of the others."""
    (tmp_path / "devices/pci0/usb1/sdc").mkdir(parents=True)
    (tmp_path / "sdc").symlink_to(tmp_path / "devices/pci0/usb1/sdc")
    asked: list[tuple[str, ...]] = []

    def ask(arguments: Any) -> str:
        asked.append(tuple(arguments))
        if "--scan-open" in arguments:
            names = [{"name": f"/dev/{name}", "type": "sat"} for name in ("sda", "sdc")] + [{"name": "/dev/nvme0"}]
            return json.dumps({"devices": names})
        return "" if arguments[-1] == "/dev/sda" else json.dumps(nvme())

    assert disks.every(ask, tmp_path) == [{}, nvme()]
    assert [one[-1] for one in asked[1:]] == ["/dev/sda", "/dev/nvme0"]
    assert asked[1][-3:-1] == ("-d", "sat")
    assert disks.every(lambda _: "no JSON", tmp_path) == []


def test_the_status_follows_the_file(tmp_path: Path) -> None:
    """Nothing without it; a disk that is gone, and one that nobody asks any more, are told."""
    clock, bus, heard = FakeClock(), Bus(), list[HealthChanged]()
    bus.subscribe(HealthChanged, heard.append)
    file = tmp_path / "disks.json"
    watch = HardwareWatch(clock, bus, file, dict)
    watch.start()
    assert heard == []
    disks.leave([nvme(), VIRTUAL], clock, file)
    assert file.stat().st_mode & 0o777 == 0o644
    clock.advance(60)
    assert [(one.part, one.state) for one in heard] == [("disk:nvme0", State.UP)]
    clock.advance(timedelta(hours=2))
    assert heard[-1].detail == "Nobody has asked it since {time}."
    disks.leave([VIRTUAL], clock, file)
    clock.advance(60)
    assert (heard[-1].state, heard[-1].detail) == (State.DOWN, "{model} does not answer any more.")
    disks.leave([nvme()], clock, file)
    clock.advance(60)
    assert heard[-1].state is State.UP
    file.write_text("[]")
    clock.advance(600)
    assert len(heard) == 4
    watch.stop()
