"""The chimes before every call, made by code, one an urgency. `python -m tts.chime OUT.wav` writes one."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from tts.wav import PEAK, Sound, write

RATE = 22_050
_HIGH, _LOW, _SOFT = 880.0, 659.26, 523.25  # hertz: a″, e″, c″; heard over a ward's hum

Tone = Literal["none", "soft", "call", "urgent", "emergency"]

_BELLS: dict[Tone, tuple[tuple[float, float], ...]] = {
    "soft": ((0.0, _SOFT),),
    "call": ((0.0, _HIGH), (0.42, _LOW)),
    "urgent": tuple((0.22 * number, _LOW if number % 2 else _HIGH) for number in range(4)),
    "emergency": tuple((0.14 * number, _LOW if number % 3 == 2 else _HIGH) for number in range(9)),
}
"""Seconds and hertz of each bell. Two falling bells are a call; the faster they ring, the more urgent it is."""

_SOFTER = 10 ** (-9 / 20)
_PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))
_SECONDS: dict[Tone, float] = {"soft": 0.9, "call": 1.3, "urgent": 1.4, "emergency": 1.8}
_FADE: dict[Tone, float] = {"soft": 0.32, "call": 0.32, "urgent": 0.12, "emergency": 0.08}


@cache
def chime(tone: Tone = "call") -> Sound:
    """The chime, 22 050 Hz, peak −3 dB (`soft` −12 dB), 0.9 to 1.8 s, the same samples each time; `none` is empty."""
    if tone == "none":
        return Sound(np.zeros(0, np.int16), RATE)
    seconds, fade = _SECONDS[tone], _FADE[tone]
    time = np.arange(round(seconds * RATE)) / RATE
    total = np.zeros_like(time)
    for start, pitch in _BELLS[tone]:
        since = np.clip(time - start, 0.0, None)
        # A soft attack of 4 ms, or the loudspeaker clicks.
        envelope = np.minimum(since / 0.004, 1.0) * np.exp(-since / fade)
        total += envelope * sum(gain * np.sin(2 * np.pi * pitch * factor * since) for factor, gain in _PARTIALS)
    total *= np.minimum((seconds - time) / 0.05, 1.0)
    peak = PEAK * (_SOFTER if tone == "soft" else 1.0)
    return Sound(np.rint(total * (peak / np.abs(total).max())).astype(np.int16), RATE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tts.chime OUT.wav")
    Path(sys.argv[1]).write_bytes(write(chime()))
