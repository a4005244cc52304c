"""What the two slots hold and what became of the last update: one small file, written by root alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from appliance.foundation import durable
from appliance.updating.life import OTHER, Slot, Update
from appliance.updating.release import Release

State = Literal["good", "fresh", "bad"]
"""Confirmed; whole, and not confirmed yet; of no use."""


@dataclass(frozen=True)
class Held:
    """What a slot holds."""

    release: Release
    state: State


@dataclass(frozen=True)
class Record:
    """slots: those of which anything is known. floor: the highest of the versions that have had the records."""

    slots: Mapping[Slot, Held] = field(default_factory=dict)
    update: Update | None = None
    floor: str = "0000"

    def with_slot(self, slot: Slot, held: Held) -> Record:
        """With that in a slot."""
        return replace(self, slots={**self.slots, slot: held})

    def started(self, slot: Slot, release: Release, at: datetime) -> Record:
        """The box was started from `slot`, which holds `release`."""
        known = self.slots.get(slot)
        state: State = known.state if known is not None and known.release == release else "fresh"
        after = replace(self.with_slot(slot, Held(release, state)), floor=max(self.floor, release.floor))
        if after.update is None:
            return after
        what = after.update.told("target started" if slot == after.update.target else "source started", at)
        after = replace(after, update=what)
        lost = what.phase in ("back", "failed") and what.phase != (self.update.phase if self.update else "")
        return after.spoilt(what.target) if lost and slot == what.source else after

    def well(self, slot: Slot, at: datetime) -> Record:
        """What was started from `slot` works."""
        held = self.slots[slot]
        after = self.with_slot(slot, Held(held.release, "good"))
        if after.update is None or slot != after.update.target:
            return after
        return replace(after, update=after.update.told("well", at))

    def spoilt(self, slot: Slot) -> Record:
        """What `slot` holds is of no use."""
        held = self.slots.get(slot)
        return self if held is None else self.with_slot(slot, Held(held.release, "bad"))

    def other(self, slot: Slot) -> Held | None:
        """What the other slot holds; None where nothing is known of it."""
        return self.slots.get(OTHER[slot])


def read(file: Path) -> Record:
    """What is there; an empty one where nothing is, or nothing that can be read: the box itself needs none."""
    try:
        found = json.loads(file.read_text("utf-8"))
        slots = {slot: Held(Release(**held["release"]), held["state"]) for slot, held in found["slots"].items()}
        return Record(slots, _update(found["update"]) if found["update"] else None, found["floor"])
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def write(file: Path, record: Record) -> None:
    """Put it in the place of the one before, whole or not at all."""
    text = json.dumps(asdict(record), default=_plain, ensure_ascii=False, indent=1)
    durable.write(file, text.encode(), 0o644)


def _update(found: dict[str, Any]) -> Update:
    return Update(
        **found
        | {
            "release": Release(**found["release"]),
            "before": Release(**found["before"]),
            "since": datetime.fromisoformat(found["since"]),
            "lines": tuple(found["lines"]),
        }
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r}")
