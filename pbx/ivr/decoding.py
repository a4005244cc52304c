"""A sound file as people have it, WAV or what else a computer plays, as plain samples."""

from __future__ import annotations

import io
import wave

import numpy as np

LONGEST = 30 * 60
"""Seconds."""
LONGEST_PACKED = 10 * 60
"""Seconds of a file that is packed: a small one may unpack to more than this box has memory for."""


class Unfit(ValueError):
    """The file cannot be used. Its text is an English message id."""


def mono(data: bytes) -> tuple[bytes, int]:
    """16-bit mono samples and their rate, of a WAV, MP3, FLAC or OGG file. Raises Unfit."""
    return _plain(data) if data[:4] == b"RIFF" else _packed(data)


def _plain(data: bytes) -> tuple[bytes, int]:
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as why:
        raise Unfit("That is no WAV file of plain samples (PCM).") from why
    _fits(channels, rate)
    if width == 1:
        samples = (np.frombuffer(frames, np.uint8).astype(np.int32) - 128) << 8
    elif width == 2:
        samples = np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.int32)
    elif width == 3:
        octets = np.frombuffer(frames[: len(frames) // 3 * 3], np.uint8).reshape(-1, 3).astype(np.int32)
        samples = (octets[:, 0] | octets[:, 1] << 8 | octets[:, 2] << 16) << 8 >> 16
    else:
        raise Unfit("The recording should have 8, 16 or 24 bits a sample.")
    if channels == 2:
        samples = samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)
    return samples.astype("<i2").tobytes(), rate


def _packed(data: bytes) -> tuple[bytes, int]:
    import soundfile  # loads a library, which is seldom wanted

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _fits(file.channels, file.samplerate)
            if file.frames > LONGEST_PACKED * file.samplerate:
                raise Unfit("The recording is longer than ten minutes.")
            samples = file.read(frames=LONGEST_PACKED * file.samplerate, dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as why:
        raise Unfit("That is no sound file that can be read: WAV, MP3, FLAC or OGG.") from why
    return samples.astype(np.int32).mean(axis=1).astype("<i2").tobytes(), int(file.samplerate)


def _fits(channels: int, rate: int) -> None:
    if channels not in (1, 2) or not 4000 <= rate <= 192_000:
        raise Unfit("The recording should be mono or stereo, 4 to 192 kHz.")
