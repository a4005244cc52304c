"""Someone of the house who dialled, from our side of the line."""

from __future__ import annotations

from appliance.foundation.clock import Clock
from pbx.engine.configuration import is_trunk
from pbx.leg import Leg, first
from pbx.party import Party
from pbx.switchboard import Switchboard


class IncomingCall(Party):
    """A caller's leg. extension: by whose right; dialled: all of it; it may hold a PIN."""

    def __init__(self, leg: Leg, extension: str, dialled: str, board: Switchboard, clock: Clock) -> None:
        super().__init__(leg, extension, board, clock)
        self.dialled = dialled

    def __repr__(self) -> str:
        # What was dialled stays unsaid: it may hold a PIN.
        return f"IncomingCall({self.call}, {self.extension})"

    @property
    def outside(self) -> str | None:
        """Their number where they are outside, "" where they show none; None for a telephone of the house."""
        return self.leg.number if is_trunk(self.leg.name) else None

    @property
    def counts_for(self) -> str:
        """Who pays and is watched when they are connected with a number outside.

        An extension; `<` and their number for whoever calls from outside, who may show the number of an extension.
        """
        return self.extension if self.outside is None else f"<{self.outside}"

    async def ring(self) -> None:
        """Let them hear that it rings, also once they are answered. Raises HungUp."""
        await self._ask("POST", "ring")

    async def ring_no_more(self) -> None:
        """End it."""
        await self._board.ari.attempt("DELETE", f"channels/{self.leg.id}/ring")

    async def answer(self) -> None:
        """Pick up. Raises HungUp."""
        if self.leg.up.value is None:
            await self._ask("POST", "answer")
            await first(self.leg.up, self.leg.gone)
        self._still_there()
