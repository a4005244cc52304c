"""As root, when the daemon has asked: installs, goes back, calls off, restarts. Each once, and then it ends.

python -m appliance.updating.job            do what was asked
python -m appliance.updating.job --ended    the same was ended from outside: whatever it was doing has failed

systemd starts it (nightbell-update.path, nightbell-update.service); `with-env` has GRUB's memory mounted for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from appliance.foundation import durable
from appliance.foundation.clock import CommandClock
from appliance.health_file import read_health
from appliance.settings import load
from appliance.updating import asking, record, trouble
from appliance.updating.asking import Request
from appliance.updating.boot_memory import BootMemory
from appliance.updating.bundle import Bundle
from appliance.updating.installer import Installer
from appliance.updating.life import OTHER, Slot, Update, may_replace
from appliance.updating.places import Places
from appliance.updating.record import Held, Record
from appliance.updating.release import Release, running
from appliance.updating.trouble import Trouble

CHECKING = "Reading the bundle through"
LINE = "line:"


class Installs(Protocol):
    """`appliance.updating.installer.Installer`."""

    def check(self, file: Path) -> Bundle: ...
    def install(self, file: Path, slot: Slot, told: Callable[[int, str], object]) -> None: ...


@dataclass(frozen=True)
class Job:
    """What is asked of root. lines: parts of the health board that work. restart: starts the box anew."""

    places: Places
    installer: Installs
    memory: BootMemory
    release: Release
    lines: Callable[[], tuple[str, ...]]
    restart: Callable[[], object]
    now: Callable[[], datetime] = lambda: CommandClock().now()

    def do(self, request: Request) -> None:
        """Do it; what does not work is in the record."""
        slot, known = self._slot(), record.read(self.places.record)
        try:
            if request.what == "restart":
                self._restart(known)
            elif known.update is not None and request.what == "call off" and known.update.phase == "waiting":
                self.memory.first(slot)
                said = known.update.told("called off", self.now(), trouble.CALLED_OFF, {"by": request.by})
                self._write(replace(known, update=said))
            elif request.what in ("install", "back"):
                self._prepare(request, slot, known)
        except Trouble as why:
            self._write(replace(known, update=self._refused(request, slot, why)))
        except (OSError, subprocess.SubprocessError) as broken:
            failed = Trouble(trouble.NOT_INSTALLED, why=str(broken)[-200:])
            if not self.ended(failed):
                self._write(replace(known, update=self._refused(request, slot, failed)))

    def ended(self, why: Trouble | None = None) -> bool:
        """An installation is over without having said so; False where none was going on."""
        known, why = record.read(self.places.record), why or Trouble(trouble.CUT_OFF)
        if known.update is None or known.update.phase != "installing":
            return False
        failed = known.update.told("not installed", self.now(), why.why, why.facts)
        self._write(replace(known, update=failed).spoilt(known.update.target))
        return True

    def _prepare(self, request: Request, slot: Slot, known: Record) -> None:
        if known.update is not None and not known.update.is_over:
            return  # the panel has said so; what goes on is left alone
        if known.slots.get(slot, Held(self.release, "good")).state != "good":
            raise Trouble(trouble.ON_TRIAL)
        if request.what == "back":
            self._back(request, slot, known)
        else:
            self._install(request, slot, known)

    def _back(self, request: Request, slot: Slot, known: Record) -> None:
        other = known.other(slot)
        if other is None or other.state != "good":
            raise Trouble(trouble.NOT_CONFIRMED)
        may_replace(self.release, other.release, known.floor, older=True)
        begun = self._update(request, slot, other.release).told("installed", self.now())
        self.memory.first(OTHER[slot])
        self._write(replace(known, update=replace(begun, is_return=True, lines=self.lines())))

    def _install(self, request: Request, slot: Slot, known: Record) -> None:
        file = asking.within(self.places, request.file)
        self._tell(request.id, 0, CHECKING)
        found = self.installer.check(file)
        may_replace(self.release, found.release, max(known.floor, self.release.floor), older=request.older)
        update = self._update(request, slot, found.release)
        # Written first: a power cut must not leave a slot that is half written and called good.
        known = replace(known, update=update).with_slot(OTHER[slot], Held(found.release, "bad"))
        self._write(known)
        self.memory.never(OTHER[slot])
        try:
            self.installer.install(file, slot, lambda percent, stage: self._tell(request.id, percent, stage))
        except Trouble as why:
            self.memory.never(OTHER[slot])
            self._write(replace(known, update=update.told("not installed", self.now(), why.why, why.facts)))
            return
        done = replace(update.told("installed", self.now()), lines=self.lines())
        self._write(replace(known, update=done).with_slot(OTHER[slot], Held(found.release, "fresh")))
        self.places.upload.unlink(missing_ok=True)

    def _restart(self, known: Record) -> None:
        if known.update is None or known.update.phase != "waiting":
            return
        self._write(replace(known, update=replace(known.update, lines=self.lines())))
        self.restart()

    def _update(self, request: Request, slot: Slot, release: Release) -> Update:
        return Update(request.id, request.by, release, self.release, slot, OTHER[slot], "installing", self.now())

    def _refused(self, request: Request, slot: Slot, why: Trouble) -> Update:
        named = Release(Path(request.file).name[:60], 0, "0000", "0000")
        begun = self._update(request, slot, named)
        return begun.told("not installed", self.now(), why.why, why.facts)

    def _slot(self) -> Slot:
        return "B" if self.places.slot.read_text("utf-8").strip() == "B" else "A"

    def _tell(self, identity: str, percent: int, stage: str) -> None:
        told = {"id": identity, "percent": percent, "stage": stage}
        durable.write(self.places.progress, json.dumps(told).encode(), 0o644)

    def _write(self, known: Record) -> None:
        record.write(self.places.record, known)


def working_lines(settings_file: Path) -> tuple[str, ...]:
    """Lines to wards that work now."""
    parts = read_health(load(settings_file).health_file)
    return tuple(one["part"] for one in parts if one["part"].startswith(LINE) and one["state"] == "up")


def main() -> None:
    """Do what lies there."""
    places = Places()
    job = Job(
        places, Installer(places.rauc, places.run / "rauc"), BootMemory(places.boot_memory), running(places.system),
        lambda: working_lines(places.home.parent / "nightbell.toml"),
        lambda: subprocess.run(["systemctl", "--no-block", "reboot"], check=True),
    )  # fmt: skip
    if "--ended" in sys.argv:
        job.ended()
        return
    request = asking.take(places)
    if request is not None:
        job.do(request)


if __name__ == "__main__":
    main()
