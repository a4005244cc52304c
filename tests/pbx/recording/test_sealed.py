"""Sealed files: whole with the key, nothing without it, and no part of them can be exchanged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.sealed import CHUNK, HEAD, TAG, Opened, Unreadable, key, seal

KEY, OTHER = bytes(range(32)), bytes(32)
CONTENT = bytes(range(256)) * 500


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    file = tmp_path / "a.sealed"
    assert seal(file, "a", KEY, [CONTENT[:70_000], b"", CONTENT[70_000:]]) == len(CONTENT)
    return file


def test_any_part_is_read_by_itself(sealed: Path) -> None:
    """Across chunks, at the ends, and beyond."""
    opened = Opened(sealed, "a", KEY)
    assert opened.size == len(CONTENT)
    for offset, length in (
        (0, 10),
        (CHUNK - 5, 10),
        (CHUNK, CHUNK),
        (5, 100_000),
        (len(CONTENT) - 3, 10),
        (200_000, 1),
    ):
        assert opened.read(offset, length) == CONTENT[offset : offset + length]
    opened.verify()


@given(
    length=st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]),
    cut=st.integers(0, 2 * CHUNK),
    step=st.data(),
)
def test_however_it_is_chopped_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, length: int, cut: int, step: st.DataObject
) -> None:
    """What was sealed is what is read, at every length around a chunk's."""
    content = (b"tick" * (length // 4 + 1))[:length]
    file = tmp_path_factory.mktemp("sealed") / "x"
    assert seal(file, "x", KEY, [content[:cut], content[cut:]]) == length
    opened, offset = Opened(file, "x", KEY), step.draw(st.integers(0, length))
    assert opened.size == length
    assert opened.read(offset, length) == content[offset:]


def test_without_the_key_nothing_is_read(sealed: Path) -> None:
    """Nor is the sound anywhere in the file."""
    with pytest.raises(Unreadable):
        Opened(sealed, "a", OTHER).read(0, 1)
    assert CONTENT[:64] not in sealed.read_bytes()


def test_one_recordings_file_is_not_anothers(sealed: Path) -> None:
    """Its name is part of its key."""
    with pytest.raises(Unreadable):
        Opened(sealed, "b", KEY).verify()


@pytest.mark.parametrize("place", [0, 5, HEAD, HEAD + CHUNK + TAG, -1])
def test_a_changed_octet_is_noticed(sealed: Path, place: int) -> None:
    """Wherever it is."""
    data = bytearray(sealed.read_bytes())
    data[place] ^= 1
    sealed.write_bytes(data)
    with pytest.raises(Unreadable):
        Opened(sealed, "a", KEY).verify()


@pytest.mark.parametrize("left", [HEAD + TAG, HEAD + CHUNK + TAG, HEAD + CHUNK + 2 * TAG + 9, HEAD, 3])
def test_a_file_that_was_cut_is_noticed(sealed: Path, left: int) -> None:
    """Also where it was cut between two chunks."""
    sealed.write_bytes(sealed.read_bytes()[:left])
    with pytest.raises(Unreadable):
        Opened(sealed, "a", KEY).verify()


def test_chunks_that_changed_places_are_noticed(sealed: Path) -> None:
    """Each is sealed with its number."""
    data, step = sealed.read_bytes(), CHUNK + TAG
    first, second = data[HEAD : HEAD + step], data[HEAD + step : HEAD + 2 * step]
    sealed.write_bytes(data[:HEAD] + second + first + data[HEAD + 2 * step :])
    with pytest.raises(Unreadable):
        Opened(sealed, "a", KEY).verify()


def test_the_box_makes_its_key_once_for_its_own_eyes(tmp_path: Path) -> None:
    """Every asking finds the same; a file that is no key is never used as one."""
    file = tmp_path / "deep" / "recordings.key"
    made = key(file)
    assert key(file) == made
    assert len(made) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["recordings.key"]
    file.write_text("")
    with pytest.raises(Unreadable):
        key(file)
