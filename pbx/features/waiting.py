"""Somebody waits with music, in a bridge of their own."""

from __future__ import annotations

from pbx.leg import Leg
from pbx.switchboard import Switchboard


class Waiting:
    """Bridges by their names; who waits is found again by these."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def put(self, leg: Leg, bridge: str) -> None:
        """Let somebody who is in no bridge hear music in a new one. Raises AriError."""
        ask = self._board.ari.request
        await ask("POST", f"bridges/{bridge}", type="holding")
        await ask("POST", f"bridges/{bridge}/addChannel", channel=leg.id)
        await ask("POST", f"bridges/{bridge}/moh")

    async def take(self, leg: Leg, bridge: str) -> None:
        """Out of it, where they still are in it."""
        await self._board.ari.attempt("POST", f"bridges/{bridge}/removeChannel", channel=leg.id)
        await self._board.ari.attempt("DELETE", f"bridges/{bridge}")
