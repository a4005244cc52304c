"""Recordings are checked and made fit for the telephone."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.ivr.decoding import LONGEST_PACKED, Unfit
from pbx.ivr.sounds import Sounds
from tests.e2e.sound import Recording
from tts.wav import telephone_wav


def a_tone(rate: int, width: int, channels: int, seconds: float = 1.0) -> bytes:
    """1000 Hz."""
    wave_ = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(int(rate * seconds)) / rate)
    wave_ = np.repeat(wave_, channels)
    if width == 1:
        octets = np.rint(wave_ * 127 + 128).astype(np.uint8).tobytes()
    elif width == 2:
        octets = np.rint(wave_ * 32767).astype("<i2").tobytes()
    else:
        whole = np.rint(wave_ * 8388607).astype("<i4").tobytes()
        octets = b"".join(whole[at : at + 3] for at in range(0, len(whole), 4))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(octets)
    return out.getvalue()


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 2])
def test_whatever_it_was_it_is_eight_kilohertz_after(rate: int, width: int, channels: int, tmp_path: Path) -> None:
    """The tone is still there."""
    kept = Sounds(tmp_path, telephone_wav).keep("欢迎 词.wav", a_tone(rate, width, channels))
    file = Sounds(tmp_path, telephone_wav).find(kept.file)
    assert file is not None
    heard = Recording(file.read_bytes())
    assert heard.rate == 8000
    assert heard.seconds == pytest.approx(1.0, abs=0.01)
    assert heard.seconds_of(1000) >= 0.75


def packed(form: str, seconds: float, rate: int = 44100, channels: int = 2) -> bytes:
    """1000 Hz as people's music is kept."""
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(int(rate * seconds)) / rate)
    out = io.BytesIO()
    soundfile.write(out, np.repeat(samples[:, None], channels, axis=1), rate, format=form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["MP3", "FLAC", "OGG"])
def test_what_is_packed_is_unpacked(form: str, tmp_path: Path) -> None:
    """The tone is still there, and the list has it with its length."""
    sounds = Sounds(tmp_path, telephone_wav)
    kept = sounds.keep(f"spring.{form.lower()}", packed(form, 1.0))
    file = sounds.find(kept.file)
    assert file is not None
    heard = Recording(file.read_bytes())
    assert heard.rate == 8000
    assert heard.seconds_of(1000) >= 0.75
    [listed] = sounds.every()
    assert listed.file == kept.file
    assert listed.seconds == pytest.approx(1.0, abs=0.1)


def test_a_small_file_that_unpacks_to_hours_is_refused(tmp_path: Path) -> None:
    """Before it is unpacked."""
    long = packed("FLAC", LONGEST_PACKED + 1, rate=8000, channels=1)
    with pytest.raises(Unfit, match="longer than ten minutes"):
        Sounds(tmp_path, telephone_wav).keep("long.flac", long)


def test_its_name_is_of_its_content(tmp_path: Path) -> None:
    """The same is kept once; another has another name, so that old plans find their own."""
    sounds = Sounds(tmp_path, telephone_wav)
    one, same = (sounds.keep("hello.wav", a_tone(8000, 2, 1)) for _ in range(2))
    other = sounds.keep("hello.wav", a_tone(8000, 2, 1, seconds=2))
    assert one == same
    assert one.file.startswith("hello-")
    assert other.file != one.file
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 an mp3", a_tone(8000, 2, 1)[:60], a_tone(8000, 2, 1, 0.01)])
def test_what_is_no_recording_is_refused(data: bytes, tmp_path: Path) -> None:
    """In words."""
    with pytest.raises(Unfit):
        Sounds(tmp_path, telephone_wav).keep("x.wav", data)


@pytest.mark.parametrize("name", ["../plan.toml", "a/b.wav", "none.wav", "", "x.mp3"])
def test_nothing_else_is_found(name: str, tmp_path: Path) -> None:
    """No way out of the directory."""
    assert Sounds(tmp_path, telephone_wav).find(name) is None
