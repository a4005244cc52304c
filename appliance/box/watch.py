"""Sees that the daemon works: one that hangs is killed, so that supervisord starts it again; then the box is.

python -m appliance.box.watch

systemd watches this process in its turn (WatchdogSec), and the hardware's watchdog systemd.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from appliance.box import places
from appliance.foundation.config import Faulty
from appliance.health_file import read_health
from appliance.settings import load
from appliance.supervision import Supervisor

EVERY = timedelta(seconds=10)


class Act(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    KILL_DAEMON = "kill the daemon"
    RESTART_ALL = "restart the exchange, too"
    REBOOT = "reboot"


@dataclass
class Patience:
    """How long a silent daemon is borne. Talk goes on while only the daemon is killed, so that comes first and often.

    A box whose daemon never worked since it was started is left alone: what a reboot does not mend, such as settings
    that are wrong, must not make it reboot for ever.
    """

    clock: Callable[[], float] = time.monotonic
    daemon: timedelta = timedelta(minutes=2)
    everything: timedelta = timedelta(minutes=10)
    box: timedelta = timedelta(minutes=30)
    _well_at: float | None = field(default=None, init=False)
    _killed_at: float = field(default=0, init=False)
    _has_restarted: bool = field(default=False, init=False)

    def told(self, works: bool) -> Act:
        """What follows from whether the daemon works now."""
        now = self.clock()
        if works:
            self._well_at, self._has_restarted = now, False
            return Act.NOTHING
        if self._well_at is None:
            return Act.NOTHING
        silent = timedelta(seconds=now - self._well_at)
        if silent >= self.box:
            return Act.REBOOT
        if silent >= self.everything and not self._has_restarted:
            self._has_restarted = True
            return Act.RESTART_ALL
        if silent >= self.daemon and now - max(self._killed_at, self._well_at) >= self.daemon.total_seconds():
            self._killed_at = now
            return Act.KILL_DAEMON
        return Act.NOTHING


def main() -> None:
    """Watch until told to stop."""
    patience, stop = Patience(), threading.Event()
    _notify("READY=1")
    while not stop.wait(EVERY.total_seconds()):
        _notify("WATCHDOG=1")
        act = patience.told(_works())
        if act is not Act.NOTHING:
            print(f"the daemon says nothing: {act.value}", flush=True)
            _do(act)


def _works() -> bool:
    try:
        return bool(read_health(load(places.SETTINGS).health_file))
    except (OSError, Faulty):
        return False


def _do(act: Act) -> None:
    if act is Act.KILL_DAEMON:
        try:
            Supervisor(load(places.SETTINGS).supervisor_socket).signal("daemon", "KILL")
        except Exception as why:
            print(f"the supervisor does not answer: {why}", flush=True)
    elif act is Act.RESTART_ALL:
        subprocess.run(["systemctl", "--no-block", "restart", "nightbell.service"], check=False)
    else:
        subprocess.run(["systemctl", "--no-block", "reboot"], check=False)


def _notify(word: str) -> None:
    where = os.environ.get("NOTIFY_SOCKET", "")
    if where:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect("\0" + where[1:] if where.startswith("@") else where)
            out.send(word.encode())


if __name__ == "__main__":
    main()
