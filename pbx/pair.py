"""A caller's leg and the leg that was dialled for it, from dialling until the first of them is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from appliance.foundation.values import Ended
from pbx.leg import Gone, Latch, Leg
from pbx.switchboard import Switchboard

# Q.850 causes, by what they mean to who dialled. What is not here is "unreachable".
_OUTCOMES = {
    "busy": (17,),
    "no-answer": (19, 102),
    "congestion": (21, 34, 38, 41, 42, 44, 47, 58),
}
_BY_CAUSE = {cause: outcome for outcome, causes in _OUTCOMES.items() for cause in causes}
NO_USER_RESPONSE = 18


def outcome(gone: Gone, rang: bool) -> str:
    """What an outside leg that was never answered came to.

    Cause 18 is silence: of a person if it rang, else of the carrier.
    """
    if rang and gone.cause in (0, 16, NO_USER_RESPONSE):
        return "no-answer"
    return _BY_CAUSE.get(gone.cause, "unreachable")


class Pair:
    """Two legs in a bridge. `over` happens when the first of them is gone."""

    def __init__(self, caller: Leg, called: Leg, bridge: str, board: Switchboard) -> None:
        self.caller = caller
        self.called = called
        self.bridge = bridge
        self.over: Latch[Gone] = Latch()
        self._board = board
        caller.gone.then(self.over.set)
        called.gone.then(self.over.set)

    @property
    def answered_at(self) -> datetime | None:
        """When the called leg was answered, by the exchange's clock."""
        return self.called.up.value

    def ended(self) -> Ended:
        """How it went, once it is over."""
        gone = self.over.value
        if gone is None:
            raise RuntimeError("still under way")
        if self.answered_at is not None:
            return Ended("answered", self.answered_at, gone.at)
        if not self.caller.alive:
            return Ended("caller-left")
        return Ended(outcome(gone, self.called.rang))

    async def join(self) -> None:
        """Both into one bridge, so that what the far end sounds before it answers is heard. Raises AriError."""
        ask = self._board.ari.request
        await ask("POST", f"bridges/{self.bridge}", type="mixing")
        await ask("POST", f"bridges/{self.bridge}/addChannel", channel=f"{self.caller.id},{self.called.id}")

    async def hold_to(self, limit: timedelta) -> None:
        """Asterisk itself ends both legs `limit` from now. Raises AriError."""
        seconds = f"{limit.total_seconds():.3f}"
        for leg in (self.called, self.caller):
            await self._board.set(leg.id, "TIMEOUT(absolute)", seconds)

    async def record(self, name: str) -> bool:
        """Record what both say, as `name`.wav among the exchange's recordings, until the bridge is taken down."""
        return await self._board.ari.attempt("POST", f"bridges/{self.bridge}/record", name=name, format="wav")

    async def part(self, *, keep_caller: bool = False) -> None:
        """Hang up what is left of it and take down the bridge."""
        for leg in (self.called, self.caller):
            if leg.alive and not (keep_caller and leg is self.caller):
                await self._board.hang_up(leg.id)
        if keep_caller and self.caller.alive:
            # Answered only when it is out of the bridge: until then what it is told next would be lost.
            await self._board.ari.attempt("POST", f"bridges/{self.bridge}/removeChannel", channel=self.caller.id)
        await self._board.ari.attempt("DELETE", f"bridges/{self.bridge}")
