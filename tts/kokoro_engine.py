"""Kokoro in a process that may hang, die or be slow: niced, one thread, fed and killed by `tts.voice_worker`.

It takes and gives the same lines as `tts.voice_engine`, the other engine. `voice` is one of the model's, such as
`zf_xiaobei`; those that begin with z read pinyin, the others English.

    python -m tts.kokoro_engine SCRATCH MODEL
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Its makers' builds for Linux give the box an identity and report to them, unless this is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

from tts.engine_process import EngineError, run
from tts.kokoro import chinese, clauses, english, tokens
from tts.kokoro_model import Model
from tts.voice import RATE
from tts.wav import Sound, resampled, write

OWN_RATE = 24_000
NORMAL = 160
"""Words a minute that are its own speed."""

PHONEMES_LATE = 5.0
"""Seconds espeak-ng may take for the phonemes of a clause; 10 ms is usual."""


class Engine:
    """The model, loaded. One thread: it makes sentences for later while others wait for the processor."""

    def __init__(self, model: Model) -> None:
        self._model = model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model.network), options, providers=["CPUExecutionProvider"])
        self._vocabulary: dict[str, int] = json.loads(model.vocabulary.read_text("utf-8"))["vocab"]
        self._styles: dict[str, npt.NDArray[np.float32]] = {}

    def render(self, text: str, voice: str, speed: int, out: Path) -> int:
        """Write `text` to `out` (new, whole or not at all), 22 050 Hz; returns its frames. Raises EngineError."""
        phonemes = chinese(text) if voice.startswith("z") else _english(text)
        runs = tokens(phonemes, self._vocabulary)
        if not re.search("[a-z]", text, re.IGNORECASE) or not runs:
            raise EngineError("there is nothing to say")
        said = np.concatenate([self._said(run, self._style(voice), speed) for run in runs])
        whole = np.rint(np.clip(said, -1, 1) * 32_767).astype(np.int16)
        sound = resampled(Sound(whole, OWN_RATE), RATE)
        part = out.with_suffix(".part")
        try:
            part.write_bytes(write(sound))
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        return len(sound.samples)

    def _said(self, run: list[int], styles: npt.NDArray[np.float32], speed: int) -> npt.NDArray[np.float32]:
        asked = {
            "tokens": np.array([[0, *run, 0]], np.int64),
            "style": styles[len(run)],
            "speed": np.array([speed / NORMAL], np.float32),
        }
        said: npt.NDArray[np.float32] = np.asarray(self._session.run(None, asked)[0], np.float32).ravel()
        return said

    def _style(self, voice: str) -> npt.NDArray[np.float32]:
        if voice not in self._styles:
            path = self._model.voice(voice)
            if not path.is_file():
                raise EngineError(f"there is no voice {voice!r}")
            self._styles[voice] = np.fromfile(path, "<f4").reshape(510, 1, 256)
        return self._styles[voice]


def _english(text: str) -> str:
    return " ".join(english(_ipa(clause)) + mark for clause, mark in clauses(text))


def _ipa(clause: str) -> str:
    command = ["espeak-ng", "-v", "en-us", "-q", "--ipa", "--tie=^", "--stdin"]
    try:
        done = subprocess.run(command, input=clause, text=True, capture_output=True, timeout=PHONEMES_LATE, check=True)
    except (OSError, subprocess.SubprocessError) as why:
        raise EngineError(f"espeak-ng gave no phonemes: {why}") from why
    return " ".join(done.stdout.split())


def main() -> None:
    """`python -m tts.kokoro_engine SCRATCH MODEL`."""
    os.nice(19)
    run(lambda _scratch: Engine(Model(Path(sys.argv[2]))).render)


if __name__ == "__main__":
    main()
