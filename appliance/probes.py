"""The probes nobody else makes: does the database answer, is there room on the disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import psutil
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks

EVERY = timedelta(seconds=10)
LOW_DISK = 0.10
FULL_DISK = 0.02

Word = tuple[State, str, tuple[tuple[str, str], ...]]
"""State, detail (a message id) and the facts that fill it."""


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
