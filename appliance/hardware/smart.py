"""What a disk says of itself, as `smartctl --json` prints it, and whether that is good. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.foundation.health import State

WEAR = (
    "Wear_Leveling_Count", "Media_Wearout_Indicator", "SSD_Life_Left", "Percent_Lifetime_Remain",
    "Remaining_Lifetime_Perc",
)  # fmt: skip
"""Attributes of solid disks that count down from 100."""
BAD_SECTORS = (5, 197, 198)
"""Reallocated, pending, uncorrectable: numbers of ATA's attributes."""
WORN, WARM, HOT = 90, 60, 70
"""Per cent; degrees Celsius, where the disk names no limit of its own."""

Word = tuple[State, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Disk:
    """name: as Linux has it, `nvme0`. worn: per cent of its life, None where it does not say.

    hours: switched on. bad: sectors or errors that were found. celsius, limit: degrees. failing: it says so itself.
    """

    name: str
    model: str
    failing: bool
    bad: int
    worn: int | None
    hours: int | None
    celsius: int | None
    limit: int | None


def disk_of(told: Mapping[str, Any]) -> Disk | None:
    """None for what has no health of its own to tell: virtual disks, sticks, one that did not answer."""
    status, name = _table(told, "smart_status"), str(_table(told, "device").get("name", ""))
    if not isinstance(status.get("passed"), bool) or not name:
        return None
    log, temperature = _table(told, "nvme_smart_health_information_log"), _table(told, "temperature")
    spare_low = _number(log, "available_spare", 100) < _number(log, "available_spare_threshold", 0)
    return Disk(
        name=name.rpartition("/")[2],
        model=str(told.get("model_name") or told.get("scsi_model_name") or ""),
        failing=not status["passed"] or _number(log, "critical_warning", 0) != 0 or spare_low,
        bad=_bad(told) + _number(log, "media_errors", 0),
        worn=_worn(told, log),
        hours=_maybe(_table(told, "power_on_time"), "hours"),
        celsius=_maybe(temperature, "current"),
        limit=_maybe(temperature, "op_limit_max") or _maybe(temperature, "drive_trip"),
    )


def judged(disk: Disk) -> Word:
    """How it is, worst first."""
    facts = (
        ("model", disk.model or disk.name), ("bad", str(disk.bad)), ("worn", str(disk.worn)),
        ("hours", str(disk.hours if disk.hours is not None else "?")),
        ("celsius", str(disk.celsius if disk.celsius is not None else "?")),
    )  # fmt: skip
    warm, hot = (disk.limit - 5, disk.limit) if disk.limit else (WARM, HOT)
    celsius = disk.celsius if disk.celsius is not None else 0
    if disk.failing:
        return State.DOWN, "{model} says that it is about to fail: make a backup, replace it.", facts
    if celsius >= hot:
        return State.DOWN, "{model} is too hot: {celsius} °C.", facts
    if disk.bad:
        return State.DEGRADED, "{model} has {bad} bad places: plan to replace it. {hours} hours, {celsius} °C.", facts
    if disk.worn is not None and disk.worn >= WORN:
        return State.DEGRADED, "{model} is worn by {worn} %: plan to replace it.", facts
    if celsius >= warm:
        return State.DEGRADED, "{model} is warm: {celsius} °C.", facts
    if disk.worn is not None:
        return State.UP, "{model}: good, worn by {worn} %, {hours} hours, {celsius} °C.", facts
    return State.UP, "{model}: good, {hours} hours, {celsius} °C.", facts


def _bad(told: Mapping[str, Any]) -> int:
    rows = [row for row in _attributes(told) if row.get("id") in BAD_SECTORS]
    return sum(_number(_table(row, "raw"), "value", 0) for row in rows) + _number(told, "scsi_grown_defect_list", 0)


def _worn(told: Mapping[str, Any], log: Mapping[str, Any]) -> int | None:
    for table, key in (
        (_table(told, "endurance_used"), "current_percent"),
        (log, "percentage_used"),
        (told, "scsi_percentage_used_endurance_indicator"),
    ):
        said = _maybe(table, key)
        if said is not None:
            return said
    left = [_maybe(row, "value") for row in _attributes(told) if row.get("name") in WEAR]
    return next((100 - one for one in left if one is not None and 0 <= one <= 100), None)


def _attributes(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    rows = _table(told, "ata_smart_attributes").get("table")
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else iter(())


def _table(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _maybe(told: Mapping[str, Any], key: str) -> int | None:
    found = told.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _number(told: Mapping[str, Any], key: str, otherwise: int) -> int:
    found = _maybe(told, key)
    return otherwise if found is None else found
