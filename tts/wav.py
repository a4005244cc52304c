"""Sound in memory: RIFF WAV in and out, silence trimmed, levels set, the telephone's narrow band."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

PEAK = 32768 * 10 ** (-3 / 20)
"""Everything is levelled to a peak of −3 dB: loud, and room for what resampling adds."""

TELEPHONE_RATE = 8000
_SILENT = 330  # −40 dB: below it a voice has not begun
_LEAD = 0.02
_TAIL = 0.15
_BAND = (150.0, 250.0, 3400.0, 3900.0)


@dataclass(frozen=True, eq=False)
class Sound:
    """One channel of 16-bit samples at `rate` Hz."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    @property
    def peak(self) -> int:
        """The largest excursion, 0..32768."""
        return int(np.abs(self.samples.astype(np.int32)).max()) if len(self.samples) else 0


def parse(data: bytes) -> Sound:
    """A mono 16-bit PCM WAV, also one written to a pipe, whose sizes were not known in advance.

    Raises ValueError for anything else.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    rate = 0
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + size]
        if name == b"fmt ":
            rate = _rate(body)
        elif name == b"data" and rate:
            return Sound(np.frombuffer(body[: len(body) // 2 * 2], "<i2"), rate)
        position += 8 + size + size % 2
    raise ValueError("the WAV file is not whole")


def _rate(fmt: bytes) -> int:
    if len(fmt) < 16:
        raise ValueError("the WAV file is not whole")
    encoding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if (encoding, channels, bits) != (1, 1, 16) or not 4000 <= rate <= 192_000:
        raise ValueError("it is not mono 16-bit PCM")
    return int(rate)


def write(sound: Sound) -> bytes:
    """The sound as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(sound.samples.astype("<i2").tobytes())
    return out.getvalue()


def duration(path: Path) -> float | None:
    """Seconds of one of our own WAV files; None where it is missing or not whole (a power cut)."""
    try:
        with path.open("rb") as file:
            head = file.read(44)
        size = path.stat().st_size
    except OSError:
        return None
    if len(head) < 44 or head[:4] != b"RIFF":
        return None
    rate, declared = struct.unpack_from("<I", head, 24)[0], struct.unpack_from("<I", head, 40)[0]
    return declared / 2 / rate if rate and declared == size - 44 else None


def finish(sound: Sound) -> Sound:
    """Ready to be heard: silence before and after cut short, the peak at −3 dB."""
    loud = np.flatnonzero(np.abs(sound.samples.astype(np.int32)) > _SILENT)
    if not len(loud):
        return sound
    first = max(0, int(loud[0]) - round(_LEAD * sound.rate))
    last = int(loud[-1]) + round(_TAIL * sound.rate)
    return _levelled(sound.samples[first:last].astype(np.float64), sound.rate)


def for_telephone(sound: Sound) -> Sound:
    """8 kHz, band 250–3400 Hz, peak at −3 dB.

    Resampled in one Fourier transform: a sentence is short, numpy is here already for the charts, and unlike
    a `sox` process it needs no Debian package, no time limit and nothing that could hang.
    """
    return _levelled(_resampled(sound, TELEPHONE_RATE, _BAND), TELEPHONE_RATE)


def telephone_wav(samples: bytes, rate: int) -> bytes:
    """Mono 16-bit samples, little-endian, at `rate` Hz as a WAV for the telephone, levelled as speech is."""
    return write(for_telephone(Sound(np.frombuffer(samples, "<i2"), rate)))


def narrowed(sound: Sound) -> Sound:
    """8 kHz in the telephone's band, at the level it has: for what was made softer on purpose."""
    return _as_loud(_resampled(sound, TELEPHONE_RATE, _BAND), TELEPHONE_RATE)


def resampled(sound: Sound, rate: int) -> Sound:
    """The same at `rate` Hz, at the level it has; nothing above half the lower rate."""
    if sound.rate == rate:
        return sound
    top = min(sound.rate, rate) / 2
    return _as_loud(_resampled(sound, rate, (-2.0, -1.0, 0.95 * top, top)), rate)


def _as_loud(samples: npt.NDArray[np.float64], rate: int) -> Sound:
    return Sound(np.rint(np.clip(samples, -32768, 32767)).astype(np.int16), rate)


def _resampled(sound: Sound, rate: int, band: tuple[float, float, float, float]) -> npt.NDArray[np.float64]:
    divisor = int(np.gcd(sound.rate, rate))
    block, new_block = sound.rate // divisor, rate // divisor
    length = -(-len(sound.samples) // block) * block
    spectrum = np.fft.rfft(sound.samples.astype(np.float64), length)
    spectrum *= np.interp(np.fft.rfftfreq(length, 1 / sound.rate), band, (0.0, 1.0, 1.0, 0.0))
    new_length = length // block * new_block
    fitted = _fitted(spectrum, new_length // 2 + 1)
    return np.fft.irfft(fitted, new_length) * (new_length / length) if new_length else np.zeros(0)


def _fitted(spectrum: npt.NDArray[np.complex128], bins: int) -> npt.NDArray[np.complex128]:
    return np.pad(spectrum[:bins], (0, max(0, bins - len(spectrum))))


def _levelled(samples: npt.NDArray[np.float64], rate: int) -> Sound:
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    scaled = samples * (PEAK / peak) if peak else samples
    return Sound(np.rint(scaled).astype(np.int16), rate)
