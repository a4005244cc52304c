"""Telephones of the house, and outside numbers, that menus put callers through to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any

from appliance.foundation.values import Ended
from pbx.ivr.ports import Caller
from pbx.terms import Terms

LONGEST = timedelta(hours=2)
"""So long a call that a menu made to the outside may last."""


Ring = Callable[[Any, str, timedelta | None], Awaitable[Ended]]
Outside = Callable[[Any, str, Terms], Awaitable[Ended]]


class Numbers:
    """The numbers of the house; nobody is rung."""

    def __init__(self, numbers: Collection[str]) -> None:
        self._numbers = frozenset(numbers)
        self._begun = frozenset(number[:length] for number in numbers for length in range(1, len(number)))

    def has(self, number: str) -> bool:
        """Whether it is one."""
        return number in self._numbers

    def begins(self, keyed: str) -> bool:
        """Whether a longer one begins so."""
        return keyed in self._begun


class HouseDesks(Numbers):
    """Satisfies `pbx.ivr.ports.Desks`. ring: rings an extension as it wants to be rung, for a time.

    outside: connects a caller with a number outside by the house's right.
    """

    def __init__(self, numbers: Collection[str], ring: Ring, outside: Outside) -> None:
        super().__init__(numbers)
        self._ring, self._outside = ring, outside

    async def ring(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        return await self._ring(caller, number, ring)

    async def outside(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        return await self._outside(caller, number, Terms(limit=LONGEST, ring=ring))
