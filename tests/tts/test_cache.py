"""Rendered sentences on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tts.cache import Cache
from tts.wav import Sound, write

DATA = write(Sound(np.full(1000, 1000, np.int16), 22_050))
SECONDS = 1000 / 22_050
FIRST, SECOND, THIRD = (letter * 32 for letter in "abc")


def made(directory: Path, limit: int = 10**6) -> tuple[Cache, list[str | None]]:
    told: list[str | None] = []
    cache = Cache(directory, told.append, limit)
    cache.start()
    return cache, told


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    """Also by the next run."""
    cache, told = made(tmp_path / "speech")
    path = cache.keep(FIRST, DATA)
    assert path is not None
    assert path.read_bytes() == DATA
    assert cache.find(FIRST) == (path, SECONDS)
    again, _ = made(tmp_path / "speech")
    assert again.find(FIRST) == (path, SECONDS)
    assert cache.find(SECOND) is None
    assert told == []


def test_the_least_used_goes_first(tmp_path: Path) -> None:
    """The disk is not filled; what is heard often stays."""
    cache, _ = made(tmp_path, limit=len(DATA) * 2)
    cache.keep(FIRST, DATA)
    cache.keep(SECOND, DATA)
    cache.find(FIRST)
    cache.keep(THIRD, DATA)
    assert [cache.find(key) is not None for key in (FIRST, SECOND, THIRD)] == [True, False, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= len(DATA) * 2


def test_an_earlier_run_s_files_count(tmp_path: Path) -> None:
    """Oldest first, by when they were last used."""
    cache, _ = made(tmp_path)
    for number, key in enumerate((FIRST, SECOND, THIRD)):
        path = cache.keep(key, DATA)
        assert path is not None
        os.utime(path, (1000 - number, 1000 - number))
    later, _ = made(tmp_path, limit=len(DATA) * 2)
    assert [later.find(key) is not None for key in (FIRST, SECOND, THIRD)] == [True, True, False]


def test_the_chime_never_goes(tmp_path: Path) -> None:
    """It is no sentence, and other files in the directory are not ours to remove."""
    cache, _ = made(tmp_path, limit=1)
    chime = cache.fixed("chime.wav", DATA)
    cache.keep(FIRST, DATA)
    cache.keep(SECOND, DATA)
    assert chime is not None
    assert chime.read_bytes() == DATA
    assert cache.fixed("chime.wav", DATA) == chime


def test_another_chime_is_replaced(tmp_path: Path) -> None:
    """A box that was updated has the new one."""
    cache, _ = made(tmp_path)
    (tmp_path / "chime.wav").write_bytes(b"old")
    path = cache.fixed("chime.wav", DATA)
    assert path is not None
    assert path.read_bytes() == DATA


def test_a_torn_file_is_thrown_away(tmp_path: Path) -> None:
    """It is rendered anew instead of spoken in half."""
    cache, _ = made(tmp_path)
    path = cache.keep(FIRST, DATA)
    assert path is not None
    path.write_bytes(DATA[:-7])
    assert cache.find(FIRST) is None
    assert not path.exists()


@pytest.mark.parametrize("key", ["", "..", "../../etc/passwd", "chime", "A" * 32, "a" * 33, "a" * 32 + "\n"])
def test_a_key_is_no_path(tmp_path: Path, key: str) -> None:
    """Keys come from the browser."""
    cache, _ = made(tmp_path)
    cache.fixed("chime.wav", DATA)
    assert cache.find(key) is None


def test_a_directory_that_cannot_be_written_is_gone_round(tmp_path: Path) -> None:
    """Sentences are heard from a temporary directory, the fault is told once, and so is its end."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the directory should be")
    cache, told = made(blocked)
    path = cache.keep(FIRST, DATA)
    assert path is not None
    assert cache.find(FIRST) == (path, SECONDS)
    cache.keep(SECOND, DATA)
    assert len(told) == 1
    assert told[0]
    blocked.unlink()
    blocked.mkdir()
    assert cache.keep(THIRD, DATA) == blocked / f"{THIRD}.wav"
    assert told[1:] == [None]
    cache.stop()
    assert not path.exists()
