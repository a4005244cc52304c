"""What every engine's process does: one job after another from standard input, its answers on standard output.

A job is a line of JSON, `{"text", "voice", "speed", "out"}`; the answer a line, `{"frames"}` or `{"error"}`. Before
the first job it says `{"ready": true}`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_PR_SET_PDEATHSIG = 1

Render = Callable[[str, str, int, Path], int]
"""Text, voice, speed and the file to write → its frames. Raises EngineError, OSError."""


class EngineError(Exception):
    """The engine did not write what it was asked to."""


def run(begin: Callable[[Path], Render]) -> None:
    """Serve until standard input ends. begin: starts the engine, given the scratch directory (first argument)."""
    # Also when it hangs inside a library and its worker is killed, it must not stay.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Engines print; keep the way back clean.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        _serve(sys.stdin, answers, begin(Path(sys.argv[1])))


def _serve(jobs: TextIO, answers: TextIO, render: Render) -> None:
    _answer(answers, {"ready": True})
    for line in jobs:
        job = json.loads(line)
        try:
            _answer(answers, {"frames": render(job["text"], job["voice"], job["speed"], Path(job["out"]))})
        except (EngineError, OSError) as why:
            _answer(answers, {"error": str(why)})


def _answer(answers: TextIO, message: dict[str, object]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
