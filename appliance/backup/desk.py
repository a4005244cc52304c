"""Backups of a running box: begun when it is time or somebody asks, in a process of their own; a part of its health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.backup import store
from appliance.backup.due import last_due, next_due
from appliance.backup.making import STAGES, alone
from appliance.backup.trouble import Trouble
from appliance.foundation.backup_plan import Destination
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.own_command import CommandFailed, OwnCommand
from appliance.plan import Plan
from appliance.settings import Settings
from web.backups import Planned, Progress, Try

EVERY = timedelta(seconds=30)
BY_TIME = "plan"

NONE_YET = "None was made yet."
MADE = "Made {time}: {size} MB."


class BackupDesk:
    """Satisfies `web.ports.Backups`. changed: called whenever a page of it would show something else.

    held: whether none may be begun now, as the box is about to be switched off.
    """

    def __init__(
        self, settings: Settings, plan: Callable[[], Plan], command: OwnCommand, database: Transactions, clock: Clock,
        bus: Bus,
    ) -> None:  # fmt: skip
        self.changed: Callable[[], object] = lambda: None
        self.held: Callable[[], bool] = lambda: False
        self._settings, self._plan, self._command = settings, plan, command
        self._database, self._clock, self._bus = database, clock, bus
        self._going: dict[str, Progress] = {}
        self._since = clock.now()
        self._told: dict[str, tuple[State, str, tuple[tuple[str, str], ...]]] = {}
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Make what is due, now and from now on."""
        self._timer = self._clock.later(EVERY, self.start)
        self._tasks.start(self._look(), "looking for backups that are due")

    def stop(self) -> None:
        """Begin none any more; one that is being made is left to itself."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    async def planned(self) -> Sequence[Planned]:
        """Every backup of the plan, and how it stands."""
        last = await self._database.transact(store.latest)
        now, zone = self._clock.now(), self._plan().site.zone
        return [
            Planned(one, next_due(one, now, zone), last.get(one.id), self._going.get(one.id))
            for one in self._plan().backups
        ]

    async def recent(self) -> Sequence[Try]:
        """The latest tries."""
        return await self._database.transact(store.recent)

    def begin(self, backup: str, by: str) -> bool:
        """Make that one of the plan now; False where there is none of that name, one is being made, or none may be."""
        if self._going or self.held() or not any(one.id == backup for one in self._plan().backups):
            return False
        self._going[backup] = Progress()
        self._tasks.start(self._make(backup, by), f"backup {backup}")
        self.changed()
        return True

    async def _look(self) -> None:
        last, now, zone = await self._database.transact(store.latest), self._clock.now(), self._plan().site.zone
        if not self._going and any(one.state == "going" for one in last.values()):
            last = await self._bury()
        for one in self._plan().backups:
            before = last.get(one.id)
            due = last_due(one, now, zone)
            if due is not None and (before.began_at if before else self._since) < due and self.begin(one.id, BY_TIME):
                break  # one after the other
        for one in self._plan().backups:
            self._tell(one, last.get(one.id))

    async def _bury(self) -> dict[str, Try]:
        """Those whose process is gone have failed; one that somebody makes by hand holds the lock."""
        now = self._clock.now()

        def bury(connection: sa.Connection) -> dict[str, Try]:
            store.orphans(connection, now)
            return store.latest(connection)

        with suppress(Trouble), alone(self._settings):
            return await self._database.transact(bury)
        return await self._database.transact(store.latest)

    async def _make(self, backup: str, by: str) -> None:
        def told(line: str) -> None:
            done, _, rest = line.partition(" ")
            whole, _, stage = rest.partition(" ")
            if stage in STAGES and done.isdigit() and whole.isdigit():
                self._going[backup] = Progress(stage, int(done), int(whole))
                self.changed()

        try:
            await self._command.run("backup", "make", backup, "--by", by, "--progress", told=told)
        except CommandFailed as why:
            Tasks.log.warn("backup {backup} was not made: {why}", backup=backup, why=why)
        finally:
            del self._going[backup]
            self.changed()
        await self._look()

    def _tell(self, plan: Destination, last: Try | None) -> None:
        word = _word(last, self._plan().site.zone)
        if self._told.get(plan.id) == word:
            return
        self._told[plan.id] = word
        state, said, facts = word
        part, at = f"backup:{plan.id}", self._clock.now()
        self._bus.publish(HealthChanged(at=at, part=part, state=state, detail=said, facts=facts))

    def replan(self) -> None:
        """Another plan is in force."""
        self._told.clear()
        self._tasks.start(self._look(), "looking for backups that are due")


def _word(last: Try | None, zone: ZoneInfo) -> tuple[State, str, tuple[tuple[str, str], ...]]:
    if last is None:
        return State.STARTING, NONE_YET, ()
    if last.state == "failed":
        return State.DEGRADED, last.why, tuple(sorted(last.facts.items()))
    if last.state == "going":
        return State.UP, "", ()
    when = (last.ended_at or last.began_at).astimezone(zone)
    return State.UP, MADE, (("size", f"{last.octets / 1e6:.1f}"), ("time", f"{when:%Y-%m-%d %H:%M}"))
