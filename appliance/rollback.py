"""A plan that breaks what worked is taken back by the box itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance import revisions
from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State

WATCHED = ("line:", "exchange:", "trunk:")
"""What a plan may not cost: a ward's calls, the telephone, and a way outside."""

PATIENCE = timedelta(seconds=60)
"""How long a part may be down before the plan is taken back."""

WINDOW = timedelta(minutes=5)
"""How long after it came into force a plan is blamed for a part that goes down."""

BOX = "box"
WORKS = (State.UP, State.DEGRADED)


class Rollback:
    """Watches the parts that worked before a plan came into force.

    take_back: called once with the part that stayed down, when the plan is to go.
    """

    def __init__(self, clock: Clock, bus: Bus, take_back: Callable[[str], object]) -> None:
        self._clock, self._take_back = clock, take_back
        self._parts: frozenset[str] = frozenset()
        self._down: dict[str, Timer] = {}
        self._due: dict[str, datetime] = {}
        self._end: Timer | None = None
        bus.subscribe(HealthChanged, self._heard)

    def watch(self, worked: Iterable[str], now: Iterable[HealthChanged]) -> None:
        """Another plan is in force: `worked` are parts that worked before and are still planned; `now` how all are."""
        self.stop()
        self._parts = frozenset(worked)
        self._end = self._clock.later(WINDOW, self._trusted)
        for part in now:
            self._heard(part)

    def stop(self) -> None:
        """Blame nobody any more."""
        self._parts = frozenset()
        for timer in (*self._down.values(), *([self._end] if self._end is not None else [])):
            if timer.active():
                timer.cancel()
        self._down.clear()
        self._due.clear()
        self._end = None

    def threats(self) -> Mapping[str, datetime]:
        """Parts that worked before and are down, each with when the plan goes for it."""
        return {part: self._due[part] for part in self._down}

    def refused(self, part: str) -> None:
        """A part could not take the plan up at all: there is nothing to be patient for."""
        if part in self._parts:
            self._broken(part)

    def _heard(self, event: HealthChanged) -> None:
        if event.part not in self._parts:
            return
        if event.state in WORKS:
            timer = self._down.pop(event.part, None)
            if timer is not None:
                timer.cancel()
        elif event.part not in self._down:
            self._due[event.part] = self._clock.now() + PATIENCE
            self._down[event.part] = self._clock.later(PATIENCE, lambda: self._broken(event.part))

    def _broken(self, part: str) -> None:
        self.stop()
        self._take_back(part)

    def _trusted(self) -> None:
        # What went down within the window is still waited for.
        self._parts &= frozenset(self._down)
        self._end = None


def working(parts: Iterable[HealthChanged]) -> frozenset[str]:
    """Those of `parts` that a plan may not cost and that work."""
    return frozenset(part.part for part in parts if part.part.startswith(WATCHED) and part.state in WORKS)


def take_back(database: Transactions, clock: Clock, part: str) -> Coroutine[Any, Any, revisions.PlanTakenBack | None]:
    """Put the revision before the one in force back, because `part` works no more; None where there is none."""
    at = clock.now()

    def back(connection: sa.Connection) -> revisions.PlanTakenBack | None:
        slots = revisions.slots(connection)
        former, bad = slots.get(revisions.FORMER), slots.get(revisions.ACTIVE)
        if former is None or bad is None:
            return None
        revisions.activate(connection, former, by=BOX, at=at)
        done = revisions.PlanTakenBack(at=at, revision=bad, to=former, part=part)
        journal.append(connection, done)
        return done

    return database.transact(back)
