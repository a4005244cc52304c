"""The health board as a file, for whoever looks from outside; and how the run before ended."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.health import HealthBoard

DAEMON = "daemon:nightbell"
KILLED = "The daemon ended without warning."
RETURNED = "Ended without warning about {time} and was started again; open calls were brought back."

EVERY = timedelta(seconds=10)
STALE = 3.5 * EVERY
"""A health file that is older was left by a daemon that no longer works."""


class HealthFile:
    """Writes the board to a file whenever it changes, and every ten seconds, so that others see we live."""

    log = Logger()

    def __init__(self, board: HealthBoard, file: Path, clock: Clock, bus: Bus) -> None:
        self._board = board
        self._file = file
        self._clock = clock
        self._bus = bus
        self._running = False
        self._timer: Timer | None = None
        bus.subscribe(HealthChanged, lambda _: self._write())

    def start(self) -> None:
        """Tell how the run before ended; write now and from now on."""
        now, before = self._clock.now(), self._left_behind()
        self._running = True
        if before is not None:
            self._bus.publish(HealthChanged(at=before, part=DAEMON, state=State.DOWN, detail=KILLED))
        facts = (("time", f"{before:%Y-%m-%d %H:%M:%S}Z"),) if before else ()
        detail = RETURNED if before else ""
        self._bus.publish(HealthChanged(at=now, part=DAEMON, state=State.UP, detail=detail, facts=facts))
        self._keep_writing()

    def _keep_writing(self) -> None:
        self._timer = self._clock.later(EVERY, self._keep_writing)
        self._write()

    def _left_behind(self) -> datetime | None:
        """When a run that was killed last wrote its file; None after one that ended properly."""
        try:
            return datetime.fromisoformat(json.loads(self._file.read_text("utf-8"))["at"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def stop(self) -> None:
        """Leave no file behind that says we live."""
        self._running = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._file.unlink(missing_ok=True)

    def _write(self) -> None:
        if not self._running:
            return
        parts = [
            {
                "part": part.part,
                "state": part.state.value,
                "since": part.at.isoformat(),
                "detail": part.detail,
                "facts": dict(part.facts),
            }
            for part in self._board.parts()
        ]
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"at": self._clock.now().isoformat(), "pid": os.getpid(), "parts": parts}))
            fresh.replace(self._file)
        except OSError:
            self.log.failure("the health file could not be written")  # a full disk must not stop a ward


def read_health(file: Path) -> list[dict[str, Any]]:
    """What the running daemon last wrote of its parts; empty when no daemon runs, or one that is stuck."""
    try:
        told = json.loads(file.read_text("utf-8"))
        age = CommandClock().now().timestamp() - file.stat().st_mtime
    except (OSError, ValueError):
        return []
    parts: list[dict[str, Any]] = told["parts"] if age < STALE.total_seconds() and _lives(told["pid"]) else []
    return parts


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
