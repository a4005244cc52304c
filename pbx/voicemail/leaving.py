"""A caller leaves a message: greeting, beep, message, then it can be heard, spoken anew, or just kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation.values import HungUp, new_id
from pbx.tones import Tones
from pbx.voicemail.words import Words, digits

SILENCE = timedelta(seconds=8)
PATIENCE = timedelta(seconds=6)
SHORTEST = 1.0
"""Seconds: less is a click, or somebody who thought better of it."""
TAKES = 5

GREETING = "Extension {digits} cannot take the call. Please speak after the tone, then press the hash key."
FULL = "This mailbox is full. Goodbye."
THEN = "To keep the message, hang up or press 1. To hear it, press 2. To speak it anew, press 3."
NOTHING = "Nothing was recorded. Please speak after the tone."
KEPT = "Your message is kept. Goodbye."


class Caller(Protocol):
    """Whoever leaves a message; `pbx.party.Party` by shape. All raise HungUp, but for who hangs up while recorded."""

    async def play(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None: ...
    async def collect(self, sounds: Sequence[Path], digits: int | None, timeout: timedelta) -> str: ...
    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float: ...


@dataclass(frozen=True)
class Taken:
    """A recording that its caller lets stand."""

    id: str
    file: Path
    seconds: float


class Leaving:
    """recordings: where the exchange puts what it records. underway: files that are being recorded now."""

    def __init__(self, recordings: Path, words: Words, tones: Tones) -> None:
        self._recordings = recordings
        self._words = words
        self._tones = tones
        self.underway: set[Path] = set()

    @property
    def place(self) -> Path:
        """Where messages are while they are spoken."""
        return self._recordings / "voicemail"

    async def greet(self, caller: Caller, mailbox: str, greeting: Path) -> None:
        """The owner's own words, or the usual ones. Raises HungUp."""
        own = [greeting] if greeting.exists() else await self._words(GREETING, digits=digits(mailbox))
        # Who knows it presses a key.
        await caller.play(own or [self._tones.comes()], barge_in=True)

    async def take(self, caller: Caller, mailbox: str, who: str, longest: timedelta) -> Taken | None:
        """Record until they are content; who hangs up is content. None where they said nothing."""
        for _ in range(TAKES):
            taken = await self._once(caller, mailbox, who, longest)
            try:
                if taken is None:
                    await caller.play(await self._words(NOTHING))
                elif await self._content(caller, taken):
                    return taken
                else:
                    self.drop(taken)
            except HungUp:
                return taken
        return None

    async def _once(self, caller: Caller, mailbox: str, who: str, longest: timedelta) -> Taken | None:
        identity = new_id()
        # A next life reads whose it is from the name.
        name = f"{mailbox}_{who or 'hidden'}_{identity}"
        file = self.place / f"{name}.wav"
        # Asterisk makes no directories for it.
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.underway.add(file)
        try:
            seconds = await caller.record(f"voicemail/{name}", longest, silence=SILENCE, beep=self._tones.beep())
        except HungUp:
            seconds = 0.0
        taken = Taken(identity, file, seconds)
        if seconds < SHORTEST or not file.exists():
            self.drop(taken)
            return None
        return taken

    async def _content(self, caller: Caller, taken: Taken) -> bool:
        menu = await self._words(THEN)
        while True:
            key = await caller.collect(menu, 1, PATIENCE)
            if key == "2":
                await caller.play([taken.file])
            else:
                return key != "3"

    def drop(self, taken: Taken) -> None:
        """It is not wanted."""
        taken.file.unlink(missing_ok=True)
        self.underway.discard(taken.file)

    def left(self) -> list[tuple[Path, str, str]]:
        """Recordings that a life before left: file, mailbox, caller."""
        found = []
        for file in sorted(self.place.glob("*_*_*.wav")) if self.place.is_dir() else []:
            mailbox, who, _ = file.stem.split("_", 2)
            if file not in self.underway:
                found.append((file, mailbox, "" if who == "hidden" else who))
        return found
