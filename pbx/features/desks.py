"""Rings an extension as it wants to be rung: the one way by which everybody rings a desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import Ended
from pbx.causes import Cause
from pbx.dialer import Dialer
from pbx.features.following import House, Try, Wishes, search
from pbx.incoming import IncomingCall
from pbx.reason import Reason
from pbx.switchboard import Switchboard
from pbx.terms import Terms

Forward = Callable[[IncomingCall, str, str], Awaitable[int | None]]
"""Connects a caller with a number (last) by the right of an extension; the Q.850 cause where that could not be."""
Step = Callable[[str, Reason], None]
"""Writes down what was decided of a call."""

SENT_ON = "{extension} wanted its calls to go on: {number} is tried."
_OUTCOMES: dict[int, str] = {Cause.BUSY: "busy", Cause.NO_ANSWER: "no-answer", Cause.UNALLOCATED: "no-such-number"}


class Desks:
    """wishes: of an extension. terms: on which the first number talks with the second. house: what a search asks."""

    log = Logger()

    def __init__(
        self,
        extensions: Collection[str],
        dialer: Dialer,
        board: Switchboard,
        forward: Forward,
        step: Step,
        wishes: Callable[[str], Wishes],
        terms: Callable[[str, str], Terms],
        patience: timedelta,
        clock: Clock,
    ) -> None:
        self._dialer, self._forward, self._step, self._terms, self._clock = dialer, forward, step, terms, clock
        self.house = House(wishes, frozenset(extensions).__contains__, board.engaged, patience)

    async def ring(self, caller: IncomingCall, extension: str, longest: timedelta | None = None) -> Ended:
        """Ring it, or where its calls are to go; return when it is over. longest: of each telephone's ringing.

        Raises HungUp.
        """
        trying, ended = search(extension, self.house), Ended("unreachable")
        try:
            step = next(trying)
            while True:
                ended = await self._try(caller, extension, step, longest)
                step = trying.send(ended.outcome)
        except StopIteration as over:
            found = over.value
        if found.loop:
            self.log.warn("calls go round: {way}", way=" → ".join(found.loop))
            self._step(caller.call, Reason("Calls go round: {way}.", {"way": " → ".join(found.loop)}))
        return ended if found.outcome == ended.outcome else Ended(found.outcome)

    async def _try(self, caller: IncomingCall, extension: str, step: Try, longest: timedelta | None) -> Ended:
        if step.number != extension:
            self._step(caller.call, Reason(SENT_ON, {"extension": step.by, "number": step.number}))
        if step.outside:
            return await self._outside(caller, step)
        terms = self._terms(caller.extension, step.number)
        ring = min(time for time in (step.ring, longest, terms.ring) if time is not None)
        return await self._dialer.ring(caller, step.number, replace(terms, ring=ring))

    async def _outside(self, caller: IncomingCall, step: Try) -> Ended:
        """By the right of who wants it so."""
        began = self._clock.now()
        cause = await self._forward(caller, step.by, step.number)
        if cause is None:
            return Ended("answered", began, self._clock.now())
        return Ended(_OUTCOMES.get(cause, "unreachable") if caller.leg.alive else "caller-left")
