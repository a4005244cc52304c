"""Telephones that the house itself rings, to speak to whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.engine.configuration import endpoint
from pbx.leg import Leg, first
from pbx.numbers import carrier_form
from pbx.paging import Unreachable
from pbx.pair import outcome
from pbx.party import Party
from pbx.switchboard import Switchboard
from pbx.terms import ANSWER_BY_ITSELF
from pbx.trunks import Trunks

TRUNKS_FAULT = ("congestion", "unreachable")
ANNOUNCING = timedelta(minutes=2)
PROMPTLY = timedelta(seconds=10)
"""So long a phone may take to answer by itself."""


class NotReached(Exception):
    """Nobody answered. outcome: busy, no-answer, congestion, unreachable."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Callout:
    """Rings a telephone; hangs up at once when cancelled. Who answers is a Party, to be hung up by whoever rang.

    introduce: told the leg of who answered, so that they can be connected with others.
    """

    log = Logger()

    def __init__(
        self,
        board: Switchboard,
        trunks: Trunks,
        clock: Clock,
        country: str,
        introduce: Callable[[str, Leg], None],
    ) -> None:
        self._board = board
        self._trunks = trunks
        self._clock = clock
        self._country = country
        self._introduce = introduce

    async def desk(
        self, extension: str, ring: timedelta, longest: timedelta, *, auto_answer: bool = False, shown: str = ""
    ) -> Party:
        """Ring an extension for `ring`; Asterisk ends the call `longest` after the answer. Raises NotReached.

        shown: what its display says of who calls.
        """
        variables = {"CONNECTEDLINE(name,i)": shown} if shown else {}
        if auto_answer:
            variables |= ANSWER_BY_ITSELF
        leg = self._board.leg(_fresh())
        return await self._rung(leg, f"PJSIP/{extension}", extension, ring, longest, variables)

    async def outside(self, number: str, ring: timedelta, longest: timedelta) -> Party:
        """Ring E.164 `number` (digits without +) over the first trunk that can. Raises NotReached."""
        why = NotReached("unreachable")
        for trunk in self._trunks.healthy():
            try:
                return await self._over(trunk, number, ring, longest)
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

    async def _over(self, trunk: str, number: str, ring: timedelta, longest: timedelta) -> Party:
        address = f"PJSIP/{carrier_form(number, self._trunks.plan(trunk).format, self._country)}@{endpoint(trunk)}"
        leg, line = self._board.leg(_fresh()), ExitStack()
        line.enter_context(self._trunks.taken(trunk))
        leg.gone.then(lambda _: line.close())
        try:
            party = await self._rung(leg, address, number, ring, longest, {})
        except NotReached as why:
            line.close()
            self._trunks.came_to(trunk, why.outcome)
            raise
        self._trunks.came_to(trunk, "answered")
        return party

    async def _rung(
        self, leg: Leg, address: str, number: str, ring: timedelta, longest: timedelta, variables: Mapping[str, str]
    ) -> Party:
        party = Party(leg, number, self._board, self._clock)
        try:
            await self._ring(leg, address, ring, longest, variables)
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
        self, leg: Leg, address: str, ring: timedelta, longest: timedelta, variables: Mapping[str, str]
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
            await first(leg.up, leg.gone)
        if leg.alive:
            await self._board.set(leg.id, "TIMEOUT(absolute)", _seconds(longest))


def _fresh() -> str:
    return f"{new_id()}-out-0"


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.3f}"
