"""What an operator does at the panel with the telephone on the desk: dial, hand on, hang up. Every act is on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from pbx.callout import NotReached
from pbx.engine.dialplan import HANDS_ON
from pbx.exchange import Exchange
from pbx.features.events import ConsoleActed
from pbx.party import Party

RINGS, LONGEST = timedelta(seconds=25), timedelta(hours=4)
NOT_TALKING = "Your telephone talks with nobody."
NOT_REACHED = "Your telephone does not answer."
NO_NUMBER = "This number cannot be dialled."


class NotDone(Exception):
    """Why not, an English message id."""


class Console:
    """record: puts an act in the journal."""

    def __init__(self, exchange: Exchange, record: Callable[[ConsoleActed], Awaitable[None]], clock: Clock) -> None:
        self._exchange, self._record, self._clock = exchange, record, clock
        self._tasks = Tasks()

    def stop(self) -> None:
        """Dial no more; talk goes on."""
        self._tasks.stop()

    async def dial(self, own: str, number: str, by: str) -> None:
        """Have the telephone `own` ring; when it answers, it dials `number` by its own right. Raises NotDone."""
        self._check(own, number)
        await self._acted("dial", own, number, by)
        try:
            party = await self._exchange.callout.desk(own, RINGS, LONGEST, auto_answer=True, shown=number)
        except NotReached as why:
            raise NotDone(NOT_REACHED) from why
        self._tasks.start(self._dialled(party, own, number), "a call from the console")

    async def hand_on(self, own: str, number: str, by: str) -> None:
        """Hand whoever talks with `own` on to `number`. Raises NotDone."""
        self._check(own, number)
        talk = self._exchange.dialer.talk_of(own)
        if talk is None:
            raise NotDone(NOT_TALKING)
        await self._acted("hand-on", own, number, by)
        self._exchange.transfers.hand_on(*talk, own, number)

    async def hang_up(self, own: str, by: str) -> None:
        """End the call of `own`, be it that it only dials or rings. Raises NotDone."""
        talk = self._exchange.dialer.talk_of(own)
        legs = self._exchange.board.legs_of(own) if talk is None else [talk[1]]
        if not legs:
            raise NotDone(NOT_TALKING)
        await self._acted("hang-up", own, "", by)
        for leg in legs:
            await self._exchange.board.hang_up(leg.id)

    def _check(self, own: str, number: str) -> None:
        decision = self._exchange.numbers.decide(own, number)
        # What is paid for begins with a PIN, which is for telephones only.
        if decision.refusal is not None or (decision.kind == "service" and self._exchange.numbers.is_paid(number)):
            raise NotDone(decision.refusal.message if decision.refusal is not None else NO_NUMBER)

    async def _dialled(self, party: Party, own: str, number: str) -> None:
        await self._exchange.board.set(party.leg.id, HANDS_ON, "ari-only")
        await self._exchange.dials(party.leg, own, number)

    async def _acted(self, act: str, own: str, number: str, by: str) -> None:
        event = ConsoleActed(at=self._clock.now(), act=act, extension=own, number=number, by=by)
        await self._record(event)
