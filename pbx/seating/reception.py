"""What is said to who comes to a telephone with their number, or leaves it. Sentences are English ids."""

from __future__ import annotations

from datetime import timedelta

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp
from pbx.engine.configuration import is_trunk
from pbx.features.speaking import Speaking
from pbx.incoming import IncomingCall
from pbx.plan import PbxPlan
from pbx.seating.pins import SeatPins, TooMany
from pbx.seating.seats import Seats

TRIES = 3
PATIENCE = timedelta(seconds=10)
NUMBER = "Please enter your number, then the hash key."
PIN = "Please enter your PIN, then the hash key."
HERE = "This telephone is {digits} now."
AT_HOME = "Your calls ring at your own telephone again."
LEFT = "{digits} is no longer at this telephone."
NOBODY = "Nobody's number is at this telephone."
NOT_HERE = "No number can be brought to this telephone."
WRONG = "Number or PIN is wrong."
LOCKED = "Too many wrong PINs were given. Please try again in half an hour."


class Reception:
    """Serves the code by which a number comes to a telephone, and the one by which it leaves."""

    def __init__(self, plan: PbxPlan, seats: Seats, pins: SeatPins, speaking: Speaking, clock: Clock) -> None:
        self._plan, self._said = plan, plan.features.seating
        self._seats, self._pins, self._speaking, self._clock = seats, pins, speaking, clock

    async def come(self, caller: IncomingCall, number: str) -> None:
        """Whoever is at the telephone brings their number to it. number: as dialled, empty to be asked. Raises HungUp.

        It is the telephone that counts, not whose number is at it already.
        """
        telephone = caller.leg.telephone
        if is_trunk(caller.leg.name) or not self._said.may_be_sat_at(telephone, self._plan.numbers()):
            await self._speaking.say(caller, NOT_HERE, refused=True)
            return
        await caller.answer()
        for _ in range(TRIES):
            wanted = number or await self._asked(caller, NUMBER)
            pin = await self._asked(caller, PIN)
            try:
                right = await self._pins.is_right(wanted[:12], pin, telephone)
            except TooMany:
                await self._speaking.say(caller, LOCKED, refused=True)
                return
            if right and self._said.may_sit(wanted):
                await self._come(caller, wanted, telephone)
                return
            await self._speaking.say(caller, WRONG, refused=True)

    async def _come(self, caller: IncomingCall, number: str, telephone: str) -> None:
        await self._seats.take(number, telephone)
        said = AT_HOME if number == telephone else HERE
        await self._speaking.say(caller, said, digits=" ".join(number))

    async def go(self, caller: IncomingCall) -> None:
        """The number that is at this telephone leaves it; at its own telephone, it comes back. Raises HungUp."""
        telephone = caller.leg.telephone
        number = self._seats.whose(telephone)
        if is_trunk(caller.leg.name):
            raise HungUp
        if await self._seats.leave(number, telephone):
            home = number == telephone
            await self._speaking.say(caller, AT_HOME if home else LEFT, digits=" ".join(number))
        else:
            await self._speaking.say(caller, NOBODY, refused=True)

    async def _asked(self, caller: IncomingCall, question: str) -> str:
        sound = await self._speaking.sound(caller.extension, question)
        return await caller.collect([sound], None, PATIENCE)
