"""A phone hands its party on: to a number (SIP REFER), or to the party of its second call (REFER with Replaces).

Whoever is handed on keeps the call they were in, with its limit, its bill and its end; what they are connected with
next is a call of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp
from pbx.ari.messages import Referred
from pbx.ari.transport import AriError
from pbx.calls.book import CallBook
from pbx.dialer import Dialer
from pbx.incoming import IncomingCall
from pbx.leg import Leg
from pbx.pair import came_to
from pbx.reason import Reason
from pbx.switchboard import Switchboard

CONNECT, DECLINE, DONE = "channel_progress", "channel_declined", "channel_answered"
"""What the phone that hands on is told: as SIP fragments it reads 183, 603, 200."""

HEARD = "CHANNEL(pjsip,call-id)"

Carry = Callable[[IncomingCall], Coroutine[Any, Any, int | None]]
"""Connects a caller with what they dialled; the Q.850 cause where that could not be, None when it is over."""


NOBODY_THERE = "{extension} wanted to hand on what it dialled, and nobody there can be handed on: it ends."


@dataclass(frozen=True)
class Entered:
    """A call with a service of the house. number: to be dialled for another, empty where that may not be."""

    call: str
    number: str


Seat = Callable[[str, str, str], Coroutine[Any, Any, None]]
"""Has a number (second) called by the right of an extension, and lets who answers dial another (last) in its place."""


class Transfers:
    """Hears REFER; `carry` connects whoever is handed on; `entered`: the call with a service that a channel is in."""

    log = Logger()

    def __init__(
        self,
        board: Switchboard,
        dialer: Dialer,
        carry: Carry,
        entered: Callable[[str], Entered | None],
        seat: Seat,
        book: CallBook,
        clock: Clock,
    ) -> None:
        self._board = board
        self._dialer = dialer
        self._carry, self._entered, self._seat = carry, entered, seat
        self._book = book
        self._clock = clock
        self._asking: set[str] = set()
        self._tasks = Tasks()

    def stop(self) -> None:
        """Hand nobody on any more."""
        self._tasks.stop()

    def hear(self, event: Referred) -> None:
        """A phone asks; Asterisk may tell us twice."""
        leg = self._board.legs.get(event.channel.id)
        if leg is None or leg.id in self._asking:
            return
        self._asking.add(leg.id)
        leg.gone.then(lambda _: self._asking.discard(leg.id))
        self._tasks.start(self._hand_on(event), f"a transfer by {event.channel.endpoint}")

    def hand_on(self, call: str, leg: Leg, by: str, number: str) -> None:
        """Hand the one who talks with `leg` on to a number, by the right of the extension `by`; `leg` is let go."""
        self._tasks.start(self._hand_over(call, leg, by, number), f"a transfer by {by}")

    async def _hand_over(self, call: str, leg: Leg, by: str, number: str) -> None:
        left = await self._dialer.let_go(call, leg)
        await self._board.hang_up(leg.id)
        await self.goes_on(left, by, number, call)

    async def _hand_on(self, asked: Referred) -> None:
        talk = self._dialer.talk(asked.channel.id)
        try:
            # Asterisk tells us before it is ready for an answer, and one that comes sooner ends it (decision 40). This
            # is asked of the very thread that hears the phone, so it is ready when that has answered.
            await self._board.get(asked.channel.id, HEARD)
            if talk is None:
                await self._from_service(asked)
            elif asked.other is None:
                await self._to_number(asked, *talk)
            else:
                await self._to_party(asked, *talk)
        except AriError as why:
            self.log.info("a transfer by {who} failed: {why}", who=self._who(asked), why=why)
            await self._tell(asked, DECLINE)

    async def _to_number(self, asked: Referred, call: str, leg: Leg, done_with: str = "") -> None:
        by = self._who(asked)
        left = await self._dialer.let_go(call, leg)
        await self._done(asked)
        if done_with:
            await self._board.hang_up(done_with)
        await self.goes_on(left, by, asked.destination, call)

    async def goes_on(self, left: Leg, by: str, number: str, call: str) -> None:
        """Connect whoever is left of `call` with a number, by the right of `by`, who has them again if nobody does."""
        caller = self._handed_on(left, by, number, call)
        cause: int | None = None
        try:
            cause = await self._carry(caller)
            if cause is not None and left.alive:
                self._book.step(caller.call, Reason("Nobody took them: {whom} rings again.", {"whom": by}))
                await self._dialer.ring(caller, by)
        except HungUp:
            pass
        finally:
            await caller.hang_up()
        self._book.ended(caller.call, came_to(cause))

    def _handed_on(self, left: Leg, by: str, destination: str, call: str) -> IncomingCall:
        """Whoever is left, as a caller by the right of who hands them on."""
        caller = IncomingCall(left, by, destination, self._board, self._clock)
        self._book.began(caller.call, by, left.id, grown_from=call)
        self._dialer.introduce(caller.call, left)
        return caller

    async def _to_party(self, asked: Referred, call: str, leg: Leg) -> None:
        second = self._dialer.talk(asked.other.id) if asked.other else None
        if second is None:
            return await self._to_service(asked, call, leg)
        left = await self._dialer.let_go(call, leg)
        other = await self._dialer.let_go(*second)
        await self._done(asked)
        await self._board.hang_up(second[1].id)
        return await self.connect(left, other, self._who(asked), call)

    async def connect(self, left: Leg, other: Leg, by: str, call: str) -> None:
        """Let whoever is left of `call` talk with another leg that is up; returns when it is over. Raises AriError."""
        caller = self._handed_on(left, by, "", call)
        self._book.answered(caller.call, other.endpoint, self._clock.now())
        ended = await self._dialer.join(caller, other)
        self._book.ended(caller.call, ended.outcome, ended.ended_at)

    async def _from_service(self, asked: Referred) -> None:
        """It talks with no person, but is in a conference, a menu. Whom it names takes its place there."""
        entered = self._entered(asked.channel.id)
        second = self._dialer.talk(asked.other.id) if asked.other else None
        if entered and entered.number and second and asked.other:
            wanted = replace(asked, destination=entered.number, other=None)
            await self._to_number(wanted, *second, done_with=asked.other.id)
            return
        who = self._who(asked)
        if entered and entered.number and asked.other is None:
            await self._done(asked)
            await self._seat(who, asked.destination, entered.number)
            return
        # Asterisk ends a call whose transfer is declined, and tells the phone nothing of that.
        self.log.info("{who} cannot hand on what it is in: nobody there is its party", who=who)
        if entered:
            self._book.step(entered.call, Reason(NOBODY_THERE, {"extension": who}))
        await self._tell(asked, DECLINE)

    async def _to_service(self, asked: Referred, call: str, leg: Leg) -> None:
        """Its second call is with a service of the house, such as a conference room. Their party goes there."""
        entered = self._entered(asked.other.id) if asked.other else None
        if entered is None or not entered.number or asked.other is None:
            self.log.info("{who} cannot hand its party on to what it called second", who=self._who(asked))
            await self._tell(asked, DECLINE)
            return
        await self._to_number(
            replace(asked, destination=entered.number, other=None), call, leg, done_with=asked.other.id
        )

    def _who(self, asked: Referred) -> str:
        """The extension that is at the telephone that asks."""
        leg = self._board.legs.get(asked.channel.id)
        return leg.endpoint if leg else self._board.whose(asked.channel.endpoint)

    async def _done(self, asked: Referred) -> None:
        """The phone has nothing more to do with it. Most hang up now themselves."""
        await self._tell(asked, DONE)
        await self._board.hang_up(asked.channel.id)

    async def _tell(self, asked: Referred, state: str) -> None:
        if state == DECLINE:
            self._asking.discard(asked.channel.id)
        await self._board.ari.attempt("POST", f"channels/{asked.channel.id}/transfer_progress", states=state)
