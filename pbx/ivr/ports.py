"""What the engine of voice menus needs from the telephone, from speech and from features it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from appliance.foundation.values import Ended, HungUp, Language
from pbx.causes import Cause
from pbx.ivr.nodes import Database, Http

__all__ = ["Caller", "Desks", "Ended", "HungUp", "Lookups", "Prompts", "Queues", "Service", "Steps"]


class Caller(Protocol):
    """Someone on the line; `pbx.party.Party` by shape. All but `hang_up` raise HungUp."""

    @property
    def call(self) -> str:
        """The call's id, unique for ever."""
        ...

    @property
    def extension(self) -> str:
        """Who calls: an extension, or an outside number."""
        ...

    @property
    def channel(self) -> str:
        """What the exchange calls their leg."""
        ...

    async def answer(self) -> None:
        """Pick up, so that prompts are heard."""
        ...

    async def play(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None:
        """Play sound files (8 kHz mono WAV) one after another to the end.

        barge_in: a key stops them, and is kept for the question that follows.
        """
        ...

    async def key(self, sounds: Sequence[Path], timeout: timedelta, *, barge_in: bool = True) -> str:
        """Play, then the next key; "" when none came within `timeout` of the end of the sound.

        barge_in: the first key stops the sound; else keys pressed while it sounds are not heard.
        """
        ...

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        """Play and gather keys to `digits`, `#` or `timeout`; for what services ask."""
        ...

    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float:
        """Play `beep`, record what they say as `name`.wav until `#`, `longest`, `silence` or their end; its seconds."""
        ...

    async def hang_up(self, cause: int = Cause.NORMAL) -> None:
        """End the caller's leg. Not an error when it is gone."""
        ...


class Prompts(Protocol):
    """Speech for the telephone; `tts.speaker.Speaker` by shape."""

    async def prompt(self, text: str, language: Language) -> Path | None:
        """A sound file (8 kHz mono WAV) that says `text`; None when speech is down."""
        ...


class Desks(Protocol):
    """Whom a caller can be put through to."""

    def has(self, number: str) -> bool:
        """Whether `number` is one of the house's, that a caller may key."""
        ...

    def begins(self, keyed: str) -> bool:
        """Whether a longer number of the house begins with `keyed`."""
        ...

    async def ring(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        """Ring a number of the house, connect, and return when it is over; the caller stays where nobody answered."""
        ...

    async def outside(self, caller: Caller, number: str, ring: timedelta) -> Ended:
        """The same with an outside number, as it is dialled at the site."""
        ...


class Failed(Exception):
    """Something that was asked did not answer as it should. The text is for the log and holds no secret."""


class Lookups(Protocol):
    """Questions to other systems. What comes back is variable to text; None where nothing was found."""

    async def http(self, node: Http, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        """Raises Failed."""
        ...

    async def database(self, node: Database, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        """Raises Failed."""
        ...


class Service(Protocol):
    """What a feature does with a caller; false where it could not."""

    async def __call__(self, caller: Caller, language: Language) -> bool: ...


class Faxes(Protocol):
    """Documents that can be faxed; `pbx.fax.demand.OnDemand`."""

    async def has(self, document: str) -> bool: ...

    async def now(self, caller: Any, document: str, menu: str) -> None:
        """Fax it to whoever calls; returns when they are gone. Raises HungUp."""
        ...

    async def call_back(self, caller: Any, document: str, number: str, by: str, menu: str) -> bool:
        """Fax it in a call of its own, by the right of extension `by`; False where that may not be."""
        ...


class Queues(Protocol):
    """Waiting queues, whoever has them."""

    def has(self, queue: str) -> bool: ...

    async def wait(self, caller: Caller, queue: str, language: Language) -> bool:
        """Stay with the caller until it is over; false where the queue did not take them."""
        ...


class Steps(Protocol):
    """Told of each step of a caller through a flow; never of what is secret."""

    def entered(self, call: str, caller: str, flow: str, channel: str = "") -> None: ...

    def at(self, call: str, flow: str, node: str, language: Language, variables: Mapping[str, str]) -> None:
        """Where somebody is, and all that it takes to go on from there; without what is secret."""
        ...

    def step(self, call: str, flow: str, node: str, kind: str, what: str, detail: str = "") -> None:
        """what: `enter`, `key`, `timeout`, `wrong`, `keyed`, `found`, `none`, `failed`, `answered`, `kept`, …"""
        ...

    def said(self, call: str, text: str, language: Language, sound: str = "") -> None:
        """What the caller hears, in words; sound: the recording that says it."""
        ...

    def left(self, call: str, flow: str, node: str, why: str) -> None:
        """why: `hung-up`, `end`, `failed`, `too-long`."""
        ...
