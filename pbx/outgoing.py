"""Calls of the house to the outside: over the decided lines in turn, and words for who may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.values import Ended, HungUp, Language
from pbx.causes import Cause
from pbx.decision import NO_LINE, Decision
from pbx.dialer import Caller, Dialer
from pbx.incoming import IncomingCall
from pbx.paid import Paid, Payer, nobody
from pbx.ports import Prompts
from pbx.reason import Reason
from pbx.routing import is_lines_fault, without
from pbx.terms import FREE, Terms
from pbx.trunks import TRUNKS_FAULT

_TOLD = {"busy": Cause.BUSY, "no-answer": Cause.NO_ANSWER, "no-such-number": Cause.UNALLOCATED}
"""By what became of a call that no line is to blame for."""
USED = "{percent} percent of this month's limit for calls outside are used."


def _shortest(*limits: timedelta | None) -> timedelta | None:
    """None where none of them is one."""
    return min((limit for limit in limits if limit is not None), default=None)


def _paid_for(terms: Terms, paid: Paid) -> Terms:
    async def answered(at: datetime) -> None:
        await terms.answered(at)
        await paid.answered(at)

    # Whoever settles the call later asks the exchange for its legs; who only looks after it does not.
    settled = replace(terms, leg="line" if paid.limit is None else "bill")
    return replace(settled, limit=_shortest(paid.limit, terms.limit), answered=answered)


class Outgoing:
    """Carries a decision out. terms: on which an extension may talk with an outside number, but for its limit.
    payer: says who pays for a call outside.
    step: told what became of a line.

    language: of an extension. Without `prompts`, or while speech is down, a phone is told a cause only.
    """

    log = Logger()

    def __init__(self, dialer: Dialer, prompts: Prompts | None, language: Callable[[str], Language]) -> None:
        self._dialer = dialer
        self._prompts = prompts
        self._language = language
        self.terms: Callable[[str, str], Terms] = lambda caller, called: FREE
        self.payer: Payer = nobody
        self.step: Callable[..., None] = lambda call, *reasons: None

    async def carry(self, caller: IncomingCall, decision: Decision) -> int | None:
        """Dial over each line until one carries it; return when it is over, with the cause where nobody answered.

        Raises HungUp.
        """
        terms = self.terms(caller.extension, decision.number)
        paid = await self._paid(caller, decision, terms)
        if isinstance(paid, Reason):
            self.step(caller.call, paid)
            await self._say(caller, paid)
            return Cause.REJECTED
        try:
            if paid is not None and paid.used is not None:
                await self._say(caller, Reason(USED, {"percent": paid.used}))
        except HungUp:
            if paid is not None:
                paid.over(None)
            raise
        ended = await self._lines(caller, decision, terms, paid)
        if ended.outcome not in TRUNKS_FAULT:
            return _TOLD.get(ended.outcome)
        await self._say(caller, Reason(NO_LINE))
        return Cause.NO_CIRCUIT

    async def over(self, caller: IncomingCall, decision: Decision, terms: Terms) -> Ended:
        """The same on these terms, in silence, with how it went: as if no line were free where no call may be made."""
        paid = await self._paid(caller, decision, terms)
        if isinstance(paid, Reason):
            self.step(caller.call, paid)
            return Ended("congestion")
        return await self._lines(caller, decision, terms, paid)

    async def _paid(self, caller: IncomingCall, decision: Decision, terms: Terms) -> Paid | Reason | None:
        if decision.kind != "outside" or not decision.routes:
            return None
        most, trunk = _shortest(terms.limit, decision.limit), decision.routes[0].trunk
        return await self.payer(caller.call, caller.counts_for, decision.number, trunk, most)

    async def _lines(self, caller: Caller, decision: Decision, terms: Terms, paid: Paid | None) -> Ended:
        most = _shortest(terms.limit, decision.limit)
        terms = replace(terms, limit=most, warning=decision.warning, hidden=decision.hidden)
        if paid is None:
            return await self._in_turn(caller, decision, terms, None)
        try:
            return await self._in_turn(caller, decision, _paid_for(terms, paid), paid)
        except CancelledError:
            raise  # we are being stopped: the call goes on, the next start settles it
        except Exception:
            paid.over(None)
            raise

    async def _in_turn(self, caller: Caller, decision: Decision, terms: Terms, paid: Paid | None) -> Ended:
        ended = Ended("congestion")
        for line in decision.routes:
            if paid is not None:
                await paid.over_line(line.trunk, ended.outcome)
            ended = await self._dialer.over(caller, line, terms, decision.number)
            if said := without(line, ended.outcome):
                self.log.info("call {call}: {trunk} did not take it", call=caller.call, trunk=line.trunk)
                self.step(caller.call, said)
            if not is_lines_fault(line, ended.outcome):
                break
        if paid is not None:
            paid.over(ended)
        await terms.over(ended)
        return ended

    async def refuse(self, caller: IncomingCall, decision: Decision) -> int:
        """Say why not; the cause for a phone that shows it. Raises HungUp."""
        if decision.refusal is not None:
            await self._say(caller, decision.refusal)
        return decision.cause

    async def _say(self, caller: IncomingCall, sentence: Reason) -> None:
        if self._prompts is None:
            return
        language = self._language(caller.extension)
        try:
            sound = await self._prompts.prompt(sentence.text(language), language)
        except (CancelledError, HungUp):
            raise
        except Exception:
            self.log.failure("call {call} could not be told why it is refused", call=caller.call)
            return
        if sound is not None:
            await caller.answer()
            await caller.play([sound])
