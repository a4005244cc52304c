"""After each start of the box: what the slot is to the update, and whether what was started works.

python -m appliance.box.trial SECONDS      SECONDS: so long it may take

Exit codes: 0 it works and GRUB knows it, 1 not yet, and nothing but patience helps, 3 it is an update that does not
work: start the box anew, so that GRUB counts its tries and goes back.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from appliance.box import places as box
from appliance.box.well import EVERY, unwell
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty
from appliance.health_file import read_health
from appliance.settings import load
from appliance.updating import record, trouble
from appliance.updating.boot_memory import BootMemory
from appliance.updating.life import Slot
from appliance.updating.places import Places
from appliance.updating.record import Record
from appliance.updating.release import Release, running

WORKS, NOT_YET, GO_BACK = 0, 1, 3
WITH_MEMORY = "/usr/lib/nightbell-box/with-env"


@dataclass(frozen=True)
class Start:
    """One start of the box. memory: says what GRUB is to know: `good`, `never`, and of which slot."""

    places: Places
    release: Release
    memory: Callable[[str, Slot], object]
    parts: Callable[[], Sequence[Mapping[str, Any]]]
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds)
    now: Callable[[], datetime] = lambda: CommandClock().now()

    def judge(self, seconds: float) -> int:
        """Wait until it works, at most so long. Returns the exit code."""
        slot, known = self._slot(), self._begun()
        update = known.update
        is_trial = update is not None and update.phase == "trial"
        wanted = update.lines if update is not None and is_trial else ()
        end = self.clock() + seconds
        while bad := _missing(self.parts(), wanted):
            if self.clock() >= end:
                print("not well: " + ", ".join(bad), flush=True)
                return self._unwell(known, seconds, bad) if is_trial else NOT_YET
            self.wait(EVERY)
        self.memory("good", slot)
        self._write(known.well(slot, self.now()))
        return WORKS

    def _begun(self) -> Record:
        """The record, now that this slot was started. Told once a start: the service that does it may be restarted."""
        known, slot = record.read(self.places.record), self._slot()
        mark = self.places.run / "start-told"
        if mark.exists():
            return known
        before, known = known.update, known.started(slot, self.release, self.now())
        self._write(known)
        mark.touch()
        after = known.update
        if after is not None and before is not None and after.phase != before.phase and slot == after.source:
            self.memory("never", after.target)
        return known

    def _unwell(self, known: Record, seconds: float, bad: Sequence[str]) -> int:
        assert known.update is not None
        facts = {"minutes": f"{seconds / 60:.0f}", "parts": ", ".join(bad)[:300]}
        said = known.update.told("unwell", self.now(), trouble.UNWELL, facts)
        self._write(replace(known, update=said))
        return GO_BACK

    def _slot(self) -> Slot:
        return "B" if self.places.slot.read_text("utf-8").strip() == "B" else "A"

    def _write(self, known: Record) -> None:
        record.write(self.places.record, known)


def _missing(parts: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    """What does not work of the box's own, and of the lines that worked before the update."""
    up = {one["part"] for one in parts if one["state"] in ("up", "degraded")}
    return unwell(parts) + [line for line in wanted if line not in up]


def _parts() -> Sequence[Mapping[str, Any]]:
    try:
        return read_health(load(box.SETTINGS).health_file)
    except (OSError, Faulty) as why:
        print(why, flush=True)
        return ()


def main() -> None:
    """Tell by the exit code. `good SLOT` and `never SLOT` are what it calls itself for, with GRUB's memory there."""
    places = Places()
    if sys.argv[1] in ("good", "never"):
        slot: Slot = "B" if sys.argv[2] == "B" else "A"
        memory = BootMemory(places.boot_memory)
        {"good": memory.good, "never": memory.never}[sys.argv[1]](slot)
        return

    def tell(what: str, slot: Slot) -> None:
        subprocess.run([WITH_MEMORY, sys.executable, "-m", "appliance.box.trial", what, slot], check=True)

    start = Start(places, running(places.system), tell, _parts)
    sys.exit(start.judge(float(sys.argv[1])))


if __name__ == "__main__":
    main()
