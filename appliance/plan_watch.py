"""A plan that has just come into force: watched over, taken back by the box, or kept by somebody all the same."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import sqlalchemy as sa
from twisted.logger import Logger

from appliance import revisions
from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged
from appliance.foundation.tasks import Tasks
from appliance.plan import Plan
from appliance.revisions import PlanActivated, PlanKeptAnyway, PlanTakenBack
from appliance.rollback import Rollback, take_back, working
from web.plans import TakenBack, Threat

TOLD = tuple(f"appliance.{kind.__name__}" for kind in (PlanActivated, PlanTakenBack, PlanKeptAnyway))
"""Whatever of these is last in the journal says whether the plan in force is there by the box's own doing."""


class PlanWatch:
    """Satisfies `web.ports.PlanWatch`.

    in_force: goes by the revision that is now in force. changed: told when there is something else to be shown.
    """

    log = Logger()

    def __init__(
        self,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        in_force: Callable[[], Coroutine[Any, Any, None]],
        changed: Callable[[], object],
    ) -> None:
        self._database, self._clock, self._in_force, self._changed = database, clock, in_force, changed
        self._rollback = Rollback(clock, bus, self._broken)
        self._revision: int | None = None
        self._settled: int | None = None
        self._taken_back: TakenBack | None = None
        self._tasks = Tasks()

    async def load(self) -> None:
        """What a life before took back is still said."""

        def read(connection: sa.Connection) -> TakenBack | None:
            query = sa.select(journal.journal).where(journal.journal.c.kind.in_(TOLD))
            row = connection.execute(query.order_by(journal.journal.c.id.desc()).limit(1)).first()
            last = next(journal.entries(connection, after=row.id - 1)) if row is not None else None
            if last is None or last.kind != f"appliance.{PlanTakenBack.__name__}":
                return None
            return TakenBack(last.body["revision"], last.body["to"], last.body["part"])

        self._taken_back = await self._database.transact(read)

    def stop(self) -> None:
        """Blame nobody any more."""
        self._rollback.stop()
        self._tasks.stop()

    def watch(self, revision: int, worked: Iterable[str], now: Iterable[HealthChanged]) -> None:
        """`revision` is in force: `worked` are parts that it may not cost; `now` how all are."""
        self._rollback.stop()
        # What the box has put back itself, or somebody wants in spite of all, is not taken back again.
        settled = revision == self._settled
        self._settled, self._revision = None, None if settled else revision
        if not settled:
            self._taken_back = None
            self._rollback.watch(worked, now)
        self._changed()

    def refused(self, part: str) -> None:
        """A part could not take the new plan up at all."""
        self._rollback.refused(part)

    def threat(self) -> Threat | None:
        """Why the plan in force is about to be taken back; None where it is not."""
        due = sorted((at, part) for part, at in self._rollback.threats().items())
        if not due or self._revision is None:
            return None
        at, part = due[0]
        return Threat(self._revision, part, at)

    def taken_back(self) -> TakenBack | None:
        """What the box took back last, until another plan is put in force."""
        return self._taken_back

    async def keep(self, by: str) -> int | None:
        """Keep what is threatened, or put in force again what was taken back, for good: its number."""
        threat, back = self.threat(), self._taken_back
        if threat is not None:
            kept = threat.revision
            await self._keep(kept, threat.part, by)
            self._rollback.stop()
        elif back is not None:
            kept = back.revision
            await self._keep(kept, back.part, by)
            self._settled, self._taken_back = kept, None
            # Not awaited: whoever asked for it gets an answer though Asterisk may be long in coming.
            self._tasks.start(self._in_force(), "taking up a plan that is kept anyway")
        else:
            return None
        self._changed()
        return kept

    async def _keep(self, revision: int, part: str, by: str) -> None:
        at = self._clock.now()

        def keep(connection: sa.Connection) -> None:
            revisions.activate(connection, revision, by=by, at=at)
            journal.append(connection, PlanKeptAnyway(at=at, revision=revision, part=part, by=by))

        await self._database.transact(keep)

    def _broken(self, part: str) -> None:
        self._tasks.start(self._take_back(part), "taking a plan back")

    async def _take_back(self, part: str) -> None:
        done = await take_back(self._database, self._clock, part)
        if done is None:
            return
        self.log.critical("{part} works no more: the plan before is in force again", part=part)
        self._settled, self._taken_back = done.to, TakenBack(done.revision, done.to, done.part)
        self._changed()
        await self._in_force()


def at_stake(worked: Iterable[HealthChanged], before: Plan, after: Plan) -> frozenset[str]:
    """Parts that work and that `after` may not cost. Lines and trunks count where the plan of them has changed: a cable
    that is pulled, or a carrier that fails, in the same minutes is no fault of the plan's.
    """
    lines = {line.id: line for line in before.nursecall.lines}
    trunks = {trunk.id: trunk for trunk in before.pbx.trunks}
    changed = {f"line:{line.id}" for line in after.nursecall.lines if lines.get(line.id) not in (None, line)}
    changed |= {f"trunk:{trunk.id}" for trunk in after.pbx.trunks if trunks.get(trunk.id) not in (None, trunk)}
    return frozenset(part for part in working(worked) if part in changed or part.startswith("exchange:"))
