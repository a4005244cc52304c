"""What the exchange's features need of the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import Language
from pbx.notices import Notice


class Prompts(Protocol):
    """Speech for the telephone; `tts.speaker.Speaker` by shape."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down: go on without it."""
        ...


class Listener(Protocol):
    """Somebody on the line; `pbx.party.Party`."""

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play to the end. Raises HungUp."""
        ...

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        """Play and gather keys; the first key stops the sound. Raises HungUp."""
        ...


class Outbox(Protocol):
    """Short messages on their way; `pbx.sms.outbox.Outbox` by shape."""

    async def accept(self, to: str, text: str, about: str = "", /) -> str: ...


class Post(Protocol):
    """Letters on their way; `pbx.notices.Notices` by shape."""

    async def accept(self, letters: Sequence[Notice], /) -> None: ...
