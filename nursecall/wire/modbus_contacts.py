"""The contacts of one Modbus unit: which changed, bounce left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nursecall.wire.modbus_frames import MOST_INPUTS


@dataclass(frozen=True)
class Unit:
    """An input module: `count` discrete inputs from `first` on, counted from 0, at `address` (1 to 247).

    rest: inputs that are closed while nothing happens; the others are open then.
    """

    address: int
    first: int
    count: int
    rest: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not 1 <= self.address <= 247:
            raise ValueError(f"a Modbus unit's address is 1 to 247, not {self.address}")
        if not 1 <= self.count <= MOST_INPUTS or not 0 <= self.first <= 0x10000 - self.count:
            raise ValueError(f"unit {self.address} cannot have {self.count} inputs from {self.first} on")


@dataclass(frozen=True)
class Changed:
    """A contact closed or opened. unit: its address; input: its number in the unit, from 0."""

    unit: int
    input: int
    closed: bool


class Contacts:
    """Readings in, changes out. Times are seconds on one steady clock.

    A contact has changed when it is still read so `debounce` seconds after it was first read so. The first reading
    after `start_over` tells once more of each contact that is not at rest: it may have been reset and pressed since.
    """

    def __init__(self, unit: Unit, debounce: float) -> None:
        self._unit = unit
        self._debounce = debounce
        self._rest = [unit.first + index in unit.rest for index in range(unit.count)]
        self._told = list(self._rest)
        self._seen = list(self._rest)
        self._since = [-math.inf] * unit.count
        self._unsettled: set[int] = set()
        self._again: set[int] = set()
        self.start_over()

    @property
    def settled_at(self) -> float:
        """From when on a further reading settles a contact; infinity when all are settled."""
        return min((self._since[index] for index in self._unsettled), default=math.inf) + self._debounce

    def start_over(self) -> None:
        """Nothing could be read for a while."""
        self._seen = list(self._told)
        self._again = {index for index, told in enumerate(self._told) if told != self._rest[index]}
        self._unsettled = set(self._again)
        self._since = [math.inf] * self._unit.count

    def read(self, closed: Sequence[bool], now: float) -> list[Changed]:
        """All of the unit's inputs, read at `now`: what changed."""
        if not self._unsettled and closed == self._seen:
            return []
        return [
            Changed(self._unit.address, self._unit.first + index, is_closed)
            for index, is_closed in enumerate(closed)
            if self._changed(index, is_closed, now)
        ]

    def _changed(self, index: int, closed: bool, now: float) -> bool:
        if closed != self._seen[index]:
            self._seen[index], self._since[index] = closed, now
            self._unsettled.add(index)
        if index not in self._unsettled:
            return False
        self._since[index] = min(self._since[index], now)
        if now - self._since[index] < self._debounce:
            return False
        tells = closed != self._told[index] or index in self._again
        self._told[index] = closed
        self._unsettled.discard(index)
        self._again.discard(index)
        return tells
