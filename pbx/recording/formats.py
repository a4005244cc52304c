"""In what form sound is kept: blocks of bytes that can be decoded by themselves, both sides side by side.

Sound is 8000 samples a second, two channels, 16 bits; here an array of shape (samples, 2) and type `<i2`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from pbx.plan_recording import Format

Sound = npt.NDArray[np.int16]

RATE, CHANNELS = 8000, 2
WIDTH = 2 * CHANNELS
"""Octets of one moment of sound, both sides, as 16-bit PCM."""


@dataclass(frozen=True)
class Codec:
    """subtype: libsndfile's name. octets: of one side's block, which is `samples` long.

    remembers: its decoder carries what was before along; each block is then begun from nothing.
    """

    subtype: str
    octets: int
    samples: int
    remembers: bool = False

    @property
    def block(self) -> int:
        """Octets of a block of both sides."""
        return CHANNELS * self.octets

    @property
    def octets_an_hour(self) -> int:
        """What an hour of talk takes."""
        return 3600 * RATE // self.samples * self.block

    def encode(self, sound: Sound) -> bytes:
        """Whole blocks: what is missing at the end is silence."""
        short = -len(sound) % self.samples
        whole = np.concatenate([sound, np.zeros((short, CHANNELS), "<i2")]) if short else sound
        blocks = len(whole) // self.samples
        sides = [np.frombuffer(self._encode(whole[:, side]), "u1") for side in range(CHANNELS)]
        laid = [side[: blocks * self.octets].reshape(blocks, self.octets) for side in sides]
        return np.concatenate(laid, axis=1).tobytes()

    def decode(self, data: bytes) -> Sound:
        """The sound of whole blocks."""
        blocks = np.frombuffer(data, "u1").reshape(-1, self.block)
        sides = [self._decode(blocks[:, side * self.octets : (side + 1) * self.octets]) for side in range(CHANNELS)]
        return np.stack(sides, axis=1)

    def _encode(self, side: Sound) -> bytes:
        step = self.samples if self.remembers else len(side)
        return b"".join(self._encoded(side[at : at + step]) for at in range(0, len(side), step or 1))

    def _encoded(self, side: Sound) -> bytes:
        written = io.BytesIO()
        soundfile.write(written, np.ascontiguousarray(side), RATE, format="RAW", subtype=self.subtype)
        return written.getvalue()

    def _decode(self, blocks: npt.NDArray[np.uint8]) -> Sound:
        step = 1 if self.remembers else len(blocks)
        pieces = [self._decoded(blocks[at : at + step]) for at in range(0, len(blocks), step or 1)]
        return np.concatenate(pieces) if pieces else np.zeros(0, "<i2")

    def _decoded(self, blocks: npt.NDArray[np.uint8]) -> Sound:
        raw = io.BytesIO(blocks.tobytes())
        read, _ = soundfile.read(raw, dtype="int16", format="RAW", subtype=self.subtype, samplerate=RATE, channels=1)
        return np.asarray(read, "<i2")


CODECS: Mapping[Format, Codec] = {
    "pcm16": Codec("PCM_16", 2, 1),
    "pcm8": Codec("PCM_U8", 1, 1),
    "alaw": Codec("ALAW", 1, 1),
    "ulaw": Codec("ULAW", 1, 1),
    # A hundred frames of 20 ms, so that a listener who seeks hears the same as one who does not.
    "gsm": Codec("GSM610", 33 * 100, 160 * 100, remembers=True),
}


def wave_head(samples: int) -> bytes:
    """The 44 octets before `samples` moments of 16-bit stereo PCM in a WAV file."""
    size = samples * WIDTH
    fields = (b"RIFF", (36 + size) & 0xFFFFFFFF, b"WAVE", b"fmt ", 16, 1, CHANNELS, RATE, RATE * WIDTH, WIDTH, 16)
    out = b""
    for field in fields:
        out += field if isinstance(field, bytes) else field.to_bytes(_WIDTHS[len(out)], "little")
    return out + b"data" + (size & 0xFFFFFFFF).to_bytes(4, "little")


_WIDTHS = {4: 4, 16: 4, 20: 2, 22: 2, 24: 4, 28: 4, 32: 2, 34: 2}
