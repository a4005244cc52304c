"""A-law as ITU-T G.711 has it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tts.alaw import SILENCE, encode
from tts.wav import Sound

EVERY = np.arange(-32_768, 32_768).astype(np.int16)
OF_CPYTHON = "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"
"""SHA-256 of what `audioop.lin2alaw` of CPython 3.11 makes of every sample in order; later Pythons have none."""


def decode(byte: int) -> int:
    """A byte's sample by the book: even bits turned over, sign, segment, step, the middle of the step."""
    byte ^= 0x55
    segment, step = byte >> 4 & 7, byte & 15
    size = (step << 4) + 8 if segment == 0 else ((step << 4) + 0x108) << (segment - 1)
    return size if byte & 0x80 else -size


def test_every_sample_is_as_another_encoder_makes_it() -> None:
    """All 65 536."""
    assert hashlib.sha256(encode(Sound(EVERY, 8000))).hexdigest() == OF_CPYTHON


def test_what_is_heard_is_what_was_said() -> None:
    """Within half a step: 8 at silence, 3 % of the rest."""
    heard = np.array([decode(byte) for byte in encode(Sound(EVERY, 8000))])
    wrong = np.abs(heard - EVERY.astype(int))
    assert (wrong <= np.maximum(16, np.abs(EVERY.astype(int)) // 32 + 1)).all()


def test_silence_is_silence() -> None:
    """And another rate is a fault of ours."""
    assert encode(Sound(np.zeros(3, np.int16), 8000)) == bytes([SILENCE]) * 3
    with pytest.raises(ValueError, match="22050"):
        encode(Sound(EVERY, 22_050))
