"""The door of a conference room: who is asked for a PIN, for a name, and told why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, new_id
from pbx.conference.pins import DIGITS, Kind, RoomPins, TooMany
from pbx.conference.room import Room
from pbx.ports import Prompts
from pbx.tones import Tones

TRIES = 3
PATIENCE = timedelta(seconds=10)
NAME_LASTS = timedelta(seconds=5)
SHORTEST_NAME = 0.4
"""Seconds: less is a click."""

PIN = "Please enter the PIN of the conference."
WRONG = "That PIN is wrong."
TOO_OFTEN = "The PIN was wrong too often. Goodbye."
YOUR_NAME = "Please say your name after the tone, then press the hash key."
WAIT = "The chairman is not here yet. Please wait."


class Guest(Protocol):
    """Whoever stands at the door; `pbx.party.Party` by shape."""

    extension: str

    async def play(self, sounds: Sequence[Path]) -> None: ...
    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str: ...
    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float: ...


class TurnedAway(Exception):
    """They do not come in; the text is an English message id."""


class Entrance:
    """language: what is spoken. recordings: where the exchange puts what it records."""

    def __init__(self, pins: RoomPins, prompts: Prompts, tones: Tones, language: Language, recordings: Path) -> None:
        self._pins = pins
        self._prompts = prompts
        self._tones = tones
        self._language = language
        self._recordings = recordings
        self._names = recordings / "conference"

    async def words(self, message: str, **facts: object) -> list[Path]:
        """`message` as sound, nothing where speech is down."""
        sound = await self._prompts.prompt(translate(message, self._language, **facts), self._language)
        return [sound] if sound else []

    async def role(self, guest: Guest, room: Room, proven: str) -> Kind:
        """As what they come in; asks for the PIN where one is needed. Raises TurnedAway, HungUp.

        proven: the extension they certainly call from; empty for somebody outside.
        """
        if room.rules.chairs(proven) or (room.rules.ad_hoc and proven and not room.everybody):
            return "chairman"
        if not room.rules.asks_pin:
            return "member"
        question = await self.words(PIN) or [self._tones.beep()]
        for _ in range(TRIES):
            pin = await guest.collect(question, DIGITS, PATIENCE)
            try:
                kind = await self._pins.whose(room.number, pin, guest.extension)
            except TooMany:
                break
            if kind is not None:
                return kind
            question = [self._tones.refused(), *await self.words(WRONG), *await self.words(PIN)]
        raise TurnedAway(TOO_OFTEN)

    def forget_names(self) -> None:
        """Nobody is in a room whose name was recorded: let no name stay that a life before left."""
        for file in self._names.glob("*.wav"):
            file.unlink(missing_ok=True)

    async def name(self, guest: Guest) -> Path | None:
        """What they say is their name, a file to be removed when they have gone. Raises HungUp."""
        await guest.play(await self.words(YOUR_NAME))
        name = f"conference/{new_id()}"
        try:
            # Asterisk makes no directories for it.
            self._names.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return None
        seconds = await guest.record(name, NAME_LASTS, silence=timedelta(seconds=2), beep=self._tones.beep())
        file = self._recordings / f"{name}.wav"
        if seconds < SHORTEST_NAME:
            file.unlink(missing_ok=True)
            return None
        return file
