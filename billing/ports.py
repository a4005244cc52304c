"""What billing needs from the telephone exchange and from speech; `pbx` and `tts` satisfy it by shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import Ended, Evidence, HungUp, Language
from pbx.routing import Line

__all__ = ["Answered", "Caller", "Ended", "Evidence", "HungUp", "Line", "Lines", "Listener", "Prompts"]


class Listener(Protocol):
    """Someone on the line who can be asked."""

    @property
    def call(self) -> str:
        """The call's id, unique for ever; the exchange's channels are named after it."""
        ...

    @property
    def extension(self) -> str:
        """The extension that dials, e.g. `8001`."""
        ...

    async def answer(self) -> None:
        """Pick up, so that prompts are heard. Raises HungUp."""
        ...

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play sound files (8 kHz mono WAV) one after another to the end. Raises HungUp."""
        ...

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        """Play and gather keys; the first key stops the sound.

        Ends after `digits` keys, at `#` (not included), at a key of `also_ends` (included), or `timeout` after the
        last key or prompt. Raises HungUp.
        """
        ...


class Caller(Listener, Protocol):
    """Someone on the line who dialled a billed number."""

    @property
    def outside(self) -> str | None:
        """Their number where they call from outside, "" where they show none; None at a telephone of the house."""
        ...

    def whenever(self, code: str, do: Callable[[], object]) -> Callable[[], None]:
        """Do it each time these keys are pressed one soon after the other; returns how to hear them no more."""
        ...

    @property
    def dialled(self) -> str:
        """All that was dialled, e.g. `6001000011234013800138000`. Holds a PIN: never log it."""
        ...

    async def hang_up(self) -> None:
        """End the caller's leg. Not an error when it is gone."""
        ...


class Answered(Protocol):
    """Told when the outside leg is answered, with the exchange's own time."""

    async def __call__(self, at: datetime) -> None: ...


class Lines(Protocol):
    """Outside lines."""

    def routes(self, number: str, /) -> Sequence[Line]:
        """The lines that can carry a call to an E.164 number now, by the plan's routes, the first to be tried first."""
        ...

    async def connect(
        self, caller: Caller, number: str, line: Line, limit: timedelta, answered: Answered, *, stays: bool = False
    ) -> Ended:
        """Ring E.164 `number` (digits without +) over `line`, bridge it with the caller, return when it is over.

        Asterisk itself cuts both legs `limit` after the answer, also when we are dead; with `stays` the caller's some
        seconds after the outside's.
        Never raises for the far end's sake; the outcome says what happened. The caller's leg stays up
        when the outside leg was never answered, so that another line can be tried; with `stays` also when the
        outside leg is the first to go.
        """
        ...

    async def drop(self, call: str) -> None:
        """Hang up the outside leg, answered or not. Not an error when it is gone."""
        ...

    async def warn(self, call: str, sounds: Sequence[Path]) -> None:
        """A tone, then sounds (8 kHz mono WAV), heard in mid-talk by who pays, or talks at their expense."""
        ...

    def another(self, caller: Listener, service: str, outcome: str = "") -> Caller:
        """The same person on the same line, for another call. Raises HungUp.

        outcome: of the one before, if it was not answered; "" where that goes on.
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

    async def regain(self, call: str, extension: str) -> Caller | None:
        """Who pays for a call that is still alive after our restart, on their line; None where it is over, or where
        they have handed it on. To be followed by `rejoin`.
        """
        ...

    async def rejoin(self, call: str, payer: str, *, stays: bool = False) -> Ended:
        """For a call that is still alive after our restart: take it over and return when it is over.

        payer: the extension that pays: who talks from there is held to the limit as the outside leg is.
        stays: the caller keeps the line when the outside leg is the first to go.
        """
        ...


class Prompts(Protocol):
    """Speech for the telephone."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down: go on without it."""
        ...
