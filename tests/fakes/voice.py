"""A voice without an engine: a hum as long as the sentence; it fails or waits when told to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from twisted.internet.defer import Deferred

from appliance.foundation.values import Language
from tts.voice import RATE, Spoken, VoiceFailed, sayable
from tts.wav import Sound

SYLLABLE = 0.25


class FakeVoice:
    """Set `broken` to make it fail, `well` to say it is away, `held` to make it wait until `release`."""

    def __init__(self, name: str = "fake", pitch: float = 220.0) -> None:
        self.name = name
        self.well = True
        self.broken: str | None = None
        self.held = False
        self.asked: list[Spoken] = []
        self._pitch = pitch
        self._waiting: list[Deferred[None]] = []

    def start(self) -> None:
        """Nothing to find."""

    def stop(self) -> None:
        """Nothing to let go of."""

    def choose(self, voices: Mapping[Language, str]) -> None:
        """It has one voice only."""

    def release(self) -> None:
        """Let the sentence that has waited longest be said."""
        self._waiting.pop(0).callback(None)

    async def render(self, spoken: Spoken) -> Sound:
        self.asked.append(spoken)
        if self.held:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            await waiting
        if self.broken is not None:
            raise VoiceFailed(self.broken)
        sayable(spoken)
        time = np.arange(round(RATE * SYLLABLE * max(1, spoken.syllables))) / RATE
        return Sound(np.rint(12_000 * np.sin(2 * np.pi * self._pitch * time)).astype(np.int16), RATE)
