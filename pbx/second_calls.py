"""Calls that grow from another: what a desk dials a second time, what it forwards, what the plan sends on.

Each is a call of its own on record, by the right and at the expense of who made it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import CancelledError

from appliance.foundation.clock import Clock
from appliance.foundation.values import Ended, HungUp
from pbx.calls.book import CallBook
from pbx.deciding import Deciding
from pbx.dialer import Dialer
from pbx.forwarding import Forwarding
from pbx.incoming import IncomingCall
from pbx.outgoing import Outgoing
from pbx.pair import came_to
from pbx.switchboard import Switchboard
from pbx.terms import Terms

Carry = Callable[[IncomingCall], Awaitable[int | None]]
"""Connects a caller with what they dialled; the Q.850 cause where that could not be. Raises HungUp."""


class SecondCalls:
    """forwarding: asks who answers outside for a key; None where nothing can be said to them."""

    def __init__(
        self,
        board: Switchboard,
        numbers: Deciding,
        dialer: Dialer,
        outgoing: Outgoing,
        forwarding: Forwarding | None,
        carry: Carry,
        book: CallBook,
        clock: Clock,
    ) -> None:
        self._board, self._numbers, self._dialer, self._outgoing = board, numbers, dialer, outgoing
        self._forwarding, self._carry, self._book, self._clock = forwarding, carry, book, clock

    async def dial(self, caller: IncomingCall, by: str, number: str) -> int | None:
        """Connect `caller` with a number by the right of `by`; the cause where that could not be. Raises HungUp."""
        sent = self._grown(caller, by, number)
        return await self._until_over(sent, self._carry(sent))

    async def forward(self, caller: IncomingCall, by: str, number: str) -> int | None:
        """The same where `by` forwards, and who answers outside takes it by a key. Raises HungUp."""
        sent = self._grown(caller, by, number)
        return await self._until_over(sent, self._sent_on(sent, caller.extension))

    async def for_house(self, caller: IncomingCall, number: str, terms: Terms) -> Ended:
        """Connect `caller` with a number outside that the plan itself names, by the house's right, at its expense.

        How it went. Raises HungUp.
        """
        decision = self._numbers.decide_for_house(number)
        sent = self._grown(caller, caller.extension, "")
        self._book.directed(sent.call, "out", decision.number)
        self._book.step(sent.call, *decision.why)
        ended = Ended(came_to(decision.cause))
        if decision.refusal is None:
            ended = await self._outgoing.over(sent, decision, terms)
        self._book.ended(sent.call, ended.outcome, ended.ended_at)
        return ended

    def _grown(self, caller: IncomingCall, by: str, number: str) -> IncomingCall:
        sent = IncomingCall(caller.leg, by, number, self._board, self._clock)
        self._book.began(sent.call, by, caller.leg.id, grown_from=caller.call)
        self._dialer.introduce(sent.call, caller.leg)
        return sent

    async def _until_over(self, sent: IncomingCall, connected: Awaitable[int | None]) -> int | None:
        try:
            cause = await connected
        except HungUp:
            if not sent.goes_on:
                self._book.ended(sent.call, came_to(None))
            raise
        except CancelledError:
            raise  # we are being stopped: talk goes on
        except Exception:
            sent.leg.gone.then(lambda gone: self._book.ended(sent.call, came_to(None), gone.at))
            raise
        self._book.ended(sent.call, came_to(cause))
        return cause

    async def _sent_on(self, sent: IncomingCall, who: str) -> int | None:
        decision = self._numbers.decide(sent.extension, sent.dialled)
        if self._forwarding is None or decision.kind != "outside" or decision.refusal is not None:
            return await self._carry(sent)
        self._book.directed(sent.call, "out", decision.number)
        self._book.step(sent.call, *decision.why)
        return await self._forwarding.carry(sent, decision, who)
