"""Once a shift a nurse hears a test tone at the ward's station and says so: proof that it can be heard.

A browser cannot know what comes out of the loudspeaker behind it; only somebody who is there can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from nursecall.plan_wards import Ward
from web.events import SoundTested

LOOK = timedelta(seconds=15)
LONGEST = timedelta(days=1)
"""No shift is longer: older tests are of an earlier one."""


@dataclass(frozen=True)
class _Test:
    at: datetime
    passed: bool


class SoundChecks:
    """Which wards' stations have been heard in this shift.

    changed: is told the ward when a test becomes due, overdue or done.
    """

    log = Logger()

    def __init__(self, database: Transactions, clock: Clock, changed: Callable[[str], None]) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed
        self._wards: Sequence[Ward] = ()
        self._zone = ZoneInfo("UTC")
        self._since = clock.now()
        self._last: dict[str, _Test] = {}
        self._seen: dict[str, tuple[bool, bool]] = {}
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Ask these wards, and remember what was tested before the restart."""
        self._since = self._clock.now()
        self.replan(wards, zone)
        self._tasks.start(self._recall(), "reading the sound tests of before")
        self._look()

    def replan(self, wards: Sequence[Ward], zone: ZoneInfo) -> None:
        """Go by other wards and shifts from now on."""
        self._wards, self._zone = tuple(wards), zone

    def stop(self) -> None:
        """Ask no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def due(self, ward: str) -> bool:
        """Whether nobody has heard the tone in this shift yet."""
        begun = self._begun(ward)
        return begun is not None and not self._passed_since(ward, begun)

    def overdue(self, ward: str) -> bool:
        """Whether that is so for longer than the plan allows; a box that was just started is given the same time."""
        begun, plan = self._begun(ward), self._ward(ward)
        if begun is None or plan is None or self._passed_since(ward, begun):
            return False
        return self._clock.now() >= max(begun, self._since) + timedelta(minutes=plan.sound.test)

    def unheard(self, ward: str) -> bool:
        """Whether somebody last said that the tone could not be heard."""
        last = self._last.get(ward)
        return last is not None and not last.passed

    async def tested(self, event: SoundTested) -> None:
        """Somebody at the station has said whether the tone was heard; believed also where it cannot be recorded."""
        self._last[event.ward] = _Test(event.at, event.heard and event.flowed)
        self._changed(event.ward)
        await self._database.transact(lambda connection: journal.append(connection, event))

    def _passed_since(self, ward: str, begun: datetime) -> bool:
        last = self._last.get(ward)
        return last is not None and last.passed and last.at >= begun

    def _ward(self, ward: str) -> Ward | None:
        return next((known for known in self._wards if known.id == ward), None)

    def _begun(self, ward: str) -> datetime | None:
        """When the ward's present shift began; None where it has no shifts or is not to be asked."""
        plan = self._ward(ward)
        if plan is None or not plan.sound.test:
            return None
        now = self._clock.now().astimezone(self._zone)
        begun = [
            datetime.combine(now.date() - timedelta(days=shift.start > now.time()), shift.start, self._zone)
            for shift in plan.shifts
            if shift.covers(now.time())
        ]
        return max(begun, default=None)

    def _look(self) -> None:
        self._timer = self._clock.later(LOOK, self._look)
        for ward in self._wards:
            how = self.due(ward.id), self.overdue(ward.id)
            if self._seen.get(ward.id, (False, False)) != how:
                self._seen[ward.id] = how
                self._changed(ward.id)

    async def _recall(self) -> None:
        since = (self._clock.now() - LONGEST).astimezone(UTC).isoformat()
        table = journal.journal
        # Times are written alike, so that they are in order as texts too.
        query = sa.select(table).where(table.c.kind == "web.SoundTested", table.c.at >= since).order_by(table.c.id)

        def read(connection: sa.Connection) -> dict[str, _Test]:
            found: dict[str, _Test] = {}
            for row in connection.execute(query):
                body = json.loads(row.body)
                found[body["ward"]] = _Test(datetime.fromisoformat(row.at), body["heard"] and body["flowed"])
            return found

        before = await self._database.transact(read)
        self._last = before | self._last
        for ward in before:
            self._changed(ward)
