"""Telephones that the house itself rings, to speak to whoever answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.bells import Bell, Bells
from pbx.causes import Cause
from pbx.decision import Decision
from pbx.leg import Leg, first
from pbx.paging import Unreachable
from pbx.pair import came_to, outcome
from pbx.party import Party
from pbx.reason import Reason
from pbx.routing import Line, is_lines_fault, without
from pbx.sign_of_life import SignsOfLife
from pbx.switchboard import Switchboard
from pbx.terms import ANSWER_BY_ITSELF, HIDDEN, shown_as
from pbx.trunks import TRUNKS_FAULT, Trunks

ANNOUNCING = timedelta(minutes=2)
PROMPTLY = timedelta(seconds=10)
"""So long a phone may take to answer by itself."""


async def _whatever(trunk: str, why: str) -> None:
    pass


class NotReached(Exception):
    """Nobody answered. outcome: busy, no-answer, congestion, unreachable; refused: they may not be called."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Callout:
    """Rings a telephone; hangs up at once when cancelled. Who answers is a Party, to be hung up by whoever rang.

    decide: what becomes now of a number outside that the house itself calls. introduce: told the leg of who answered,
    so that they can be connected with others.
    """

    log = Logger()

    def __init__(
        self,
        board: Switchboard,
        trunks: Trunks,
        signs: SignsOfLife,
        clock: Clock,
        country: str,
        decide: Callable[[str], Decision],
        introduce: Callable[[str, Leg], None],
        bells: Bells,
    ) -> None:
        self._board = board
        self._trunks = trunks
        self._signs = signs
        self._clock = clock
        self._country, self._decide = country, decide
        self._introduce = introduce
        self._bells = bells

    async def desk(
        self,
        extension: str,
        ring: timedelta,
        longest: timedelta,
        *,
        auto_answer: bool = False,
        shown: str = "",
        number: str = "",
        part_of: str = "",
    ) -> Party:
        """Ring an extension for `ring`; Asterisk ends the call `longest` after the answer. Raises NotReached.

        shown, number: what its display says of who calls. part_of: the call that it is to be connected with, so that
        after a restart of ours both are found again.
        """
        variables = shown_as(shown, number)
        if auto_answer:
            variables |= ANSWER_BY_ITSELF
        leg, address = self._board.leg(_fresh(part_of)), f"PJSIP/{self._board.telephone_of(extension)}"
        leg.whose = extension
        if auto_answer:
            return await self._rung(leg, address, extension, ring, longest, variables)
        with self._bells.ring(extension, shown or number) as bell:
            return await self._rung(leg, address, extension, ring, longest, variables, bell=bell)

    async def outside(
        self, number: str, ring: timedelta, longest: timedelta, *, part_of: str = "", urgent: bool = False
    ) -> Party:
        """Ring E.164 `number` (digits without +) for the house itself, as the plan's routes say. Raises NotReached.

        part_of: as `desk` has it. urgent: over any trunk that can where the plan's rights and routes have none for it.
        """
        decision = self._decide(f"+{number}")
        if decision.refusal is not None:
            facts = {"number": number, "why": decision.refusal.message}
            self.log.warn("the house cannot call {number} by the plan: {why}", **facts)
            if urgent:
                return await self._anyhow(number, ring, longest, part_of)
        return await self.by(
            decision, ring, longest, part_of=part_of,
            tell=lambda reason: self.log.info("calling {number}: {why}", number=number, why=reason.text("en")),
        )  # fmt: skip

    async def _anyhow(self, number: str, ring: timedelta, longest: timedelta, part_of: str) -> Party:
        """A nurse who is called matters more than what the call costs."""
        why = NotReached("congestion")
        for trunk in self._trunks.healthy():
            for way in self._trunks.ways(trunk, number, self._country):
                try:
                    return await self._over(trunk, way, number, ring, longest, part_of)
                except NotReached as this:
                    why = this
                    if this.outcome not in TRUNKS_FAULT:
                        raise
        raise why

    async def by(
        self,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        *,
        part_of: str = "",
        billed: str = "",
        over_line: Callable[[str, str], Awaitable[None]] = _whatever,
        tell: Callable[[Reason], object] = lambda reason: None,
    ) -> Party:
        """Ring what a decision says over each of its lines until one can. Raises NotReached.

        longest: of the call, if the decision allows so much. part_of: as `desk` has it. billed: the call as which its
        price is settled from the exchange's evidence; empty where nobody is billed. over_line: told of each trunk
        before it is tried, and what became of the one before. tell: told of lines in vain.
        """
        if decision.refusal is not None:
            raise NotReached(came_to(decision.cause))
        longest, why = min(longest, decision.limit or longest), NotReached("congestion")
        for line in decision.routes:
            await over_line(line.trunk, why.outcome)
            try:
                return await self.over(
                    line, ring, longest, decision.number, hidden=decision.hidden, part_of=part_of, billed=billed
                )
            except NotReached as this:
                why = this
                if said := without(line, this.outcome):
                    tell(said)
                if not is_lines_fault(line, this.outcome):
                    break
        raise why

    async def over(
        self,
        line: Line,
        ring: timedelta,
        longest: timedelta,
        number: str,
        *,
        hidden: bool = False,
        part_of: str = "",
        billed: str = "",
    ) -> Party:
        """Ring what a decision says over its line. number: whom that reaches, E.164. Raises NotReached."""
        variables = {"CONNECTEDLINE(num,i)": line.shown} if line.shown else {}
        if hidden:
            variables |= HIDDEN
        why = NotReached("unreachable")
        for way in self._trunks.freely(line.trunk, line.sent):
            try:
                return await self._over(line.trunk, way, number, ring, longest, part_of, variables, billed)
            except NotReached as this:
                why = this
                if this.outcome not in TRUNKS_FAULT:
                    break
        raise why

    async def announce(self, extension: str, prompt: Path) -> None:
        """Have a phone answer by itself and play `prompt` (8 kHz mono WAV) to it. Raises paging.Unreachable."""
        try:
            party = await self.desk(extension, PROMPTLY, ANNOUNCING, auto_answer=True)
        except NotReached as why:
            raise Unreachable(f"telephone {extension} does not answer ({why})") from why
        try:
            await party.play([prompt])
        except HungUp as why:
            raise Unreachable(f"telephone {extension} hung up") from why
        finally:
            await party.hang_up()

    async def _over(
        self,
        trunk: str,
        way: str,
        number: str,
        ring: timedelta,
        longest: timedelta,
        part_of: str,
        variables: Mapping[str, str] | None = None,
        billed: str = "",
    ) -> Party:
        leg, line = self._board.leg(f"{billed}-bill-{new_id()[:8]}" if billed else _fresh(part_of)), ExitStack()
        line.enter_context(self._trunks.taken(trunk))
        leg.gone.then(lambda _: line.close())
        try:
            party = await self._rung(leg, way, number, ring, longest, variables or {}, self._signs.watch)
        except NotReached:
            line.close()
            raise
        party.trunk = trunk
        return party

    async def _rung(
        self,
        leg: Leg,
        address: str,
        number: str,
        ring: timedelta,
        longest: timedelta,
        variables: Mapping[str, str],
        dialled: Callable[[Leg], None] = lambda _: None,
        bell: Bell | None = None,
    ) -> Party:
        leg.number = number
        party, bell = Party(leg, number, self._board, self._clock), bell or Bell(number, "")
        try:
            await self._ring(leg, address, ring, longest, variables, dialled, bell)
            if taken := bell.taken.value:
                party = await self._picked_up(party, taken, longest)
                leg = party.leg
        except AriError as why:
            self.log.info("a telephone could not be rung: {why}", why=why)
            await party.hang_up()
            self._board.forget(leg)
            raise NotReached("unreachable") from why
        except CancelledError:
            await party.hang_up()
            raise
        if leg.gone.value is not None:
            raise NotReached(outcome(leg.gone.value, leg.rang))
        self._introduce(party.call, leg)
        return party

    async def _ring(
        self,
        leg: Leg,
        address: str,
        ring: timedelta,
        longest: timedelta,
        variables: Mapping[str, str],
        dialled: Callable[[Leg], None],
        bell: Bell,
    ) -> None:
        # Whoever is connected with it later goes with it, and it never lasts, whatever becomes of us.
        held = {
            "CHANNEL(hangup_handler_push)": "release,caller,1",
            "TIMEOUT(absolute)": _seconds(ring + longest),
            **variables,
        }
        made = await self._board.ari.request(
            "POST",
            "channels/create",
            body={"variables": held},
            endpoint=address,
            app="nightbell",
            appArgs="dialled",
            formats="alaw",
            channelId=leg.id,
        )
        leg.name = made["name"]
        await first(leg.entered, leg.gone)
        if leg.alive:
            await self._board.ari.request("POST", f"channels/{leg.id}/dial", timeout=f"{ring.total_seconds():.0f}")
            dialled(leg)
            await first(leg.up, leg.gone, bell.taken)
        if leg.up.value is not None and leg.alive:
            await self._board.set(leg.id, "TIMEOUT(absolute)", _seconds(longest))

    async def _picked_up(self, rung: Party, taken: Leg, longest: timedelta) -> Party:
        """Somebody took it at another telephone: they are the party, unless the one that rang was just answered."""
        party = Party(taken, taken.endpoint, self._board, self._clock)
        if rung.leg.up.value is not None:
            await party.hang_up()
            return rung
        await rung.hang_up(Cause.ANSWERED_ELSEWHERE)
        await self._board.set(taken.id, "TIMEOUT(absolute)", _seconds(longest))
        return party


def _fresh(part_of: str) -> str:
    """Named as `pbx.recovery` knows the legs of a call again."""
    return f"{part_of}-desk-{new_id()[:8]}" if part_of else f"{new_id()}-rung-0"


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.3f}"
