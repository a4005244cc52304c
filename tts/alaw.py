"""G.711 A-law, what paging loudspeakers and telephones take: one byte for each of 8000 samples a second."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from tts.wav import TELEPHONE_RATE, Sound

SILENCE = 0xD5


def encode(sound: Sound) -> bytes:
    """A sound of 8000 Hz as A-law. Raises ValueError for another rate."""
    if sound.rate != TELEPHONE_RATE:
        raise ValueError(f"{sound.rate} Hz is not the telephone's rate")
    return _table()[sound.samples.view(np.uint16)].tobytes()


@cache
def _table() -> npt.NDArray[np.uint8]:
    """The byte of every 16-bit sample, by the sample as an unsigned number."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3  # 13 bits
    negative = samples < 0
    size = np.where(negative, -samples - 1, samples)
    segment = np.searchsorted([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF], size, side="left")
    step = (size >> np.maximum(segment, 1)) & 0x0F
    # Even bits are turned over on the wire; the sign bit is set for positive samples.
    return ((segment << 4 | step) ^ np.where(negative, 0x55, 0xD5)).astype(np.uint8)
