"""Whether there is room for recordings, and whether they are sealed in time: the health part `storage:recordings`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from pbx.recording.places import Places
from pbx.recording.schema import recordings

PART = "storage:recordings"
EVERY = timedelta(seconds=10)
LATE = timedelta(minutes=5)
GIGA = 1e9

Word = tuple[State, str, tuple[tuple[str, str], ...]]


class Room:
    """Looks every ten seconds. `filled` is called when there is none left: what is going must end.

    A recording that could not begin is told by `failed`, until one could.
    """

    def __init__(self, places: Places, database: Transactions, clock: Clock, bus: Bus) -> None:
        self.filled: Callable[[], None] = lambda: None
        self._places, self._database, self._clock, self._bus = places, database, clock, bus
        self._why = ""
        self._told: Word | None = None
        self._tasks = Tasks()
        self._timer: Timer | None = None

    @property
    def open(self) -> bool:
        """Whether a recording may begin."""
        return self._places.free("main") >= self._places.stop_below

    def start(self) -> None:
        """Look now and from now on."""
        # A box that has recorded nothing yet has no such directory, but it has room.
        self._places.main.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._timer = self._clock.later(EVERY, self.start)
        self._places.prepare()
        if not self.open:
            self.filled()
        self._tasks.start(self._look(), "looking for room for recordings")

    def stop(self) -> None:
        """Look no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def failed(self, why: object) -> None:
        """A recording could not begin."""
        self._why = str(why)[:120]
        self._tasks.start(self._look(), "looking for room for recordings")

    def worked(self) -> None:
        """One could."""
        self._why = ""

    async def _look(self) -> None:
        late = self._clock.now() - LATE

        def count(connection: sa.Connection) -> int:
            row = recordings.c
            query = sa.select(sa.func.count()).where(row.state == "taken", row.ended_at < late)
            return connection.execute(query).scalar_one()

        self._tell(self._word(await self._database.transact(count)))

    def _word(self, late: int) -> Word:
        main, second = self._places.free("main"), self._places.free("second")
        free = (("free", f"{main / GIGA:.1f}"),)
        if main < self._places.delete_below:
            said = "The disk is full: the oldest recordings are deleted, {free} GB free. Calls go on unrecorded."
            return State.DOWN, said, free
        if main < self._places.stop_below:
            return State.DOWN, "There is no room for recordings: {free} GB free. Calls go on unrecorded.", free
        if self._why:
            return State.DEGRADED, "A talk could not be recorded: {why}.", (("why", self._why),)
        if late:
            said = "{count} recordings wait to be sealed: their process does not keep up."
            return State.DEGRADED, said, (("count", str(late)),)
        if main < self._places.move_below and self._places.second is None:
            return State.DEGRADED, "There is little room for recordings: {free} GB free, and no second store.", free
        if main < self._places.move_below and second < self._places.move_below:
            return State.DEGRADED, "Neither store has room for recordings: {free} GB free here.", free
        return State.UP, "{free} GB free.", free

    def _tell(self, word: Word) -> None:
        if word == self._told:
            return
        self._told = word
        state, said, facts = word
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=said, facts=facts))
