"""Someone of the house who dialled, from our side of the line."""

from __future__ import annotations

from appliance.foundation.clock import Clock
from pbx.ari.messages import Channel
from pbx.leg import Leg, first
from pbx.party import Party
from pbx.switchboard import Switchboard


class IncomingCall(Party):
    """A caller's leg. dialled: all of it; it may hold a PIN."""

    def __init__(self, leg: Leg, channel: Channel, board: Switchboard, clock: Clock) -> None:
        super().__init__(leg, channel.endpoint, board, clock)
        self.dialled = channel.exten

    def __repr__(self) -> str:
        # What was dialled stays unsaid: it may hold a PIN.
        return f"IncomingCall({self.call}, {self.extension})"

    async def answer(self) -> None:
        """Pick up. Raises HungUp."""
        if self.leg.up.value is None:
            await self._ask("POST", "answer")
            await first(self.leg.up, self.leg.gone)
        self._still_there()
