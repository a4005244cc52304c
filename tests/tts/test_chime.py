"""The chime that needs no voice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from tts.chime import RATE, chime
from tts.wav import PEAK, parse, write


def test_the_chime_is_short_and_loud_and_the_same_every_time() -> None:
    """It comes before every call."""
    first = chime()
    assert 0.8 < first.seconds < 2
    assert abs(first.peak - PEAK) < 2
    assert np.array_equal(first.samples, chime().samples)


def test_it_falls_from_the_first_bell_to_the_second() -> None:
    """Ding, dong: 880 Hz, then 659 Hz; and it ends in silence, without a click."""
    samples = chime().samples.astype(float)
    assert _pitch(samples[: int(0.4 * RATE)]) == 880
    assert _pitch(samples[int(0.6 * RATE) :]) == 659
    assert abs(samples[-1]) < 50


def test_it_can_be_written_from_the_command_line(tmp_path: Path) -> None:
    """`python -m tts.chime OUT.wav`."""
    out = tmp_path / "chime.wav"
    subprocess.run([sys.executable, "-m", "tts.chime", str(out)], check=True, timeout=60)
    assert out.read_bytes() == write(chime())
    assert parse(out.read_bytes()).rate == RATE


def _pitch(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    time = np.arange(len(samples)) / RATE
    return max((659, 880), key=lambda hertz: abs(np.exp(-2j * np.pi * hertz * time) @ samples))
