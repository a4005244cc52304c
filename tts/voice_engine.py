"""pyttsx3 in a process that may hang or crash: `tts.voice_worker` starts it, feeds it jobs and kills it.

A job is a line of JSON on standard input, `{"text", "voice", "speed", "out"}`; the answer a line on standard
output, `{"frames"}` or `{"error"}`. Before the first job it says `{"ready": true}`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import wave
from pathlib import Path
from typing import Any, TextIO

import pyttsx3
from pyttsx3.drivers import _espeak

LONGEST = 4000
_PR_SET_PDEATHSIG = 1
_CURRENT = 1


class EngineError(Exception):
    """pyttsx3 did not write what it was asked to."""


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


def serve(jobs: TextIO, answers: TextIO, scratch: Path) -> None:
    """Render one job after another until `jobs` ends."""
    engine = Engine()
    engine.prime(scratch)
    _answer(answers, {"ready": True})
    for line in jobs:
        job = json.loads(line)
        try:
            frames = engine.render(job["text"], job["voice"], job["speed"], Path(job["out"]))
            _answer(answers, {"frames": frames})
        except (EngineError, OSError) as why:
            _answer(answers, {"error": str(why)})


def _answer(answers: TextIO, message: dict[str, object]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def main() -> None:
    """`python -m tts.voice_engine SCRATCH`."""
    # Also when it hangs inside the library and its worker is killed, it must not stay.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # pyttsx3 prints; keep the way back clean.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        serve(sys.stdin, answers, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
