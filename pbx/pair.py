"""A caller's leg and the leg that was dialled for it, from dialling until the first of them is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from appliance.foundation.clock import Since
from appliance.foundation.values import Ended
from pbx.causes import NO_SUCH_NUMBER, Cause
from pbx.leg import Gone, Latch, Leg
from pbx.switchboard import Switchboard

# By what they mean to who dialled. What is not here is "unreachable".
_OUTCOMES = {
    "busy": (Cause.BUSY,),
    "no-answer": (Cause.NO_ANSWER, Cause.TIMER_EXPIRED),
    "congestion": (
        Cause.REJECTED,
        Cause.NO_CIRCUIT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.CONGESTION,
        Cause.CIRCUIT_NOT_AVAILABLE,
        Cause.RESOURCE_UNAVAILABLE,
        Cause.NOT_AVAILABLE,
    ),
}
_BY_CAUSE: dict[int, str] = {cause: outcome for outcome, causes in _OUTCOMES.items() for cause in causes}
_REFUSED = (Cause.REJECTED, Cause.INCOMPLETE, Cause.NOT_SUBSCRIBED, Cause.BARRED, Cause.NOT_AUTHORIZED)


def outcome(gone: Gone, rang: bool) -> str:
    """What an outside leg that was never answered came to.

    Causes 18 and 102 are silence: of a person if it rang, else of the carrier. That there is no such number counts
    where the network itself said so, also after it let a voice say it, which is told us as ringing.
    """
    if gone.final and gone.cause in NO_SUCH_NUMBER:
        return "no-such-number"
    if rang and gone.cause in (Cause.UNKNOWN, Cause.NORMAL, Cause.NO_USER_RESPONSE):
        return "no-answer"
    if not rang and gone.cause == Cause.TIMER_EXPIRED:
        return "unreachable"
    return _BY_CAUSE.get(gone.cause, "unreachable")


def came_to(cause: int | None) -> str:
    """What a caller's whole call came to, by what their phone was told; None where they were connected."""
    if cause in (None, Cause.NORMAL):
        return "caller-left"
    if cause in NO_SUCH_NUMBER:
        return "no-such-number"
    return "refused" if cause in _REFUSED else _BY_CAUSE.get(cause or 0, "unreachable")


