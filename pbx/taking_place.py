"""A number takes the place of an extension in what that has dialled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from twisted.logger import Logger

from pbx.behalf import Behalf
from pbx.callout import Callout, NotReached
from pbx.deciding import Deciding
from pbx.decision import NoSuchExtension
from pbx.leg import Leg
from pbx.party import Party
from pbx.terms import RING

LONGEST = timedelta(hours=4)
"""Of who was called to take another's place; held by Asterisk."""


class TakingPlace:
    """dials: somebody is on a leg who wants a number, by the right of an extension; returns when they are gone."""

    log = Logger()

    def __init__(
        self, numbers: Deciding, callout: Callout, behalf: Behalf, dials: Callable[[Leg, str, str], Awaitable[None]]
    ) -> None:
        self._numbers, self._callout, self._behalf, self._dials = numbers, callout, behalf, dials

    async def seat(self, by: str, destination: str, number: str) -> None:
        """Let `destination` take the place of `by` in `number`; `by` itself is rung where nobody takes it."""
        for whom in (destination, by):
            try:
                party = await self._called(by, whom)
            except (NotReached, NoSuchExtension) as why:
                self.log.info("{whom} does not take the place of {by}: {why}", whom=whom, by=by, why=why)
            else:
                return await self._dials(party.leg, by, number)
        return None

    async def _called(self, by: str, whom: str) -> Party:
        if whom == by:
            return await self._callout.desk(whom, RING, LONGEST)
        decision = self._numbers.decide(by, whom)
        if decision.kind == "extension" and decision.refusal is None:
            return await self._callout.desk(decision.number, RING, LONGEST, shown=by, number=by)
        if decision.kind == "outside":
            return await self._behalf.grown("", "", by, decision, RING, LONGEST)
        raise NotReached("refused")
