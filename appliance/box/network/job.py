"""As root, when the daemon has asked: puts a network in force on trial, and back when nobody confirms it in time.

python -m appliance.box.network.job

systemd starts it (nightbell-network.path, nightbell-network.service), and again when it dies: each step is on record
before it is done, with the end of the trial by a clock that begins with the machine, so it goes on where it was. It
needs nothing of the daemon's. A start of the machine begins with what was kept.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from appliance.box import places as box
from appliance.box.network import arp
from appliance.box.network.keeping import rewritten
from appliance.box.network.networkd import Networkd
from appliance.foundation import addresses
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty
from appliance.network import asking, record, trouble
from appliance.network.asking import Request
from appliance.network.box import in_force, steady
from appliance.network.cards import wired
from appliance.network.places import Places
from appliance.network.record import Change
from appliance.network.table import NetworkTable

PATIENCE = timedelta(minutes=2)
SETTLE = 1.0
"""Seconds: the panel's answer must leave by the old address."""
EVERY = 0.5
"""Seconds between two looks at clock and request."""
WITH_BOOT = "/usr/lib/nightbell-box/with-boot"


@dataclass(frozen=True)
class Job:
    """apply: puts a network in force. keep: has it hold from the next start on. Both raise OSError.

    owner: the MAC of who has the wanted address already; empty for nobody. steady: seconds since the machine was
    started. wait: lets so many seconds pass.
    """

    places: Places
    apply: Callable[[NetworkTable], object]
    keep: Callable[[NetworkTable], object]
    owner: Callable[[NetworkTable], str]
    own: Callable[[], Sequence[str]] = addresses.every
    steady: Callable[[], float] = steady
    now: Callable[[], datetime] = lambda: CommandClock().now()
    wait: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds)
    patience: timedelta = PATIENCE

    def run(self) -> None:
        """Do what is asked, and what follows from it, until no change is on trial. Raises OSError where the network of
        before cannot be put in force: whoever starts it again has it tried again.
        """
        change = self._resumed()
        while True:
            request = asking.take(self.places)
            if request is not None:
                change = self._told(change, request)
            if change is None or not change.is_open:
                return
            if self.steady() >= change.until:
                change = self._back(change, change.ended_by, change.why or trouble.TIME_UP)
            else:
                self.wait(EVERY)

    def _resumed(self) -> Change | None:
        """Where this process, or the one before it, was."""
        change = record.read(self.places.record, self.places.boot(), in_force(self.places.box))
        if change is not None and change.phase == "keeping":
            return self._keep(change)
        if change is not None and change.phase == "trial" and self.steady() < change.until:
            return self._put_in_force(change)
        return change

    def _told(self, change: Change | None, request: Request) -> Change | None:
        on_trial = change if change is not None and change.phase == "trial" else None
        if request.what == "try" and on_trial is None:
            return self._begin(request)
        if on_trial is None:
            return change
        if request.what == "back":
            return self._back(on_trial, request.by, trouble.ASKED)
        proven = request.reached_at == asking.CONSOLE or on_trial.proven(request.reached_at, self.own())
        if request.what == "confirm" and proven and self.steady() < on_trial.until:
            kept = on_trial.over("keeping", self.now(), request.by)
            self._write(kept)
            return self._keep(kept)
        return on_trial

    def _begin(self, request: Request) -> Change:
        assert request.wanted is not None  # asking.take sees to it
        before = in_force(self.places.box)
        wanted = request.wanted.model_copy(update={"hostname": before.hostname})
        change = Change(
            request.id, request.by, wanted, before, tuple(self.own()), "trial", self.now(), 0, self.places.boot()
        )
        why, facts = self._refusal(wanted)
        if why:
            refused = replace(change, phase="refused", why=why, facts=facts)
            self._write(refused)
            return refused
        change = replace(change, until=self.steady() + self.patience.total_seconds())
        self._write(change)
        self.wait(SETTLE)
        return self._put_in_force(change)

    def _refusal(self, wanted: NetworkTable) -> tuple[str, dict[str, str]]:
        if wanted.interface and wanted.interface not in {card.name for card in wired(self.places.cards)}:
            return trouble.NO_CARD, {"card": wanted.interface}
        if self.places.source.read_text("utf-8").strip() != "disk":
            return trouble.NOT_SOUND, {}
        try:
            rewritten((self.places.kept / box.LAST_GOOD.name).read_bytes(), wanted)
        except Faulty as why:
            return trouble.NOT_KEPT, {"why": str(why)[-200:]}
        if wanted.fixed is None or str(wanted.fixed.ip) in self.own():
            return "", {}
        mac = self.owner(wanted)
        return (trouble.USED, {"address": str(wanted.fixed.ip), "mac": mac}) if mac else ("", {})

    def _put_in_force(self, change: Change) -> Change:
        try:
            self.apply(change.wanted)
        except OSError as why:
            return self._back(change, "", trouble.NOT_APPLIED, {"why": str(why)[-200:]})
        return change

    def _keep(self, change: Change) -> Change:
        try:
            self.keep(change.wanted)
        except OSError as why:
            return self._back(change, "", trouble.NOT_KEPT, {"why": str(why)[-200:]})
        kept = change.over("confirmed", self.now())
        self._write(kept)
        return kept

    def _back(self, change: Change, by: str, why: str, facts: Mapping[str, str] | None = None) -> Change:
        if why == trouble.TIME_UP:
            facts = {"minutes": f"{self.patience / timedelta(minutes=1):.0f}"}
        # On record first: where it cannot be put in force now, whoever comes after this process goes on with it.
        going = replace(change, phase="trial", until=0, ended_by=by, why=why, facts=facts or change.facts)
        self._write(going)
        self.apply(change.before)
        back = replace(going, phase="back", since=self.now())
        self._write(back)
        return back

    def _write(self, change: Change) -> None:
        record.write(self.places.record, change)


def keep_on_boot_partition(wanted: NetworkTable) -> None:
    """While it is mounted, by a process of its own. Raises OSError."""
    command = [WITH_BOOT, sys.executable, "-m", "appliance.box.network.keeping", "/run/nightbell/boot"]
    done = subprocess.run(command, input=wanted.model_dump_json(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it ended without a word")


def owner(wanted: NetworkTable, cards: Path) -> str:
    """Who has the wanted address; nobody where no cable is in, or nobody can be asked."""
    assert wanted.fixed is not None
    meant = [one for one in wired(cards) if one.cable and wanted.interface in ("", one.name)]
    with suppress(OSError):
        return arp.somebody_at(wanted.fixed.ip, meant)
    return ""


def main() -> None:
    """Do what lies there."""
    places = Places()
    Job(places, Networkd().apply, keep_on_boot_partition, lambda wanted: owner(wanted, places.cards)).run()


if __name__ == "__main__":
    main()