class Pair:
    """Two legs in a bridge. `over` happens when the first of them is gone.

    Who of them hands the other on is let go (`leave`): then the call is the other's alone, until that is gone. held:
    the leg that alone is held to the limit, None for both. linger: how much longer than the called leg the caller's
    may last, so that they are there to hear what follows.
    """

    def __init__(self, caller: Leg, called: Leg, bridge: str, board: Switchboard) -> None:
        self.caller = caller
        self.called = called
        self.bridge = bridge
        self.held: Leg | None = None
        self.linger = timedelta(0)
        self.over: Latch[Gone] = Latch()
        self._away: Leg | None = None
        self._over_at: datetime | None = None
        self._up: dict[str, Since] = {}
        self._board = board
        for leg in (caller, called):
            self._watch(leg)

    @property
    def answered_at(self) -> datetime | None:
        """When the called leg was answered, by the exchange's clock."""
        return self.called.up.value

    def other(self, leg: Leg) -> Leg:
        """The one who talks with `leg`."""
        return self.called if leg is self.caller else self.caller

    @property
    def whole(self) -> bool:
        """Whether nobody was let go."""
        return self._away is None

    def talking(self, identity: str) -> Leg | None:
        """The leg of that channel, where it is one of two that talk here."""
        if not self.whole:
            return None
        return next((leg for leg in (self.caller, self.called) if leg.id == identity), None)

    def ended(self) -> Ended:
        """How it went, once it is over."""
        gone = self.over.value
        if gone is None:
            raise RuntimeError("still under way")
        if self.answered_at is not None:
            return Ended("answered", self.answered_at, self._over_at)
        if not self.caller.alive:
            return Ended("caller-left")
        return Ended(outcome(gone, self.called.rang))

    async def join(self, *, unnamed: bool = False) -> None:
        """Both into one bridge, so that what the far end sounds before it answers is heard. Raises AriError.

        unnamed: neither is told who the other is.
        """
        ask = self._board.ari.request
        # Without dtmf_events Asterisk joins the two below its own core, and we hear no key that is pressed.
        await ask("POST", f"bridges/{self.bridge}", type="mixing,dtmf_events")
        legs = f"{self.caller.id},{self.called.id}"
        quiet = "true" if unnamed else "false"
        await ask("POST", f"bridges/{self.bridge}/addChannel", channel=legs, inhibitConnectedLineUpdates=quiet)

    async def tie(self) -> None:
        """Whoever goes takes the other along, whatever becomes of us. Raises AriError."""
        await self._board.set(self.caller.id, "PEER", self.called.name)
        await self._board.set(self.called.id, "PEER", self.caller.name)

    async def leave(self, leaving: Leg) -> Leg:
        """Let `leaving` go without an end to the call; returns who is left, out of the bridge. Raises AriError."""
        left = self.other(leaving)
        self._away, self.held = leaving, left
        # Neither takes the other with it any more. First of all: a phone may hang up as soon as it has handed over.
        for leg in (leaving, left):
            await self._board.set(leg.id, "PEER", "")
        await self._board.ari.attempt("POST", f"bridges/{self.bridge}/removeChannel", channel=left.id)
        return left

    async def loosen(self, leaving: Leg) -> None:
        """They talk on, but when `leaving` goes the other stays. Raises AriError."""
        self._away, self.held = leaving, self.other(leaving)
        for leg in (self.caller, self.called):
            await self._board.set(leg.id, "PEER", "")

    async def taken_by(self, leg: Leg) -> None:
        """`leg`, which is up, talks with the caller instead of the called one, which stops ringing. Raises AriError."""
        ask, rung = self._board.ari.request, self.called
        self.called = leg
        self._watch(leg)
        await self._board.hang_up(rung.id, Cause.ANSWERED_ELSEWHERE)
        await ask("POST", f"bridges/{self.bridge}/addChannel", channel=leg.id)
        if self.caller.up.value is None:
            await ask("POST", f"channels/{self.caller.id}/answer")
        await self.tie()

    async def hold_to(self, limit: timedelta) -> None:
        """Asterisk itself ends both legs `limit` from now, or sooner where less is paid. Raises AriError."""
        if self.held is not None:
            await self._hold(self.held, limit)
        else:
            await self._hold(self.called, limit)
            await self._hold(self.caller, limit + self.linger)

    async def _hold(self, leg: Leg, limit: timedelta) -> None:
        left = leg.left()
        seconds = max(0.001, (limit if left is None else min(limit, left)).total_seconds())
        await self._board.set(leg.id, "TIMEOUT(absolute)", f"{seconds:.3f}")

    async def play(self, sound: Path) -> bool:
        """Let both hear a sound (8 kHz mono WAV)."""
        media = f"sound:{sound.with_suffix('')}"
        return await self._board.ari.attempt("POST", f"bridges/{self.bridge}/play", media=media)

    async def part(self, *, keep_caller: bool = False) -> None:
        """Hang up what is left of it and take down the bridge."""
        for leg in (self.called, self.caller):
            if leg.alive and leg is not self._away and not (keep_caller and leg is self.caller):
                await self._board.hang_up(leg.id)
        if keep_caller and self.caller.alive:
            # Answered only when it is out of the bridge: until then what it is told next would be lost.
            await self._board.ari.attempt("POST", f"bridges/{self.bridge}/removeChannel", channel=self.caller.id)
        await self._board.ari.attempt("DELETE", f"bridges/{self.bridge}")

    def _watch(self, leg: Leg) -> None:
        leg.up.then(lambda at: self._up.setdefault(leg.id, self._board.since(at)))
        leg.gone.then(lambda gone: self._lost(leg, gone))

    def _lost(self, leg: Leg, gone: Gone) -> None:
        if leg is not self._away and leg in (self.caller, self.called):
            if self.over.value is None:
                since = self._up.get(self.called.id)
                # What the clock was set by while they talked is no talk.
                self._over_at = since.moment(gone.at) if since is not None else gone.at
            self.over.set(gone)
