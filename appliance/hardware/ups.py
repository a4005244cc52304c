"""What a UPS tells of mains and battery, and what that means for the box. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.foundation.health import State

Word = tuple[State, str, tuple[tuple[str, str], ...]]

SHORT = 180
"""Seconds: with less on battery it is low, whatever the UPS calls it."""


@dataclass(frozen=True)
class Ups:
    """flags: NUT's words of `ups.status`. charge, load: per cent. runtime: seconds on battery. None where not told."""

    model: str
    flags: frozenset[str]
    charge: int | None = None
    runtime: int | None = None
    load: int | None = None

    @property
    def on_battery(self) -> bool:
        """Mains has failed."""
        return "OB" in self.flags

    @property
    def is_low(self) -> bool:
        """The battery is at its end: it is time to switch off."""
        if "FSD" in self.flags:
            return True
        return self.on_battery and ("LB" in self.flags or (self.runtime is not None and 0 < self.runtime < SHORT))


def ups_of(variables: Mapping[str, str]) -> Ups:
    """From NUT's variables."""
    model = f"{variables.get('device.mfr', '')} {variables.get('device.model', '')}".strip()
    return Ups(
        model[:60],
        frozenset(variables.get("ups.status", "").split()),
        _whole(variables.get("battery.charge")),
        _whole(variables.get("battery.runtime")),
        _whole(variables.get("ups.load")),
    )


def judged(ups: Ups) -> Word:
    """How it is, worst first."""
    minutes = "?" if ups.runtime is None else str(ups.runtime // 60)
    charge = "?" if ups.charge is None else str(ups.charge)
    facts = (("minutes", minutes), ("charge", charge), ("load", "?" if ups.load is None else str(ups.load)))
    if ups.is_low:
        return State.DOWN, "The battery is nearly empty: the box switches itself off. {charge} % left.", facts
    if ups.on_battery:
        return State.DOWN, "Mains has failed: on battery, {minutes} minutes left, {charge} %.", facts
    for flag, sentence in (
        ("OFF", "The UPS is switched off: mains that fails takes the box down."),
        ("RB", "The battery must be replaced."),
        ("OVER", "The UPS carries too much: {load} %."),
        ("BYPASS", "The UPS lets mains by: a failure takes the box down."),
        ("ALARM", "The UPS has an alarm: look at it."),
    ):
        if flag in ups.flags:
            return State.DOWN if flag == "OFF" else State.DEGRADED, sentence, facts
    if "OL" not in ups.flags:
        return State.DEGRADED, "The UPS does not say whether mains is there.", facts
    return State.UP, "On mains; battery {charge} %, for {minutes} minutes at {load} % load.", facts


def _whole(text: str | None) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return int(number) if 0 <= number < 10_000_000 else None
