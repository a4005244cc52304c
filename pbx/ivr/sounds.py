"""Recordings that menus play: uploaded, checked, made fit for the telephone, named by their content."""

from __future__ import annotations

import hashlib
import re
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from appliance.foundation import durable
from pbx.ivr.decoding import LONGEST, Unfit, mono

RATE = 8000


class Narrow(Protocol):
    """Makes 16-bit mono samples at a rate into a WAV for the telephone, 8 kHz; `tts.wav` can."""

    def __call__(self, samples: bytes, rate: int) -> bytes: ...


@dataclass(frozen=True)
class Recorded:
    """A recording that is kept."""

    file: str
    seconds: float


class Sounds:
    """Files in `directory`. One is never changed: plans of long ago still find theirs."""

    def __init__(self, directory: Path, narrow: Narrow) -> None:
        self._directory, self._narrow = directory, narrow

    def keep(self, name: str, data: bytes) -> Recorded:
        """Check, convert and keep an upload. name: as the browser said it. Raises Unfit, OSError."""
        samples, rate = mono(data)
        seconds = len(samples) / 2 / rate
        if seconds < 0.1:
            raise Unfit("The recording is empty.")
        if seconds > LONGEST:
            raise Unfit("The recording is longer than half an hour.")
        sound = self._narrow(samples, rate)
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).stem).strip("-")[:40] or "recording"
        file = f"{stem}-{hashlib.sha256(sound).hexdigest()[:10]}.wav"
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(self._directory / file, sound)
        return Recorded(file, seconds)

    def every(self) -> list[Recorded]:
        """All that are kept, by name."""
        files = self._directory.glob("*.wav") if self._directory.is_dir() else ()
        return [Recorded(file.name, _seconds(file)) for file in sorted(files) if self.find(file.name)]

    def find(self, file: str) -> Path | None:
        """Where a recording is; None for what is none of ours."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}\.wav", file):
            return None
        path = self._directory / file
        return path if path.is_file() else None


def _seconds(file: Path) -> float:
    """How long it plays; 0 for what is no sound of ours."""
    try:
        with wave.open(str(file)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, OSError):
        return 0.0
