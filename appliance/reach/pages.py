"""Steps by pager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.reach.ports import Wards, found
from nursecall.events import CallEscalated, Outcome
from nursecall.paging import Outcome as Paged

ALARM, URGENT = 1, 2
"""The pager system's priority for calls of priority up to URGENT; others have the one of its plan."""


class Pagers(Protocol):
    """`nursecall.pagers.Pagers`."""

    async def page(self, pager: str, address: str, text: str, priority: int | None = None) -> Paged: ...


class Pages:
    """`ID` pages the address that the plan gives the system, `ID:ADDRESS` one pager of it.

    pagers: returns the systems of the plan in force.
    """

    log = Logger()

    def __init__(self, wards: Wards, pagers: Callable[[], Pagers], clock: Clock) -> None:
        self._wards, self._pagers, self._clock = wards, pagers, clock

    async def carry(self, step: CallEscalated, text: str) -> None:
        """That the pager system took it is all that can be known."""
        call = found(self._wards, step.call)
        urgent = call is not None and call.priority <= URGENT
        for who, pager in step.to:
            system, _, address = pager.partition(":")
            came = await self._pagers().page(system, address, text, ALARM if urgent else None)
            if not came.delivered:
                self.log.warn("pager {pager}: {why}", pager=pager, why=came.proof.format(**dict(came.facts)))
            outcome: Outcome = "delivered" if came.delivered else "failed"
            await self._wards.step_result(step.call, step.serial, pager, who, outcome, self._clock.now())
