"""Whose turn it is on a Modbus line: live units each cycle, silent ones one at a time, dead ones ever more rarely."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from nursecall.wire.modbus_contacts import Contacts, Unit

INTERVAL = 0.1
"""Seconds from the beginning of one cycle to that of the next, at least."""

MISSES = 2
DEAD_AFTER = 5.0
"""A unit is dead after so many polls in a row without an answer, and so many seconds."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds a dead unit is left alone; each unanswered poll doubles the pause."""


class Station:
    """One unit as the master knows it."""

    def __init__(self, unit: Unit, debounce: float) -> None:
        self.unit = unit
        self.contacts = Contacts(unit, debounce)
        self.alive: bool | None = None
        """None until the first answer, or until it is dead."""
        self._misses = 0
        self._quiet = False
        self._answered_at = -math.inf
        self._pause = FIRST_PAUSE
        self.due = -math.inf

    @property
    def in_cycle(self) -> bool:
        """Whether it is polled each cycle: it answers, if perhaps garbled, or was not asked yet."""
        return self.alive is not False and not self._quiet

    def start_over(self, now: float) -> None:
        """The line was not usable until now."""
        self.alive = None
        self._misses, self._quiet, self._pause = 0, False, FIRST_PAUSE
        self._answered_at = now
        self.contacts.start_over()

    def answered(self, now: float) -> bool:
        """Its inputs came; returns whether it was not known to be alive."""
        comes_alive = self.alive is not True
        if self.alive is False:
            self.contacts.start_over()
        self.alive = True
        self._misses, self._quiet, self._pause = 0, False, FIRST_PAUSE
        self._answered_at = now
        return comes_alive

    def missed(self, now: float, *, silent: bool) -> bool:
        """Its inputs did not come. silent: nothing came at all. Returns whether it is dead from now on."""
        self._misses += 1
        self._quiet, self.due = silent, now
        if self.alive is False:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self.due = now + self._pause
            return False
        if self._misses < MISSES or now - self._answered_at < DEAD_AFTER:
            return False
        self.alive, self.due = False, now + self._pause
        return True


class Rota:
    """The order of polls.

    A contact that may have changed is read again as soon as that settles it, between two polls of the others. Of the
    units that do not answer one at most is asked between two cycles: the others wait for one time-out, never for all.
    """

    def __init__(self, stations: Sequence[Station]) -> None:
        self._stations = stations
        self._cycle: deque[Station] = deque()
        self._cycle_at = -math.inf
        self._settled_last = False
        self._asked_silent = False

    def start_over(self, now: float) -> None:
        """The line was not usable until now."""
        for station in self._stations:
            station.start_over(now)
        self._cycle.clear()
        self._cycle_at = now

    @property
    def wake(self) -> float:
        """When `next` has somebody again, after it had nobody."""
        return min(self._cycle_at, self._unsettled()[0])

    def next(self, now: float) -> Station | None:
        """Who is polled now; None for nobody."""
        settled_at, unsettled = self._unsettled()
        self._settled_last = not self._settled_last and settled_at <= now
        return unsettled if self._settled_last else self._regular(now)

    def _regular(self, now: float) -> Station | None:
        if not self._cycle and not self._asked_silent:
            self._asked_silent = True
            if silent := self._silent(now):
                return silent
        if not self._cycle and now >= self._cycle_at:
            self._cycle.extend(station for station in self._stations if station.in_cycle)
            self._cycle_at, self._asked_silent = now + INTERVAL, False
        return self._cycle.popleft() if self._cycle else None

    def _unsettled(self) -> tuple[float, Station | None]:
        live = [station for station in self._stations if station.in_cycle]
        soonest = min(live, key=lambda station: station.contacts.settled_at, default=None)
        return (math.inf, None) if soonest is None else (soonest.contacts.settled_at, soonest)

    def _silent(self, now: float) -> Station | None:
        due = [station for station in self._stations if not station.in_cycle and station.due <= now]
        return min(due, key=lambda station: station.due, default=None)
