"""What is in a recording."""

from __future__ import annotations

import copy
import io
import math
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

HEADER = 44
"""Bytes of a WAV file before its samples."""


class Recording:
    """A mono 16-bit WAV."""

    def __init__(self, data: bytes) -> None:
        with wave.open(io.BytesIO(data)) as file:
            assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
            self.rate: int = file.getframerate()
            frames = file.readframes(file.getnframes())
        self.samples: npt.NDArray[np.float64] = np.frombuffer(frames, "<i2").astype(np.float64)

    @classmethod
    def so_far(cls, file: Path) -> Recording:
        """What Asterisk has written by now into a file that it does not end yet; nothing if there is none."""
        data = file.read_bytes()[HEADER:] if file.exists() else b""
        made = io.BytesIO()
        with wave.open(made, "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(data[: len(data) // 2 * 2])
        return cls(made.getvalue())

    @property
    def last(self) -> float:
        """The level of its last second."""
        return self._level(self.samples[-self.rate :])

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    @property
    def level(self) -> float:
        """Root mean square, of 32768: 300 is a whisper."""
        return self._level(self.samples)

    def after(self, seconds: float) -> Recording:
        """What is heard from then on."""
        rest = copy.copy(self)
        rest.samples = self.samples[int(self.rate * seconds) :]
        return rest

    def sounding(self) -> float:
        """For how many seconds it is not silent."""
        return 0.25 * sum(tone != 0 for tone in self.tones())

    def tones(self, window: float = 0.25) -> list[int]:
        """The strongest frequency in Hz of each stretch of `window` seconds, 0 for a silent one."""
        size = int(self.rate * window)
        stretches = [self.samples[at : at + size] for at in range(0, len(self.samples) - size + 1, size)]
        return [self._strongest(stretch) for stretch in stretches]

    def seconds_of(self, tone: int, window: float = 0.25) -> float:
        """For how long `tone` was the strongest, within 10 Hz."""
        return window * sum(abs(heard - tone) <= 10 for heard in self.tones(window))

    @staticmethod
    def _level(samples: npt.NDArray[np.float64]) -> float:
        return math.sqrt(float(np.mean(samples**2))) if len(samples) else 0.0

    def _strongest(self, stretch: npt.NDArray[np.float64]) -> int:
        if np.abs(stretch).max() < 100:
            return 0
        spectrum = np.abs(np.fft.rfft(stretch * np.hanning(len(stretch))))
        strongest = int(spectrum.argmax())
        return round(strongest * self.rate / len(stretch))
