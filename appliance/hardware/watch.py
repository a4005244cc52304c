"""Tells, once a minute, how disks and temperatures are; nothing where the machine has no such thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.hardware import smart, temperature

DISKS = Path("/run/nightbell/disks.json")
"""What `appliance.box.disks`, which may ask them, was told; absent on a machine that is not from the image."""
EVERY = timedelta(minutes=1)
STALE = timedelta(hours=2)

Word = tuple[State, str, tuple[tuple[str, str], ...]]


class HardwareWatch:
    """Publishes the parts `disk:…` and `temperature:…`."""

    def __init__(
        self, clock: Clock, bus: Bus, disks: Path = DISKS,
        temperatures: Callable[[], Mapping[str, Sequence[temperature.Reading]]] = temperature.read,
    ) -> None:  # fmt: skip
        self._clock, self._bus, self._disks, self._temperatures = clock, bus, disks, temperatures
        self._told: dict[str, Word] = {}
        self._timer: Timer | None = None

    def start(self) -> None:
        """Now, and from now on."""
        self._timer = self._clock.later(EVERY, self.start)
        now = {f"temperature:{one.name}": temperature.judged(one) for one in temperature.places(self._temperatures())}
        disks = self._judged_disks()
        if disks is not None:
            now |= {f"disk:{one.name}": word for one, word in disks}
            now |= {part: _gone(part, word) for part, word in self._told.items() if _is_gone(part, now)}
        for part, word in now.items():
            self._tell(part, word)

    def stop(self) -> None:
        """No more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _judged_disks(self) -> list[tuple[smart.Disk, Word]] | None:
        """None where nobody has asked."""
        try:
            told: dict[str, Any] = json.loads(self._disks.read_text("utf-8"))
            asked_at = datetime.fromisoformat(told["at"])
            found = [disk for disk in map(smart.disk_of, told["disks"]) if disk is not None]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if self._clock.now() - asked_at < STALE:
            return [(disk, smart.judged(disk)) for disk in found]
        since = ("time", f"{asked_at:%Y-%m-%d %H:%M}Z")
        return [
            (disk, (State.DEGRADED, "Nobody has asked it since {time}.", (("model", disk.model), since)))
            for disk in found
        ]

    def _tell(self, part: str, word: Word) -> None:
        if self._told.get(part) != word:
            self._told[part] = word
            state, detail, facts = word
            self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=facts))


def _is_gone(part: str, now: Mapping[str, Word]) -> bool:
    return part.startswith("disk:") and part not in now


def _gone(part: str, word: Word) -> Word:
    model = next((fact for name, fact in word[2] if name == "model"), part)
    return State.DOWN, "{model} does not answer any more.", (("model", model),)
