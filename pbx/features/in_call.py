"""Keys that are pressed while talking, for telephones without a key to hand on: analogue ones behind gateways.

talking ─ ## ─► the other waits with music, a number is keyed ─► the other is handed on
        ─ *2 ─► the other waits, a number is keyed, it is called ─► talk with who answers
                     ├ hang up ─► the two others talk
                     ├ *0, or they hang up ─► back to who waits
                     └ *3 ─► all three talk
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.exchange import Exchange
from pbx.features.left_over import HOLD, THREE, LeftWaiting, left_in_threes, left_waiting, mark
from pbx.features.speaking import Speaking
from pbx.features.waiting import Waiting
from pbx.incoming import IncomingCall
from pbx.leg import Latch, Leg, first
from pbx.pair import Pair
from pbx.plan_features import InCallKeys

BETWEEN = timedelta(seconds=2)
"""Keys further apart belong to something else."""
PATIENCE = timedelta(seconds=5)
NUMBER = "Key in the number, then the hash key."
NOBODY = "Nobody takes the call. You are connected again."
PAID = "-out-"
"""In the name of a leg that is paid for: its keys belong to whoever pays."""


@dataclass(eq=False)
class _Consult:
    """A second call of somebody whose first party waits. over: the second could not be reached."""

    pair: Pair | None = None
    answered: Latch[bool] = field(default_factory=Latch)
    over: Latch[bool] = field(default_factory=Latch)
    back: Latch[bool] = field(default_factory=Latch)
    together: Latch[bool] = field(default_factory=Latch)


@dataclass
class _Pressed:
    keys: str = ""
    at: datetime | None = None


class InCall:
    """Hears the keys of who talks. extensions: whose keys count; others' too where the plan has `outside`."""

    log = Logger()

    def __init__(
        self,
        keys: InCallKeys,
        extensions: Collection[str],
        exchange: Exchange,
        speaking: Speaking,
        clock: Clock,
    ) -> None:
        self._keys, self._extensions, self._exchange = keys, frozenset(extensions), exchange
        self._speaking, self._clock, self._board = speaking, clock, exchange.board
        self._waiting = Waiting(exchange.board)
        self._pressed: dict[str, _Pressed] = {}
        self._consults: dict[str, _Consult] = {}
        self._tasks = Tasks()

    def stop(self) -> None:
        """Hear nothing any more."""
        self._tasks.stop()

    async def adopt(self) -> None:
        """Take up again whoever a life before left waiting, or talking in threes. Raises AriError.

        Who talked in a second call goes on with it; who had nobody there yet has again who waited.
        """
        for left in await left_waiting(self._board):
            pair = None
            if left.by is not None and left.talks is not None:
                second, other = left.talks
                pair = Pair(left.by, other, second, self._board)
                self._tasks.start(self._exchange.dialer.adopt(second.partition("-bridge-")[0], pair), second)
            self._tasks.start(self._go_on(left, pair), f"who waited for {left.own}")
        for name, three in await left_in_threes(self._board):
            self._tasks.start(self._until_alone(name, three), "three who talk")

    async def _go_on(self, left: LeftWaiting, pair: Pair | None) -> None:
        by = left.by
        try:
            if by is None:
                await self._waiting.take(left.waits, left.hold)
                await self._exchange.transfers.goes_on(left.waits, left.own, left.own, left.call)
            elif pair is None:
                for bridge, members in (await self._board.bridges()).items():
                    if by.id in members:
                        await self._board.ari.attempt("POST", f"bridges/{bridge}/removeChannel", channel=by.id)
                await self._back(left.call, left.waits, left.hold, by, left.own)
            else:
                consult = self._consults[by.id] = _Consult(pair)
                consult.answered.set(True)
                await self._attend(consult, pair, left.call, left.waits, left.hold, by, left.own)
        except (AriError, HungUp, KeyError) as why:
            self.log.info("who waited for {own} could not be put back: {why}", own=left.own, why=why)
            await self._board.hang_up(left.waits.id)
        finally:
            if by is not None:
                self._consults.pop(by.id, None)

    def talk(self, pair: Pair) -> None:
        """Two talk from now on."""
        consult = self._consults.get(pair.caller.id)
        if consult is not None and consult.pair is None:
            consult.pair = pair
            consult.answered.set(True)
        if any(PAID in leg.id for leg in (pair.caller, pair.called)):
            return
        for leg in (pair.caller, pair.called):
            if leg.id not in self._pressed and (self._keys.outside or leg.endpoint in self._extensions):
                self._listen(leg)

    def _listen(self, leg: Leg) -> None:
        self._pressed[leg.id] = _Pressed()
        leg.pressed.append(partial(self._hear, leg))
        leg.gone.then(lambda _: self._pressed.pop(leg.id, None))

    def _hear(self, leg: Leg, key: str, at: datetime) -> None:
        pressed = self._pressed.get(leg.id)
        if pressed is None:
            return
        if pressed.at is not None and at - pressed.at > BETWEEN:
            pressed.keys = ""
        pressed.keys, pressed.at = (pressed.keys + key)[-3:], at
        for feature, code in self._keys.each():
            if pressed.keys.endswith(code) and self._do(leg, feature):
                pressed.keys = ""
                return

    def _do(self, leg: Leg, feature: str) -> bool:
        """Whether it means something now."""
        consult = self._consults.get(leg.id)
        if consult is not None:
            wish = {"back": consult.back, "together": consult.together}.get(feature)
            if wish is not None and consult.answered.value:
                wish.set(True)
            return wish is not None
        talk = self._exchange.dialer.talk(leg.id)
        if talk is None or feature not in ("transfer", "consult"):
            return False
        # What comes from now on is the number.
        leg.keys.clear()
        self._consults[leg.id] = _Consult()
        self._tasks.start(self._begin(talk[0], leg, feature), f"what {leg.endpoint} keyed while talking")
        return True

    async def _begin(self, call: str, leg: Leg, feature: str) -> None:
        bridge, own = f"{HOLD}{new_id()}", leg.endpoint
        try:
            waits = await self._exchange.dialer.let_go(call, leg, also=True)
            await mark(self._board, waits, call, leg)
            await self._waiting.put(waits, bridge)
            number = await self._number(leg)
            if not number:
                await self._back(call, waits, bridge, leg, own)
            elif feature == "transfer":
                await self._board.hang_up(leg.id)
                await self._waiting.take(waits, bridge)
                await self._exchange.transfers.goes_on(waits, own, number, call)
            else:
                await self._consult(call, waits, bridge, leg, own, number)
        except (AriError, HungUp, KeyError) as why:
            self.log.info("what {own} keyed came to nothing: {why}", own=own, why=why)
            await self._rescue(call, own)
        finally:
            self._consults.pop(leg.id, None)

    async def _number(self, leg: Leg) -> str:
        """What is keyed; empty where they left or keyed nothing."""
        caller = IncomingCall(leg, leg.endpoint, "", self._board, self._clock)
        try:
            return await caller.collect([await self._speaking.sound(leg.endpoint, NUMBER)], None, PATIENCE)
        except HungUp:
            return ""

    async def _consult(self, call: str, waits: Leg, bridge: str, leg: Leg, own: str, number: str) -> None:
        consult = self._consults[leg.id]
        self._tasks.start(self._reach(consult, leg, own, number), "a second call")
        await first(consult.answered, consult.over, leg.gone, waits.gone)
        if consult.pair is None:
            if leg.alive:
                await self._say(leg, NOBODY)
                return await self._back(call, waits, bridge, leg, own)
            # Handed over while it still rings.
            await self._waiting.take(waits, bridge)
            return await self._exchange.transfers.goes_on(waits, own, number, call)
        return await self._attend(consult, consult.pair, call, waits, bridge, leg, own)

    async def _attend(
        self, consult: _Consult, pair: Pair, call: str, waits: Leg, bridge: str, leg: Leg, own: str
    ) -> None:
        """Until the second call comes to its end, one way or another."""
        other = pair.other(leg)
        await pair.loosen(leg)
        await first(leg.gone, consult.back, consult.together, other.gone, waits.gone)
        if consult.together.value and waits.alive and other.alive and leg.alive:
            return await self._together(waits, bridge, pair, leg)
        if leg.alive:
            await self._out_of(pair, leg)
            await self._board.hang_up(other.id)
            return await self._back(call, waits, bridge, leg, own)
        await self._waiting.take(waits, bridge)
        await self._out_of(pair, other)
        return await self._exchange.transfers.connect(waits, other, own, call)

    async def _reach(self, consult: _Consult, leg: Leg, own: str, number: str) -> None:
        caller = IncomingCall(leg, own, number, self._board, self._clock)
        try:
            await self._exchange.second_calls.dial(caller, own, number)
        except HungUp:
            pass
        finally:
            consult.over.set(True)

    async def _together(self, waits: Leg, bridge: str, pair: Pair, leg: Leg) -> None:
        """All three in one bridge, until only one is left."""
        three, name = (waits, leg, pair.other(leg)), f"{THREE}{new_id()}"
        await self._waiting.take(waits, bridge)
        for one in (leg, pair.other(leg)):
            await self._out_of(pair, one)
        await self._board.ari.request("POST", f"bridges/{name}", type="mixing,dtmf_events")
        await self._board.ari.request("POST", f"bridges/{name}/addChannel", channel=",".join(one.id for one in three))
        await self._until_alone(name, three)

    async def _until_alone(self, name: str, three: Sequence[Leg]) -> None:
        while len(there := [one for one in three if one.alive]) > 1:
            await first(*(one.gone for one in there))
        for one in there:
            await self._board.hang_up(one.id)
        await self._board.ari.attempt("DELETE", f"bridges/{name}")

    async def _back(self, call: str, waits: Leg, bridge: str, leg: Leg, own: str) -> None:
        await self._waiting.take(waits, bridge)
        self._consults.pop(leg.id, None)
        if leg.alive and waits.alive:
            await self._exchange.transfers.connect(waits, leg, own, call)
        elif waits.alive:
            # They hung up in the middle of it: whoever waited has them again.
            await self._exchange.transfers.goes_on(waits, own, own, call)
        else:
            await self._board.hang_up(leg.id)

    async def _rescue(self, call: str, own: str) -> None:
        """Let nobody wait for ever."""
        if call in self._exchange.dialer.under_way():
            await self._exchange.dialer.release(call)

    async def _out_of(self, pair: Pair, leg: Leg) -> None:
        await self._board.ari.attempt("POST", f"bridges/{pair.bridge}/removeChannel", channel=leg.id)

    async def _say(self, leg: Leg, message: str) -> None:
        caller = IncomingCall(leg, leg.endpoint, "", self._board, self._clock)
        with suppress(HungUp):
            await caller.play([await self._speaking.sound(leg.endpoint, message)])
