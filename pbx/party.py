"""Someone on the line, whoever called whom, from our side of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.values import HungUp, new_id
from pbx.ari.transport import AriError
from pbx.causes import Cause
from pbx.leg import Latch, Leg, first
from pbx.recording.key_code import KeyCode
from pbx.switchboard import Switchboard

A_MOMENT = timedelta(milliseconds=500)


class Party:
    """Keys pressed ahead of a question are kept for it. call: names what is done with this leg, unique for ever.

    trunk: over which we rang them; empty for others.
    """

    log = Logger()

    def __init__(self, leg: Leg, extension: str, board: Switchboard, clock: Clock) -> None:
        self.call = new_id()
        self.extension = extension
        self.leg = leg
        self.trunk = ""
        self._dismissed = False
        self._whole = False
        self._board = board
        self._clock = clock

    @property
    def channel(self) -> str:
        """What the exchange calls this leg."""
        return self.leg.id

    @property
    def goes_on(self) -> bool:
        """Whether it is we who leave: they are still there, and another life of ours takes them up."""
        return self._board.stopped and self.leg.alive

    async def play(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None:
        """Play sound files (8 kHz mono WAV) to the end. Raises HungUp; falls silent when cancelled.

        barge_in: a key stops them, and is kept for the question that follows.
        """
        if barge_in:
            await self._until_key(sounds)
        elif sounds:
            playback, over = await self._begin(sounds)
            await self._heard(playback, over, self.leg.gone)
            if not over.value:
                # What somebody leaves in the middle of ends a moment before their leg is gone.
                await self._until_gone(A_MOMENT)
            if self.leg.alive and not over.value:
                self.log.warn("playback {playback} of {sounds} was not heard", playback=playback, sounds=list(sounds))
        self._still_there()

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        """Play and gather keys; the first key stops the sound.

        Ends after `digits` keys, at `#` (not included), at a key of `also_ends` (included), or `timeout` after the
        last key or prompt. Raises HungUp. With `also_ends`, a `#` after an answer that was whole without it is no
        answer to the next question.
        """
        await self._until_key(sounds)
        if self._whole and self.leg.keys and self.leg.keys[0] == "#":
            self.leg.keys.popleft()
            await self._until_key(sounds)
        self._whole, gathered = False, ""
        while digits is None or len(gathered) < digits:
            if not await self._key_within(timeout):
                return gathered
            key = self.leg.keys.popleft()
            if key == "#":
                return gathered
            gathered += key
            if key in also_ends:
                return gathered
        self._whole = bool(also_ends)
        return gathered

    def whenever(self, code: str, do: Callable[[], object]) -> Callable[[], None]:
        """Do it each time that keys are pressed one soon after the other; what was pressed until then is forgotten.

        Returns how to hear them no more.
        """
        keys = KeyCode(code)

        def hear(key: str, at: datetime) -> None:
            if keys.hear(key, at):
                self.leg.keys.clear()
                do()

        self.leg.pressed.append(hear)
        return lambda: self.leg.pressed.remove(hear) if hear in self.leg.pressed else None

    async def key(self, sounds: Sequence[Path], timeout: timedelta, *, barge_in: bool = True) -> str:
        """Play, then the next key; "" when none came within `timeout` of the end of the sound. Raises HungUp.

        barge_in: the first key stops the sound; else what is pressed before its end is not heard.
        """
        await self.play(sounds, barge_in=barge_in)
        if not barge_in:
            self.leg.keys.clear()
        return self.leg.keys.popleft() if await self._key_within(timeout) else ""

    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float:
        """Record what they say as `name`.wav among the exchange's recordings; how many seconds there are.

        beep: played first. Asterisk's own is not there: it comes in a package of sounds that we do not install.

        Ends at `#`, after `longest`, after `silence`, or when they hang up: what they said until then is kept. 0.0
        where nothing was recorded. Raises HungUp where they were gone before.
        """
        await self.play([beep] if beep else [])
        self.leg.keys.clear()
        taken = self._board.recording(name)
        seconds = {"maxDurationSeconds": f"{longest.total_seconds():.0f}"}
        if silence is not None:
            seconds["maxSilenceSeconds"] = f"{silence.total_seconds():.0f}"
        try:
            await self._ask("POST", "record", name=name, format="wav", terminateOn="#", **seconds)
        except HungUp as why:
            self._still_there()
            # They are there, and the exchange will not record: a full disk, say. That ends no call.
            self.log.warn("nothing is recorded of call {call}: {why}", call=self.call, why=why)
            taken.set(-1.0)
        await first(taken, self.leg.gone)
        if taken.value is None:
            await self._until(taken, A_MOMENT)
        self.leg.keys.clear()
        return max(0.0, taken.value or 0.0)

    async def hang_up(self, cause: int = Cause.NORMAL) -> None:
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
        await self._until(self.leg.gone, longest)

    async def _until(self, happening: Latch[Any], longest: timedelta) -> None:
        waited: Latch[bool] = Latch()
        timer = self._clock.later(longest, lambda: waited.set(True))
        await first(happening, waited)
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
