"""A call that a carrier brought, from our side of the line."""

from __future__ import annotations

import re

from appliance.foundation.clock import Clock
from pbx.ari.messages import Channel
from pbx.ari.transport import AriError
from pbx.inbound.rules import Arrival
from pbx.incoming import IncomingCall
from pbx.leg import Leg
from pbx.switchboard import Switchboard

LONGEST_NUMBER, LONGEST_NAME = 20, 64
SHOWN = "allowed"
"""How Asterisk begins what may be shown: allowed_not_screened and the like; else prohib…, unavailable."""


class InboundCall(IncomingCall):
    """The caller is whom the carrier says, on a trunk that is proven.

    trunk: plan id. dialled: the called number as it came. extension: the caller's number, once `arrival` was asked.
    """

    def __init__(self, leg: Leg, channel: Channel, trunk: str, board: Switchboard, clock: Clock) -> None:
        super().__init__(leg, channel.endpoint, channel.exten, board, clock)
        self._said = channel
        self.trunk = trunk
        self.extension = ""

    def __repr__(self) -> str:
        return f"InboundCall({self.call}, {self.trunk})"

    @property
    def outside(self) -> str:
        """Their number; "" where they show none."""
        return self.extension

    async def arrival(self) -> Arrival:
        """What came: a number that the caller withholds is nobody's business, though carriers may pass it on."""
        number = re.sub(r"[^0-9+]", "", self._said.caller)[:LONGEST_NUMBER]
        if not number or not await self._may_be_shown():
            return Arrival(self.trunk, self.dialled)
        self.extension = number
        name = "".join(letter for letter in self._said.caller_name if letter.isprintable()).strip()[:LONGEST_NAME]
        return Arrival(self.trunk, self.dialled, number, "" if name == self._said.caller else name)

    async def ring(self) -> None:
        """Let the caller's carrier sound that it rings. Raises HungUp."""
        if self.leg.up.value is None:
            await self._ask("POST", "ring")

    async def _may_be_shown(self) -> bool:
        try:
            said = await self._board.ari.request(
                "GET", f"channels/{self.leg.id}/variable", variable="CALLERID(num-pres)"
            )
        except AriError:
            return False
        return str(said["value"]).startswith(SHOWN)
