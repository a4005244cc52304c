"""Callers who are put down at one telephone and taken up at another, each in a bridge of their own with music.

The bridge's name says slot and who parked: another life of ours takes up from it whoever was left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.dialer import Dialer
from pbx.features.desks import Desks
from pbx.features.events import CallParked, ParkedTaken
from pbx.features.speaking import Speaking
from pbx.features.waiting import Waiting
from pbx.incoming import IncomingCall
from pbx.leg import Latch, first
from pbx.switchboard import Switchboard

MARK = "park-"
RETURNS = timedelta(seconds=40)
"""So long whoever parked a caller is rung, when nobody took them up."""
HEARS_IT = timedelta(seconds=60)

FULL = "Every parking place is taken."
PARKED = "Parked at {digits}."
HAND_OVER = "Parking place {digits}. Hand the caller over now."
NOBODY = "Nobody is parked here."


@dataclass(frozen=True, eq=False)
class Place:
    """Somebody who waits. caller: their leg; `extension` of it is who parked them."""

    slot: str
    caller: IncomingCall
    bridge: str
    since: datetime
    taken: Latch[bool] = field(default_factory=Latch)
    over: Latch[bool] = field(default_factory=Latch)


class Parking:
    """tell: makes a telephone say where its caller was parked. record: puts an event in the journal."""

    log = Logger()

    def __init__(
        self,
        slots: Sequence[str],
        patience: timedelta,
        operator: str,
        board: Switchboard,
        dialer: Dialer,
        desks: Desks,
        speaking: Speaking,
        tell: Callable[[str, str], Coroutine[Any, Any, None]],
        record: Callable[[CallParked | ParkedTaken], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._slots, self._patience, self._operator = slots, patience, operator
        self._board, self._dialer, self._desks, self._speaking = board, dialer, desks, speaking
        self._tell, self._record, self._clock = tell, record, clock
        self._waiting = Waiting(board)
        self._places: dict[str, Place] = {}
        self._promised: dict[str, str] = {}
        self._tasks = Tasks()

    def places(self) -> Sequence[Place]:
        """Who waits, by slot."""
        return [self._places[slot] for slot in sorted(self._places)]

    def stop(self) -> None:
        """Let go; who waits goes on to wait."""
        self._tasks.stop()

    async def serve(self, caller: IncomingCall) -> None:
        """The code was dialled, or somebody was handed on to it. Returns when they are gone. Raises HungUp."""
        if caller.leg.endpoint == caller.extension:
            await self._promise(caller)
        else:
            await self.park(caller)

    async def park(self, caller: IncomingCall) -> None:
        """Put somebody down, whom `caller.extension` handed on. Returns when they are gone. Raises HungUp."""
        told = caller.extension in self._promised
        slot = self._promised.pop(caller.extension, None) or next(self._free(), None)
        if slot is None:
            await self._speaking.say(caller, FULL, refused=True)
            await self._desks.ring(caller, caller.extension)
            return
        place = Place(slot, caller, f"{MARK}{slot}-{caller.extension}-{new_id()}", self._clock.now())
        self._places[slot] = place
        try:
            await self._put(place)
        except AriError as why:
            self._places.pop(slot)
            raise HungUp(str(why)) from why
        await self._record(CallParked(at=place.since, slot=slot, call=caller.call, by=caller.extension))
        if not told:
            self._tasks.start(self._tell(caller.extension, slot), "telling where somebody was parked")
        await self._stay(place, self._patience)

    async def fetch(self, taker: IncomingCall) -> None:
        """A slot was dialled. Returns when the talk is over. Raises HungUp."""
        place = self._places.get(taker.dialled)
        if place is None:
            await self._speaking.say(taker, NOBODY, refused=True)
            return
        self._places.pop(place.slot)
        place.taken.set(True)
        try:
            await taker.answer()
            await self._take_out(place)
            await self._written(place, taker.extension, "taken")
            await self._dialer.join(taker, place.caller.leg)
        finally:
            place.over.set(True)

    async def adopt(self) -> None:
        """Take up again whoever a life before left here. Raises AriError."""
        await self._board.in_step()
        there = {found.id: found for found in await self._board.channels()}
        for bridge, members in (await self._board.bridges()).items():
            slot, by, _ = ([*bridge.removeprefix(MARK).split("-"), "", ""])[:3]
            if not bridge.startswith(MARK) or slot in self._places:
                continue
            for found in (there[member] for member in members if member in there):
                leg = self._board.leg(found.id, found.name)
                leg.up.set(self._clock.now())
                caller = IncomingCall(leg, by, slot, self._board, self._clock)
                self._dialer.introduce(caller.call, leg)
                place = self._places[slot] = Place(slot, caller, bridge, self._clock.now())
                self._tasks.start(self._again(place), f"whoever is parked at {slot}")
                break

    async def _again(self, place: Place) -> None:
        try:
            await self._stay(place, self._patience)
        except HungUp:
            pass
        except CancelledError:
            raise
        await place.caller.hang_up()

    async def _promise(self, caller: IncomingCall) -> None:
        """Say where whoever is handed over next will be."""
        slot = next(self._free(), None)
        if slot is None:
            return await self._speaking.say(caller, FULL, refused=True)
        self._promised[caller.extension] = slot
        forgotten = self._clock.later(HEARS_IT, lambda: self._promised.pop(caller.extension, None))
        try:
            await self._speaking.say(caller, HAND_OVER, digits=" ".join(slot))
            await first(caller.leg.gone, self._after(HEARS_IT))
        finally:
            if self._promised.get(caller.extension) != slot and forgotten.active():
                forgotten.cancel()
        return None

    async def _put(self, place: Place) -> None:
        await place.caller.answer()
        await self._waiting.put(place.caller.leg, place.bridge)

    async def _take_out(self, place: Place) -> None:
        await self._waiting.take(place.caller.leg, place.bridge)

    async def _stay(self, place: Place, patience: timedelta) -> None:
        gone = place.caller.leg.gone
        await first(place.taken, gone, self._after(patience))
        if place.taken.value:
            await first(place.over, gone)
            return None
        self._places.pop(place.slot, None)
        await self._take_out(place)
        if gone.value is not None:
            return await self._written(place, "", "left")
        return await self._give_back(place)

    async def _give_back(self, place: Place) -> None:
        """To who parked them, then to the operator."""
        caller, by = place.caller, place.caller.extension
        await self._written(place, by, "back")
        ended = await self._desks.ring(caller, by, RETURNS)
        if ended.outcome not in ("answered", "caller-left") and self._operator and caller.leg.alive:
            await self._written(place, self._operator, "operator")
            await self._desks.ring(caller, self._operator)

    async def _written(self, place: Place, by: str, how: str) -> None:
        await self._record(ParkedTaken(at=self._clock.now(), slot=place.slot, call=place.caller.call, by=by, how=how))

    def _free(self) -> Iterator[str]:
        taken = {*self._places, *self._promised.values()}
        return (slot for slot in self._slots if slot not in taken)

    def _after(self, time: timedelta) -> Latch[bool]:
        passed: Latch[bool] = Latch()
        self._clock.later(time, lambda: passed.set(True))
        return passed
