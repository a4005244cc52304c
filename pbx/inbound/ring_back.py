"""Sounds of the hospital that callers hear while it rings (彩铃): uploaded ones, and one of our own tones."""

from __future__ import annotations

import io
import math
import re
import struct
import wave
from pathlib import Path

from appliance.foundation import durable
from pbx.plan_inbound import RING_BACK

RATE = 8000
SAMPLE = "bell"
"""The name of our own."""

# A broken chord and back, in Hz, half a second a note; then as long a rest: nobody's melody, nobody's licence.
_NOTES = (523.25, 659.25, 783.99, 1046.5, 783.99, 659.25)
_NOTE, _REST, _LEVEL = 0.5, 3.0, 6000


class Sounds:
    """tones: where ours is made. uploaded: where recordings of the panel lie, 8 kHz mono WAVs."""

    def __init__(self, tones: Path, uploaded: Path) -> None:
        self._tones, self._uploaded = tones, uploaded

    def find(self, name: str) -> Path | None:
        """The sound of that name; None where there is none."""
        if not re.fullmatch(RING_BACK, name):
            return None
        if name.endswith(".wav"):
            file = self._uploaded / name
            return file if file.is_file() else None
        return self._own() if name == SAMPLE else None

    def _own(self) -> Path:
        file = self._tones / f"ring-back-{SAMPLE}.wav"
        if not file.exists():
            self._tones.mkdir(parents=True, exist_ok=True)
            durable.write(file, melody())
        return file


def melody() -> bytes:
    """Our own sound, as a WAV file: bell-like notes that die away, made here."""
    samples: list[int] = []
    for note in _NOTES:
        for n in range(int(RATE * _NOTE)):
            time = n / RATE
            strength = _LEVEL * math.exp(-4 * time) * min(1.0, time / 0.005)
            samples.append(round(strength * math.sin(2 * math.pi * note * time)))
    samples += [0] * int(RATE * _REST)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()
