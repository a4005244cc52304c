"""Every form of keeping holds both sides apart, and is read from any block on."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from pbx.plan_recording import Format
from pbx.recording.formats import CODECS, RATE, Sound, wave_head

LEFT, RIGHT = 440, 1000


def two_tones(seconds: float) -> Sound:
    """One tone a side."""
    at = np.arange(int(RATE * seconds)) / RATE
    sides = [8000 * np.sin(2 * np.pi * tone * at) for tone in (LEFT, RIGHT)]
    return np.stack(sides, axis=1).astype("<i2")


def strongest(side: Sound) -> int:
    """Hz."""
    spectrum = np.abs(np.fft.rfft(side * np.hanning(len(side))))
    return round(int(spectrum.argmax()) * RATE / len(side))


@pytest.mark.parametrize("form", CODECS)
def test_both_sides_are_kept_apart(form: Format) -> None:
    """Left and right come out as they went in, and as loud."""
    codec, sound = CODECS[form], two_tones(3.3)
    heard = codec.decode(codec.encode(sound))[: len(sound)]
    assert [strongest(heard[:, side]) for side in (0, 1)] == [LEFT, RIGHT]
    loud = [np.abs(heard[:, side]).mean() / np.abs(sound[:, side]).mean() for side in (0, 1)]
    assert loud == pytest.approx([1, 1], abs=0.1)


@pytest.mark.parametrize("form", CODECS)
def test_who_seeks_hears_the_same(form: Format) -> None:
    """Blocks from the middle decode as they do in the whole."""
    codec = CODECS[form]
    data = codec.encode(two_tones(7))
    assert len(data) % codec.block == 0
    skipped = RATE * 4 // codec.samples
    whole, rest = codec.decode(data), codec.decode(data[skipped * codec.block :])
    assert np.array_equal(whole[skipped * codec.samples :], rest)


@pytest.mark.parametrize("form", CODECS)
def test_nothing_is_nothing(form: Format) -> None:
    """A recording in which there was no sound."""
    codec = CODECS[form]
    assert codec.decode(codec.encode(np.zeros((0, 2), "<i2"))).shape == (0, 2)


def test_a_hundred_gigabytes_hold_four_thousand_hours() -> None:
    """In the smallest form, both sides apart."""
    assert 100e9 / CODECS["gsm"].octets_an_hour > 4000


def test_the_head_is_that_of_a_wav_file() -> None:
    """As another program reads it."""
    sound = two_tones(0.1)
    with wave.open(io.BytesIO(wave_head(len(sound)) + sound.tobytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        assert file.readframes(file.getnframes()) == sound.tobytes()
