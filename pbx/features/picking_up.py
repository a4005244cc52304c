"""抢接: somebody takes at their own telephone what rings at another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from appliance.foundation.clock import Clock
from pbx.bells import Bell, Bells
from pbx.features.events import CallPickedUp
from pbx.features.speaking import Speaking
from pbx.incoming import IncomingCall

NOTHING_RINGS = "No telephone rings there."


class PickUp:
    """group: who picks up for an extension. record: puts an event in the journal."""

    def __init__(
        self,
        bells: Bells,
        group: Callable[[str], Collection[str]],
        speaking: Speaking,
        record: Callable[[CallPickedUp], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._bells, self._group, self._speaking, self._record, self._clock = bells, group, speaking, record, clock

    async def serve(self, caller: IncomingCall, extension: str) -> None:
        """Take what rings at `extension`, or, where that is empty, at any of the group; return when they are gone.

        Raises HungUp.
        """
        if self._ringing(caller, extension) is not None:
            await caller.answer()
        # Meanwhile somebody may have answered there.
        bell = self._ringing(caller, extension)
        if bell is None:
            await self._speaking.say(caller, NOTHING_RINGS, refused=True)
            return
        bell.taken.set(caller.leg)
        await self._record(CallPickedUp(at=self._clock.now(), extension=bell.extension, by=caller.extension))
        await caller.leg.gone.wait()

    def _ringing(self, caller: IncomingCall, extension: str) -> Bell | None:
        others = {extension} if extension else set(self._group(caller.extension))
        others.discard(caller.extension)
        return next(iter(self._bells.ringing(*others)), None) if others else None
