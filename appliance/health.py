"""What is up, what is degraded: every part's own word, and the probes nobody else makes (database, disk)."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks

log = Logger()

DAEMON = "daemon:nightbell"
KILLED = "The daemon ended without warning."
RETURNED = "Ended without warning about {time} and was started again; open calls were brought back."

EVERY = timedelta(seconds=10)
STALE = 3.5 * EVERY
"""A health file that is older was left by a daemon that no longer works."""
LOW_DISK = 0.10
FULL_DISK = 0.02

Word = tuple[State, str, tuple[tuple[str, str], ...]]
"""State, detail (a message id) and the facts that fill it."""


class HealthBoard:
    """The latest word of each part, in the order of `kind:name`."""

    def __init__(self, bus: Bus) -> None:
        self._parts: dict[str, HealthChanged] = {}
        bus.subscribe(HealthChanged, self._heard)

    def parts(self) -> list[HealthChanged]:
        """Every part's latest word; `at` is since when it has been in that state."""
        return [self._parts[name] for name in sorted(self._parts)]

    def forget_all_but(self, parts: Collection[str]) -> None:
        """Lines, trunks and modems that are not in `parts` are no longer in the plan."""
        gone = [part for part in self._parts if part.startswith(("line:", "trunk:", "modem:")) and part not in parts]
        for part in gone:
            del self._parts[part]

    def _heard(self, event: HealthChanged) -> None:
        before = self._parts.get(event.part)
        if before is not None and before.state is event.state:
            event = HealthChanged(
                at=before.at, part=event.part, state=event.state, detail=event.detail, facts=event.facts
            )
        self._parts[event.part] = event


class HealthFile:
    """Writes the board to a file whenever it changes, and every ten seconds, so that others see we live."""

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
            log.failure("the health file could not be written")  # a full disk must not stop a ward


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


class Probes:
    """Asks the database and the disk every ten seconds, and tells when the answer changes."""

    def __init__(self, database: Transactions, directory: Path, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._bus = bus
        self._tasks = Tasks()
        self._timer: Timer | None = None
        self._told: dict[str, Word] = {}

    def start(self) -> None:
        """Ask now and from now on."""
        self._ask()

    def stop(self) -> None:
        """Ask no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _ask(self) -> None:
        self._timer = self._clock.later(EVERY, self._ask)
        self._tell("storage:disk", *_disk(self._directory))
        self._tasks.start(self._ask_database(), "the database probe")

    async def _ask_database(self) -> None:
        try:
            await self._database.transact(lambda connection: connection.execute(sa.text("SELECT 1")).scalar())
        except Exception as why:
            self._tell("storage:database", State.DOWN, "Records cannot be written: {why}.", (("why", _brief(why)),))
        else:
            self._tell("storage:database", State.UP, "", ())

    def _tell(self, part: str, state: State, detail: str, facts: tuple[tuple[str, str], ...]) -> None:
        word = (state, detail, facts)
        if self._told.get(part) != word:
            self._told[part] = word
            self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=facts))


def _disk(directory: Path) -> Word:
    try:
        space = psutil.disk_usage(str(directory))
    except OSError as why:
        return State.DOWN, "The disk does not answer: {why}.", (("why", _brief(why)),)
    free = space.free / space.total
    facts = (("free", f"{space.free / 1e9:.0f}"),)
    if free < FULL_DISK:
        return State.DOWN, "The disk is full: {free} GB free.", facts
    if free < LOW_DISK:
        return State.DEGRADED, "The disk is nearly full: {free} GB free.", facts
    return State.UP, "{free} GB free.", facts


def _brief(why: Exception) -> str:
    return str(why).splitlines()[0][:120] if str(why) else type(why).__name__
