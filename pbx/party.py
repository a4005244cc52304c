"""Someone on the line, whoever called whom, from our side of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.leg import Latch, Leg, first
from pbx.switchboard import Switchboard

A_MOMENT = timedelta(milliseconds=500)


class Party:
    """Keys pressed ahead of a question are kept for it. call: names what is done with this leg, unique for ever."""

    log = Logger()

    def __init__(self, leg: Leg, extension: str, board: Switchboard, clock: Clock) -> None:
        self.call = new_id()
        self.extension = extension
        self.leg = leg
        self._dismissed = False
        self._board = board
        self._clock = clock

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play sound files (8 kHz mono WAV) to the end. Raises HungUp; falls silent when cancelled."""
        if sounds:
            playback, over = await self._begin(sounds)
            await self._heard(playback, over, self.leg.gone)
            if not over.value:
                # What somebody leaves in the middle of ends a moment before their leg is gone.
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
        """End this leg. cause: Q.850, told to the phone where it was not answered yet."""
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

    async def _heard(self, playback: str, over: Latch[bool], *otherwise: Latch[Any]) -> None:
        try:
            await first(over, *otherwise)
        except CancelledError:
            await self._board.ari.attempt("DELETE", f"playbacks/{playback}")
            raise

    async def _until_key(self, sounds: Sequence[Path]) -> None:
        if sounds and not self.leg.keys:
            playback, over = await self._begin(sounds)
            await self._heard(playback, over, self.leg.key(), self.leg.gone)
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
