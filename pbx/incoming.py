"""Someone of the house who dialled, from our side of the line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp, new_id
from pbx.ari.messages import Channel
from pbx.ari.transport import AriError
from pbx.leg import Latch, Leg, first
from pbx.switchboard import Switchboard

A_MOMENT = timedelta(milliseconds=500)


class IncomingCall:
    """A caller's leg. Keys pressed ahead of a question are kept for it."""

    log = Logger()

    def __init__(self, leg: Leg, channel: Channel, board: Switchboard, clock: Clock) -> None:
        self.call = new_id()
        self.extension = channel.endpoint
        self.dialled = channel.exten
        self.leg = leg
        self._dismissed = False
        self._board = board
        self._clock = clock

    def __repr__(self) -> str:
        # What was dialled stays unsaid: it may hold a PIN.
        return f"IncomingCall({self.call}, {self.extension})"

    async def answer(self) -> None:
        """Pick up. Raises HungUp."""
        if self.leg.up.value is None:
            await self._ask("POST", "answer")
            await first(self.leg.up, self.leg.gone)
        self._still_there()

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play sound files (8 kHz mono WAV) to the end. Raises HungUp."""
        if sounds:
            playback, over = await self._begin(sounds)
            await first(over, self.leg.gone)
            if not over.value:
                # What a caller leaves in the middle of ends a moment before the caller's leg is gone.
                await self._until_gone(A_MOMENT)
            if self.leg.alive and not over.value:
                self.log.warn("playback {playback} of {sounds} was not heard", playback=playback, sounds=list(sounds))
        self._still_there()

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        """Play and gather keys; the first key stops the sound.

        Ends after `digits` keys, at `#` (not included), or `timeout` after the last key or prompt. Raises HungUp.
        """
        await self._until_key(sounds)
        gathered = ""
        while digits is None or len(gathered) < digits:
            if not await self._key_within(timeout):
                break
            key = self.leg.keys.popleft()
            if key == "#":
                break
            gathered += key
        return gathered

    async def hang_up(self, cause: int = 16) -> None:
        """End the caller's leg. cause: Q.850, told to the phone where it was not answered yet."""
        # Once: a second cause would overwrite the first while the phone is being told.
        if self.leg.alive and not self._dismissed:
            self._dismissed = await self._board.hang_up(self.leg.id, cause)
            if not self._dismissed:
                # Out of touch: let the next sweep find it.
                self._board.forget(self.leg)

    async def _begin(self, sounds: Sequence[Path]) -> tuple[str, Latch[bool]]:
        playback = new_id()
        over = self._board.playing(playback)
        media = ",".join(f"sound:{sound.with_suffix('')}" for sound in sounds)
        await self._ask("POST", "play", media=media, playbackId=playback)
        return playback, over

    async def _until_key(self, sounds: Sequence[Path]) -> None:
        if sounds and not self.leg.keys:
            playback, over = await self._begin(sounds)
            await first(over, self.leg.key(), self.leg.gone)
            if over.value is None:
                await self._board.ari.attempt("DELETE", f"playbacks/{playback}")
        self._still_there()

    async def _key_within(self, timeout: timedelta) -> bool:
        silence: Latch[bool] = Latch()
        timer = self._clock.later(timeout, lambda: silence.set(True))
        try:
            await first(self.leg.key(), silence, self.leg.gone)
        finally:
            if timer.active():
                timer.cancel()
        self._still_there()
        return bool(self.leg.keys)

    async def _until_gone(self, longest: timedelta) -> None:
        waited: Latch[bool] = Latch()
        timer = self._clock.later(longest, lambda: waited.set(True))
        await first(self.leg.gone, waited)
        if timer.active():
            timer.cancel()

    async def _ask(self, method: str, what: str, **query: str) -> None:
        try:
            await self._board.ari.request(method, f"channels/{self.leg.id}/{what}", body=None, **query)
        except AriError as why:
            raise HungUp(str(why)) from why

    def _still_there(self) -> None:
        if not self.leg.alive:
            raise HungUp
