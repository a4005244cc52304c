"""pyttsx3 in a process that may hang or crash: `tts.voice_worker` starts it, feeds it jobs and kills it.

Its jobs and answers are those of `tts.engine_process`.

    python -m tts.voice_engine SCRATCH
"""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Any

import pyttsx3
from pyttsx3.drivers import _espeak

from tts.engine_process import EngineError, Render, run

LONGEST = 4000
_CURRENT = 1


class Engine:
    """One pyttsx3 engine, its traps made errors."""

    def __init__(self) -> None:
        self._faults: list[Exception] = []
        self._engine: Any = pyttsx3.init("espeak")
        self._engine.connect("error", lambda name, exception: self._faults.append(exception))

    def prime(self, scratch: Path) -> None:
        """The first `runAndWait()` of a process returns before its file is there: spend it on a throw-away."""
        out = scratch / f"prime-{os.getpid()}.wav"
        for _ in range(2):
            self._engine.save_to_file("one", str(out))
            self._engine.runAndWait()
        out.unlink(missing_ok=True)

    def render(self, text: str, voice: str, speed: int, out: Path) -> int:
        """Write `text` to `out` (new, whole or not at all); returns its number of frames. Raises EngineError."""
        if not text.strip() or len(text) > LONGEST:
            raise EngineError("empty text" if not text.strip() else "the text is too long")
        self._faults.clear()
        part = out.with_suffix(".part")
        try:
            # Where it cannot write it hangs for ever: find out before it does.
            part.write_bytes(b"")
            part.unlink()
            self._save(text, voice, speed, part)
            frames = _frames(part)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        return frames

    def _save(self, text: str, voice: str, speed: int, part: Path) -> None:
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", speed)
        # espeak's own thread sets the rate; without waiting for it, sentences come at the speed of an earlier one.
        _espeak.Synchronize()
        self._engine.save_to_file(text, str(part))
        self._engine.runAndWait()
        if self._faults:
            raise EngineError(str(self._faults[0]))
        if self._engine.getProperty("voice") != voice:
            raise EngineError(f"there is no voice {voice!r}")
        if _espeak.dll.espeak_GetParameter(_espeak.RATE, _CURRENT) != speed:
            raise EngineError(f"the speed is not {speed}")


def _frames(part: Path) -> int:
    try:
        with wave.open(str(part), "rb") as file:
            frames = file.getnframes()
            whole = len(file.readframes(frames)) == 2 * frames
    except (OSError, EOFError, wave.Error) as why:
        raise EngineError(f"no sound was written: {why}") from why
    if not frames or not whole:
        raise EngineError("the sound is not whole")
    return frames


def begin(scratch: Path) -> Render:
    """The engine, primed."""
    engine = Engine()
    engine.prime(scratch)
    return engine.render


if __name__ == "__main__":
    run(begin)
