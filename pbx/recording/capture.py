"""How sound is taken: by Asterisk itself, which is asked to begin and to stop, and to say so before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.values import Language, new_id
from pbx.engine.configuration import is_trunk
from pbx.engine.console import Console
from pbx.leg import Leg, first
from pbx.plan_recording import Recording
from pbx.recording.places import Places
from pbx.recording.talk import Talk
from pbx.switchboard import Switchboard


class Prompts(Protocol):
    """Speech for the telephone; `tts.speaker.Speaker`."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down."""
        ...


class NotTaken(Exception):
    """Asterisk did not begin a recording; its own words."""


class Capture:
    """`announce`, then `start` and `stop`."""

    log = Logger()

    def __init__(self, plan: Recording, console: Console, board: Switchboard, places: Places, prompts: Prompts) -> None:
        self._plan, self._console, self._board = plan, console, board
        self._places, self._prompts = places, prompts

    async def announce(self, talk: Talk) -> None:
        """Say that it is recorded to whom the law wants told, while they are connected. Raises AriError."""
        outside = next((leg for leg in (talk.leg, talk.other) if is_trunk(leg.name)), None)
        if self._plan.announce == "no" or (self._plan.announce == "outside" and outside is None):
            return
        sounds = [await self._prompts.prompt(self._plan.announcement[one], one) for one in self._plan.announce_in]
        media = ",".join(f"sound:{sound.with_suffix('')}" for sound in sounds if sound is not None)
        if not media:
            self.log.warn("call {call}: nobody could say that it is recorded", call=talk.call)
            return
        whom = (
            f"bridges/{talk.bridge}" if self._plan.announce == "both" or outside is None else f"channels/{outside.id}"
        )
        playback = new_id()
        over = self._board.playing(playback)
        await self._board.ari.request("POST", f"{whom}/play", media=media, playbackId=playback)
        await first(over, talk.leg.gone, talk.other.gone)

    async def start(self, leg: Leg, identity: str) -> None:
        """Both ways into one file, side by side and without a head: what is in it can be read however it ends.

        Raises NotTaken, OSError and twisted's connection errors.
        """
        self._places.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A name without a directory is put into the spool; a path could hold what the console takes apart.
        file = self._places.raw(identity).name
        said = await self._console.ask(f"mixmonitor start {leg.name} {file},Di({_noted(identity)})")
        # The console greets with a line of its own, and says no more where all is well.
        if refused := said.partition("\n")[2].strip():
            raise NotTaken(refused)

    async def stop(self, leg: Leg, identity: str) -> None:
        """Another may have begun on the same channel by now: this one and no other is stopped."""
        try:
            noted = await self._board.ari.request("GET", f"channels/{leg.id}/variable", variable=_noted(identity))
            await self._console.ask(f"mixmonitor stop {leg.name} {noted['value']}")
        except CancelledError:
            raise
        except Exception as why:
            self.log.info("a recording was not stopped: {why}", why=why)

    def written(self, identity: str) -> datetime | None:
        """When its sound was last written, None where there is none."""
        try:
            return datetime.fromtimestamp(self._places.raw(identity).stat().st_mtime, UTC)
        except OSError:
            return None


def _noted(identity: str) -> str:
    """The variable of the channel in which Asterisk notes what it calls the recording."""
    return f"RECORDING_{identity}"
