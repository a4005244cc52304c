"""The chime before every call: two falling bells, made by code. `python -m tts.chime OUT.wav` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tts.wav import PEAK, Sound, write

RATE = 22_050
_BELLS = ((0.0, 880.0), (0.42, 659.26))  # seconds, hertz: a″ and e″, heard over a ward's hum
_PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))
_SECONDS = 1.3
_FADE = 0.32


def chime() -> Sound:
    """The chime, 22 050 Hz, peak −3 dB, 1.3 s; every run makes the same samples."""
    time = np.arange(round(_SECONDS * RATE)) / RATE
    total = np.zeros_like(time)
    for start, pitch in _BELLS:
        since = np.clip(time - start, 0.0, None)
        # A soft attack of 4 ms, or the loudspeaker clicks.
        envelope = np.minimum(since / 0.004, 1.0) * np.exp(-since / _FADE)
        total += envelope * sum(gain * np.sin(2 * np.pi * pitch * factor * since) for factor, gain in _PARTIALS)
    total *= np.minimum((_SECONDS - time) / 0.05, 1.0)
    return Sound(np.rint(total * (PEAK / np.abs(total).max())).astype(np.int16), RATE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tts.chime OUT.wav")
    Path(sys.argv[1]).write_bytes(write(chime()))
