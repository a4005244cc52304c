"""Sounds that need no voice: who comes, who goes, the beep before a recording, and music for who waits.

Made by code, so that nobody's rights are in them. 8 kHz mono WAV of 16 bits, as telephones are played to.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.foundation import durable

RATE = 8000
_LOUD = 9000
_FADE = 0.006

# Seconds and hertz of each note.
_COMES = ((0.12, 660), (0.18, 880))
_GOES = ((0.12, 880), (0.18, 660))
_BEEP = ((0.35, 950),)
_REFUSED = ((0.2, 440), (0.1, 0), (0.2, 440))
_WAITING = (523, 659, 784, 1047, 784, 659, 587, 698, 880, 1175, 880, 698, 494, 587, 784, 988, 784, 587, 523, 659, 784)
_LINGER = 0.55


class Tones:
    """Sound files in `directory`, made when first wanted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def comes(self) -> Path:
        """Somebody has come in."""
        return self._kept("comes", _COMES)

    def goes(self) -> Path:
        """Somebody has gone."""
        return self._kept("goes", _GOES)

    def beep(self) -> Path:
        """Speak after this."""
        return self._kept("beep", _BEEP)

    def refused(self) -> Path:
        """That cannot be."""
        return self._kept("refused", _REFUSED)

    def music(self) -> Path:
        """A quarter of a minute for who waits; it goes round."""
        file = self._directory / "music.wav"
        if not file.exists():
            self._write(file, _bells())
        return file

    def _kept(self, name: str, notes: Sequence[tuple[float, int]]) -> Path:
        file = self._directory / f"{name}.wav"
        if not file.exists():
            self._write(file, np.concatenate([_note(seconds, pitch) for seconds, pitch in notes]))
        return file

    def _write(self, file: Path, samples: npt.NDArray[np.float64]) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        with wave.open(str(fresh), "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", ""))
            sound.writeframes(np.rint(samples * _LOUD).astype("<i2").tobytes())
        durable.settle(fresh, file)


def _note(seconds: float, pitch: int) -> npt.NDArray[np.float64]:
    time = np.arange(round(seconds * RATE)) / RATE
    edge = np.clip(np.minimum(time, seconds - time) / _FADE, 0, 1)
    sound: npt.NDArray[np.float64] = np.sin(2 * np.pi * pitch * time) * edge
    return sound


def _bells() -> npt.NDArray[np.float64]:
    whole = np.zeros(round((len(_WAITING) * _LINGER + 3) * RATE))
    for number, pitch in enumerate(_WAITING):
        begin = round(number * _LINGER * RATE)
        since = np.arange(len(whole) - begin) / RATE
        struck = np.minimum(since / _FADE, 1) * np.exp(-since / 0.9)
        whole[begin:] += 0.3 * struck * (np.sin(2 * np.pi * pitch * since) + 0.3 * np.sin(4 * np.pi * pitch * since))
    ending: npt.NDArray[np.float64] = whole * np.minimum((len(whole) - np.arange(len(whole))) / RATE, 1)
    return ending
