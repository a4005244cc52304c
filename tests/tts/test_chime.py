"""The chime that needs no voice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from tts.chime import RATE, chime
from tts.wav import PEAK, Sound, parse, write


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


def test_each_urgency_sounds_different() -> None:
    """The more urgent, the more bells in the same time; a soft one is softer; none is nothing."""
    assert [_bells(chime(tone)) for tone in ("soft", "call", "urgent", "emergency")] == [1, 2, 4, 9]
    assert chime("soft").peak < chime("call").peak / 2
    assert chime("none").seconds == 0
    assert all(chime(tone).seconds < 2 for tone in ("soft", "call", "urgent", "emergency"))


def test_it_can_be_written_from_the_command_line(tmp_path: Path) -> None:
    """`python -m tts.chime OUT.wav`."""
    out = tmp_path / "chime.wav"
    subprocess.run([sys.executable, "-m", "tts.chime", str(out)], check=True, timeout=60)
    assert out.read_bytes() == write(chime())
    assert parse(out.read_bytes()).rate == RATE


def _bells(sound: Sound) -> int:
    """How often it gets suddenly louder."""
    window = RATE // 100
    loud = np.abs(sound.samples[: len(sound.samples) // window * window].astype(float)).reshape(-1, window).max(axis=1)
    return 1 + int((loud[1:] > 1.3 * np.maximum(loud[:-1], 200)).sum())


def _pitch(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    time = np.arange(len(samples)) / RATE
    return max((659, 880), key=lambda hertz: abs(np.exp(-2j * np.pi * hertz * time) @ samples))
