"""Sound in memory: files, silence, levels, the telephone's band."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.wav import PEAK, TELEPHONE_RATE, Sound, duration, finish, for_telephone, parse, write

RATE = 22_050


def tone(hertz: float, seconds: float = 1.0, level: float = 10_000, rate: int = RATE) -> npt.NDArray[np.float64]:
    wave: npt.NDArray[np.float64] = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return wave


def sound(samples: npt.NDArray[np.float64]) -> Sound:
    return Sound(np.rint(samples).astype(np.int16), RATE)


def strength(heard: Sound, hertz: float) -> float:
    """The amplitude of one frequency in `heard`."""
    time = np.arange(len(heard.samples)) / heard.rate
    return float(2 * abs(np.mean(heard.samples * np.exp(-2j * np.pi * hertz * time))))


def test_what_is_written_is_read_back() -> None:
    """Sample for sample."""
    said = sound(tone(440, 0.1))
    read = parse(write(said))
    assert read.rate == RATE
    assert np.array_equal(read.samples, said.samples)


def test_others_can_read_it() -> None:
    """The standard library's reader sees mono, 16 bit, the rate, every frame."""
    with wave.open(io.BytesIO(write(sound(tone(440, 0.1))))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, RATE, 2205)


def test_a_wav_from_a_pipe_is_read_to_its_end() -> None:
    """espeak-ng cannot know the size when it begins, and writes a huge one."""
    data = bytearray(write(sound(tone(440, 0.1))))
    struct.pack_into("<I", data, 4, 0x7FFFFFF0)
    struct.pack_into("<I", data, 40, 0x7FFFF000)
    assert len(parse(bytes(data)).samples) == 2205


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"no wav at all" * 10, write(sound(tone(1)))[:30]])
def test_what_is_no_whole_wav_is_refused(data: bytes) -> None:
    """Never half a sentence."""
    with pytest.raises(ValueError, match="WAV"):
        parse(data)


def test_stereo_is_refused() -> None:
    """Only the one form that everything after it expects."""
    data = bytearray(write(sound(tone(440, 0.1))))
    struct.pack_into("<H", data, 22, 2)
    with pytest.raises(ValueError, match="mono"):
        parse(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sound_or_refused(data: bytes) -> None:
    """No other error than ValueError."""
    for form in (data, b"RIFF\0\0\0\0WAVE" + data, write(sound(tone(440, 0.01)))[:44] + data):
        try:
            parse(form)
        except ValueError:
            continue


def test_silence_before_and_after_is_cut_short() -> None:
    """A nurse hears the first syllable at once."""
    quiet = np.zeros(RATE)
    heard = finish(sound(np.concatenate([quiet, tone(440, 0.5), quiet])))
    assert heard.seconds == pytest.approx(0.5 + 0.02 + 0.15, abs=0.01)


@pytest.mark.parametrize("level", [1_000, 10_000, 32_767])
def test_every_sentence_is_equally_loud(level: float) -> None:
    """The peak comes to −3 dB, from below and from above."""
    assert finish(sound(tone(440, 0.5, level))).peak == pytest.approx(PEAK, rel=0.001)


def test_silence_stays_silence() -> None:
    """Nothing is made louder out of nothing."""
    assert finish(sound(np.zeros(1000))).peak == 0


def test_the_telephone_hears_its_band() -> None:
    """A voice's 1200 Hz passes whole; hum and hiss do not, and 7000 Hz does not fold back to 1000."""
    mixed = sound(tone(1200, level=8_000) + tone(60, level=8_000) + tone(7_000, level=8_000))
    heard = for_telephone(mixed)
    assert heard.rate == TELEPHONE_RATE
    assert heard.seconds == pytest.approx(1.0, abs=0.03)
    assert heard.peak == pytest.approx(PEAK, rel=0.001)
    assert strength(heard, 1200) == pytest.approx(PEAK, rel=0.05)
    assert strength(heard, 60) < PEAK / 100
    assert strength(heard, 1000) < PEAK / 100


def test_a_torn_file_has_no_duration(tmp_path: Path) -> None:
    """After a power cut a cached sentence may be half there: then it is not there."""
    path = tmp_path / "a.wav"
    assert duration(path) is None
    data = write(sound(tone(440, 0.5)))
    path.write_bytes(data)
    assert duration(path) == pytest.approx(0.5)
    path.write_bytes(data[:-100])
    assert duration(path) is None
    path.write_bytes(b"")
    assert duration(path) is None
