"""What billing needs from the telephone exchange and from speech; `pbx` and `tts` satisfy it by shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import Language


class HungUp(Exception):
    """The caller is gone; nothing more can be said to them."""


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


@dataclass(frozen=True)
class Ended:
    """How an outside leg went. Times are the exchange's own.

    outcome: answered, busy, no-answer, congestion, unreachable, caller-left.
    answered_at, ended_at: aware UTC, None when never answered.
    """

    outcome: str
    answered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """What the exchange recorded of a call, read when we were not there to hear it.

    alive: its legs are still up.
    answered_at: when the outside leg was answered, None if it never was.
    ended_at: when the first of its legs hung up; None if no hang-up was recorded (the exchange died).
    engine_started_at: when the exchange that now runs was started.
    """

    alive: bool
    answered_at: datetime | None
    ended_at: datetime | None
    engine_started_at: datetime


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
