"""Outside lines and desks: dial, bridge, hold to a limit, and take over what was left by a life before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.values import Ended, Evidence
from pbx.ari.transport import AriError, Refused
from pbx.engine.configuration import endpoint
from pbx.leg import Leg, first
from pbx.numbers import carrier_form
from pbx.pair import Pair
from pbx.recovery import Past
from pbx.switchboard import Switchboard
from pbx.terms import ANSWER_BY_ITSELF, FREE, Terms
from pbx.trunks import Trunks


class Caller(Protocol):
    """All the dialer needs of whoever is to be connected."""

    @property
    def call(self) -> str: ...


class Dialer:
    """Satisfies `billing.ports.Lines` by shape."""

    log = Logger()

    def __init__(self, board: Switchboard, trunks: Trunks, past: Past, country: str) -> None:
        self._board = board
        self._trunks = trunks
        self._past = past
        self._country = country
        self._callers: dict[str, Leg] = {}
        self._pairs: dict[str, Pair] = {}
        self._serial = count(1)

    def introduce(self, call: str, leg: Leg) -> None:
        """The caller's leg of `call`, which can be connected from now until it is gone."""
        self._callers[call] = leg
        leg.gone.then(lambda _: self._callers.pop(call, None))

    def healthy(self) -> Sequence[str]:
        """Plan ids of the trunks that can take a call now."""
        return self._trunks.healthy()

    async def connect(
        self,
        caller: Caller,
        number: str,
        trunk: str,
        limit: timedelta,
        answered: Callable[[datetime], Awaitable[None]],
    ) -> Ended:
        """Ring E.164 `number` over `trunk`, bridge it with the caller, return when it is over.

        Asterisk cuts both legs `limit` after the answer, also when we are dead. The caller's leg stays up when
        nobody answered.
        """
        line = self._trunks.plan(trunk)
        address = f"PJSIP/{carrier_form(number, line.format, self._country)}@{endpoint(trunk)}"
        with self._trunks.taken(trunk):
            ended = await self._reach(caller.call, address, "out", Terms(limit, answered))
        self._trunks.came_to(trunk, ended.outcome)
        return ended

    async def ring(self, caller: Caller, extension: str, terms: Terms = FREE) -> Ended:
        """Ring a telephone of the house, bridge it with the caller, return when it is over."""
        ended = await self._reach(caller.call, f"PJSIP/{extension}", "desk", terms)
        await terms.over(ended)
        return ended

    def under_way(self) -> frozenset[str]:
        """Calls whose two legs talk now."""
        return frozenset(self._pairs)

    async def extend(self, call: str, limit: timedelta) -> None:
        """Let the call last until `limit` from now instead. Raises AriError; nothing is done when it is over."""
        if pair := self._pairs.get(call):
            try:
                await pair.hold_to(limit)
            except Refused:
                self.log.debug("call {call} ended before it could be extended", call=call)

    async def release(self, call: str) -> None:
        """Hang up both legs."""
        if pair := self._pairs.get(call):
            await pair.part()
        elif leg := self._callers.get(call):
            await self._board.hang_up(leg.id)

    async def evidence(self, call: str) -> Evidence:
        """What the exchange knows of a call that began before we were started."""
        return await self._past.evidence(call)

    async def rejoin(self, call: str) -> Ended:
        """Take over a call that is still alive, and return when it is over."""
        pair = await self._past.rejoin(call)
        if pair is None:
            known = await self._past.evidence(call)
            return Ended("answered" if known.answered_at else "caller-left", known.answered_at, known.ended_at)
        return await self.until_over(call, pair)

    async def _reach(self, call: str, address: str, kind: str, terms: Terms) -> Ended:
        caller = self._callers.get(call)
        if caller is None:
            return Ended("caller-left")
        serial = next(self._serial)
        called = self._board.leg(f"{call}-{kind}-{serial}")
        pair = Pair(caller, called, f"{call}-bridge-{serial}", self._board)
        try:
            await self._dial(pair, address, terms)
        except AriError as why:
            self.log.info("call {call} could not be dialled: {why}", call=call, why=why)
            await pair.part(keep_caller=True)
            self._board.forget(called)
            return Ended("unreachable" if caller.alive else "caller-left")
        await first(called.up, pair.over)
        if called.up.value is not None:
            return await self._talk(call, pair, terms)
        await pair.part(keep_caller=True)
        return pair.ended()

    async def _dial(self, pair: Pair, address: str, terms: Terms) -> None:
        ask = self._board.ari.request
        # Each leg takes the other with it when it goes, and the dialled one never lasts, whatever becomes of us.
        variables = {"CHANNEL(hangup_handler_push)": "release,called,1", "PEER": pair.caller.name}
        if terms.limit is not None:
            variables["TIMEOUT(absolute)"] = f"{(terms.ring + terms.limit).total_seconds():.3f}"
        if terms.auto_answer:
            variables |= ANSWER_BY_ITSELF
        made = await ask(
            "POST",
            "channels/create",
            body={"variables": variables},
            endpoint=address,
            app="nightbell",
            appArgs="dialled",
            channelId=pair.called.id,
            originator=pair.caller.id,
        )
        pair.called.name = made["name"]
        await self._board.set(pair.caller.id, "PEER", pair.called.name)
        await first(pair.called.entered, pair.over)
        await pair.join()
        seconds = f"{terms.ring.total_seconds():.0f}"
        await ask("POST", f"channels/{pair.called.id}/dial", caller=pair.caller.id, timeout=seconds)

    async def _talk(self, call: str, pair: Pair, terms: Terms) -> Ended:
        self._pairs[call] = pair
        try:
            if terms.limit is not None:
                await pair.hold_to(terms.limit)
            if terms.recording and not await pair.record(terms.recording):
                self.log.warn("call {call} is not recorded", call=call)
            if pair.answered_at is not None:
                await terms.answered(pair.answered_at)
        except CancelledError:
            raise
        except AriError as why:
            # It is still held to the limit that was set when it was dialled.
            self.log.warn("call {call} was answered while the exchange was away: {why}", call=call, why=why)
        except BaseException:
            await pair.part()
            raise
        return await self.until_over(call, pair)

    async def until_over(self, call: str, pair: Pair) -> Ended:
        """Stay with a call whose legs are both up until the first is gone; then hang up the other."""
        self._pairs[call] = pair
        try:
            await pair.over.wait()
        finally:
            self._pairs.pop(call, None)
        await pair.part()
        return pair.ended()
