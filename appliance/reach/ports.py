"""What reaching people needs of the exchange, of the wards and of speech."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import Ended, Language
from nursecall.calls import OpenCall
from nursecall.events import Outcome
from pbx.terms import Terms


class Party(Protocol):
    """Somebody on the line; `pbx.party.Party`."""

    @property
    def call(self) -> str: ...

    @property
    def extension(self) -> str: ...

    async def play(self, sounds: Sequence[Path]) -> None:
        """Play to the end. Raises HungUp."""
        ...

    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str:
        """Play and gather keys; the first key stops the sound. Raises HungUp."""
        ...

    async def hang_up(self) -> None: ...


class Telephones(Protocol):
    """Rings people; `pbx.callout.Callout`. Both raise pbx.callout.NotReached, and hang up when cancelled."""

    async def desk(self, extension: str, ring: timedelta, longest: timedelta, *, shown: str = "") -> Party:
        """An extension. shown: what its display says."""
        ...

    async def outside(self, number: str, ring: timedelta, longest: timedelta, *, urgent: bool = False) -> Party:
        """E.164 digits, without +."""
        ...


class Bridge(Protocol):
    """Connects somebody on the line with an extension; `pbx.dialer.Dialer`."""

    async def ring(self, caller: Party, extension: str, terms: Terms) -> Ended:
        """Returns when their talk is over, or did not come about; the caller is still on the line then."""
        ...


class Prompts(Protocol):
    """Speech for the telephone; `tts.speaker.Speaker`."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down: go on without it."""
        ...


class Wards(Protocol):
    """`nursecall.ward.Wards`."""

    def open(self, ward: str | None = None) -> list[OpenCall]: ...
    async def step_result(
        self, call: str, step: int, device: str, who: str, outcome: Outcome, at: datetime
    ) -> bool: ...
    async def talk_began(self, call: str, by: str, device: str = "phone") -> bool: ...
    async def talk_ended(self, call: str, by: str) -> bool: ...


class Mail(Protocol):
    """Takes a short message; it is on disk when this returns. `pbx.sms.outbox.Outbox`."""

    async def accept(self, to: str, text: str, about: str) -> str: ...


def found(wards: Wards, call: str) -> OpenCall | None:
    """That call, while it is open."""
    return next((one for one in wards.open() if one.id == call), None)


def waits(call: OpenCall | None) -> bool:
    """Whether nobody has answered it yet."""
    return call is not None and call.state in ("raised", "escalated")
