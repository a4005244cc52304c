"""What billing needs from the telephone exchange and from speech; `pbx` and `tts` satisfy it by shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import Ended, Evidence, HungUp, Language

__all__ = ["Answered", "Caller", "Ended", "Evidence", "HungUp", "Lines", "Prompts"]


class Caller(Protocol):
    """Someone on the line who dialled a billed number."""

    @property
    def call(self) -> str:
        """The call's id, unique for ever; the exchange's channels are named after it."""
        ...

    @property
    def extension(self) -> str:
        """The extension that dials, e.g. `8001`."""
        ...

    @property
    def dialled(self) -> str:
        """All that was dialled, e.g. `6001000011234013800138000`. Holds a PIN: never log it."""
        ...

    async def answer(self) -> None:
        """Pick up, so that prompts are heard. Raises HungUp."""
        ...

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play sound files (8 kHz mono WAV) one after another to the end. Raises HungUp."""
        ...

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        """Play and gather keys; the first key stops the sound.

        Ends after `digits` keys, at `#` (not included), or `timeout` after the last key or prompt.
        Raises HungUp.
        """
        ...

    async def hang_up(self) -> None:
        """End the caller's leg. Not an error when it is gone."""
        ...


class Answered(Protocol):
    """Told when the outside leg is answered, with the exchange's own time."""

    async def __call__(self, at: datetime) -> None: ...


class Lines(Protocol):
    """Outside lines."""

    def healthy(self) -> Sequence[str]:
        """Plan ids of the trunks that can take a call now."""
        ...

    async def connect(self, caller: Caller, number: str, trunk: str, limit: timedelta, answered: Answered) -> Ended:
        """Ring E.164 `number` (digits without +) over `trunk`, bridge it with the caller, return when it is over.

        Asterisk itself cuts both legs `limit` after the answer, also when we are dead.
        Never raises for the far end's sake; the outcome says what happened. The caller's leg stays up
        when the outside leg was never answered, so that another trunk can be tried.
        """
        ...

    async def extend(self, call: str, limit: timedelta) -> None:
        """Let the call last until `limit` from now instead; held by Asterisk on both legs."""
        ...

    async def release(self, call: str) -> None:
        """Hang up both legs."""
        ...

    async def evidence(self, call: str) -> Evidence:
        """What the exchange knows of a call that began before we were started."""
        ...

    async def rejoin(self, call: str) -> Ended:
        """For a call that is still alive after our restart: take it over and return when it is over."""
        ...


class Prompts(Protocol):
    """Speech for the telephone."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down: go on without it."""
        ...
