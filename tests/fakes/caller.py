"""Somebody on the line who presses what a test says, and remembers what they heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from appliance.foundation.values import HungUp, Language


class FakeCaller:
    """keys: pressed one after another; "" lets the time run out, "hang-up" hangs up. `heard` is every sound's name."""

    def __init__(self, keys: Sequence[str] = (), extension: str = "8001") -> None:
        self.call = "c1"
        self.extension = extension
        self.channel = "1.1"
        self.keys = list(keys)
        self.heard: list[str] = []
        self.barged: list[bool] = []
        self.answered = self.hung_up = False
        self.speaks: list[float] = []
        self.before_key: Callable[[], object] = lambda: None

    async def answer(self) -> None:
        self.answered = True

    async def play(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None:
        self._there()
        self.heard += [sound.name for sound in sounds]

    async def key(self, sounds: Sequence[Path], timeout: timedelta, *, barge_in: bool = True) -> str:
        await self.play(sounds)
        self.barged.append(barge_in)
        self.before_key()
        key = self.keys.pop(0) if self.keys else "hang-up"
        if key == "hang-up":
            self.hung_up = True
            raise HungUp
        return key

    async def collect(
        self, sounds: Sequence[Path], digits: int | None, timeout: timedelta, *, also_ends: str = ""
    ) -> str:
        gathered = ""
        while digits is None or len(gathered) < digits:
            key = await self.key(sounds, timeout)
            if key in ("", "#"):
                break
            gathered, sounds = gathered + key, []
        return gathered

    async def record(
        self, name: str, longest: timedelta, *, silence: timedelta | None = None, beep: Path | None = None
    ) -> float:
        self._there()
        return self.speaks.pop(0) if self.speaks else 0.0

    async def hang_up(self, cause: int = 16) -> None:
        self.hung_up = True

    def _there(self) -> None:
        if self.hung_up:
            raise HungUp


class FakePrompts:
    """Says a sentence as a file of that name; `down` has no voice."""

    def __init__(self) -> None:
        self.down = False

    async def prompt(self, text: str, language: Language) -> Path | None:
        return None if self.down else Path(f"{language}:{text}")
