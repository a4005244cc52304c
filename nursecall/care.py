"""Everything of the wards besides calls: rounds, reminders, services, hand-over; begun and ended as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from twisted.internet.defer import Deferred, DeferredList

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from nursecall.care_store import left
from nursecall.handover_desk import Handovers
from nursecall.plan import NurseCallPlan
from nursecall.ports import Duties
from nursecall.reminders import Reminders
from nursecall.rounding import REMEMBERED, Occupants, Rounding
from nursecall.scribe import Scribe
from nursecall.services import Calls, Services
from nursecall.store import CallStore

FINISH = timedelta(seconds=5)


class CallsAndPresence(Calls, Protocol):
    """`nursecall.ward.Wards`."""

    def presence(self, ward: str) -> Mapping[str, datetime]: ...


class Care:
    """What is in memory counts; it is written down as soon as that is possible. plan: returns the one in force."""

    def __init__(
        self,
        plan: Callable[[], NurseCallPlan],
        wards: CallsAndPresence,
        patients: Occupants,
        duties: Duties,
        database: Transactions,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._database, self._clock, self._tasks = database, clock, Tasks()
        self._scribe = Scribe(CallStore(database).write, lambda _: None, clock, bus)
        self.rounding = Rounding(plan, patients, wards.presence, self._scribe.keep, clock, bus)
        self.reminders = Reminders(patients, wards.presence, self._scribe.keep, clock, bus)
        self.services = Services(plan, duties, wards, self._scribe.keep, clock, bus)
        self.handovers = Handovers(database, clock, bus)

    def start(self) -> None:
        """Bring back what goes on. Where records cannot be read, that is tried again; meanwhile nothing is due."""
        self._scribe.start()
        again = self._tasks.until_done(self._bring_back, "reading rounds, reminders and requests", self._clock)
        self._tasks.start(again, "reading rounds, reminders and requests")

    def replan(self) -> None:
        """Rounds may be more or less frequent."""
        self.rounding.settle()

    async def finish(self) -> None:
        """Write down what is not written yet, for a few seconds at most, then stop."""
        for part in (self.rounding, self.reminders, self.services):
            part.stop()
        self._tasks.stop()
        written, long_enough = Deferred.fromCoroutine(self._scribe.finish()), sleep(self._clock, FINISH)
        await DeferredList([written, long_enough], fireOnOneCallback=True, consumeErrors=True)
        for waiting in (written, long_enough):
            waiting.cancel()
        self._scribe.stop()

    async def _bring_back(self) -> None:
        since = self._clock.now() - REMEMBERED
        before = await self._database.transact(lambda connection: left(connection, since))
        await self.handovers.load()
        self.reminders.bring_back(before.reminders)
        self.services.bring_back(before.requests)
        self.rounding.bring_back(before.looks)
