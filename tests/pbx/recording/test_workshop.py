"""After the call: sealed, kept, moved, thrown away; and nothing is lost when it is killed in the middle."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from appliance.foundation import journal
from pbx.plan_recording import Format
from pbx.recording import store, workshop
from pbx.recording.formats import CODECS, RATE, wave_head
from pbx.recording.reading import Wave
from pbx.recording.sealed import Unreadable
from pbx.recording.workshop import STRETCHES, shape
from tests.pbx.recording.shelf import Shelf, sound


@pytest.mark.parametrize("form", CODECS)
def test_a_talk_is_sealed_and_its_raw_sound_is_gone(tmp_path: Path, form: Format) -> None:
    """It is on record with its length, and its sound is what was said."""
    shelf, said = Shelf(tmp_path), sound(3)
    shelf.talked("aa1", said, form)
    shelf.work()
    row = shelf.row("aa1")
    assert (row.state, row.seconds, row.format, len(row.shape)) == ("kept", 3.0, form, 2 * STRETCHES)
    assert shelf.files() == ["aa1.sealed"]
    if form == "pcm16":
        assert np.array_equal(shelf.heard("aa1")[: len(said)], said)
    [entry] = shelf.journal()
    assert (entry.kind, entry.body["recording"], entry.body["caller"]) == ("pbx.TalkRecorded", "aa1", "8001")


def test_what_the_exchange_still_writes_is_left_alone(tmp_path: Path) -> None:
    """For a moment."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(1))
    assert not shelf.workshop.work()
    assert shelf.row("aa1").state == "taken"


def test_a_talk_without_sound_is_said_to_be_empty(tmp_path: Path) -> None:
    """Whether the exchange wrote an empty file or none."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(0))
    shelf.talked("aa2", sound(1))
    shelf.places.raw("aa2").unlink()
    shelf.work()
    assert [shelf.row(name).state for name in ("aa1", "aa2")] == ["empty", "empty"]
    assert shelf.files() == []


@pytest.mark.parametrize("step", ["seal", "sync", "key"])
def test_killed_in_the_middle_it_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Wherever it was: the raw sound is there until the row says that it is kept."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(2))
    real = getattr(workshop, step)

    def killed(*arguments: object) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(workshop, step, killed)
        with pytest.raises(KeyboardInterrupt):
            shelf.work()
    assert shelf.row("aa1").state == "taken"
    assert shelf.places.raw("aa1").exists()
    shelf.workshop.tidy()
    shelf.work()
    assert shelf.row("aa1").state == "kept"
    assert shelf.files() == ["aa1.sealed"]
    shelf.places.opened("aa1", "main").verify()


def test_killed_before_it_removed_the_raw_sound_it_removes_it_later(tmp_path: Path) -> None:
    """What is kept sealed is not kept open as well."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(1))
    shelf.work()
    shelf.places.raw("aa1").write_bytes(b"left")
    (shelf.places.main / "aa" / "aa9.sealed.part").write_bytes(b"half")
    shelf.workshop.tidy()
    assert shelf.files() == ["aa1.sealed"]


def test_files_that_no_row_speaks_of_are_let_be(tmp_path: Path) -> None:
    """The records may be those of an older backup."""
    shelf = Shelf(tmp_path)
    shelf.places.raw("strange").write_bytes(b"sound")
    (shelf.places.main / "zz").mkdir()
    (shelf.places.main / "zz" / "zz1.sealed").write_bytes(b"sealed")
    shelf.workshop.tidy()
    assert shelf.files() == ["strange.raw", "zz1.sealed"]


def test_what_was_kept_as_long_as_the_plan_said_is_gone_but_what_is_marked(tmp_path: Path) -> None:
    """On record, by the plan; what the plan says by now does not matter to it."""
    shelf = Shelf(tmp_path)
    for name, days in (("aa1", 30), ("aa2", 31), ("aa3", 30)):
        shelf.talked(name, sound(1), days=days)
    shelf.work()
    with shelf.database.engine.begin() as connection:
        store.mark(connection, "aa3", "manager", "complaint", shelf.clock.now())
    shelf.clock.advance(timedelta(days=30))
    shelf.work()
    assert [shelf.row(name).state for name in ("aa1", "aa2", "aa3")] == ["deleted", "kept", "kept"]
    assert shelf.files() == ["aa2.sealed", "aa3.sealed"]
    assert shelf.row("aa1").deleted_by == store.BY_PLAN
    assert [e.body["recording"] for e in shelf.journal() if e.kind.endswith("Deleted")] == ["aa1"]


def test_a_marked_one_cannot_be_deleted_until_the_mark_is_gone(tmp_path: Path) -> None:
    """By nobody."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(1))
    shelf.work()
    now = shelf.clock.now()
    with shelf.database.engine.begin() as connection:
        assert store.mark(connection, "aa1", "manager", "", now)
        assert not store.deleted(connection, "aa1", "admin", now)
        assert store.unmark(connection, "aa1", "manager", now)
        assert store.deleted(connection, "aa1", "admin", now)
        assert not store.deleted(connection, "aa1", "admin", now)


def test_the_oldest_move_when_there_is_little_room(tmp_path: Path) -> None:
    """To the second store, where they are read as before."""
    shelf = Shelf(tmp_path, second=True)
    for name in ("aa1", "aa2", "aa3"):
        shelf.talked(name, sound(1), "pcm16")
        shelf.clock.advance(60)
    shelf.work()
    assert [shelf.row(name).store for name in ("aa1", "aa2", "aa3")] == ["main"] * 3
    shelf.free["main"] = 4999
    assert shelf.workshop.work()
    assert shelf.workshop.work()
    shelf.free["main"] = 5000
    assert not shelf.workshop.work()
    assert [shelf.row(name).store for name in ("aa1", "aa2", "aa3")] == ["second", "second", "main"]
    assert shelf.files() == ["aa1.sealed", "aa2.sealed", "aa3.sealed"]
    assert np.array_equal(shelf.heard("aa1")[:8000], sound(1))


def test_nothing_moves_where_the_second_store_is_full_or_is_not(tmp_path: Path) -> None:
    """It stays where it is, and can be read."""
    for second in (False, True):
        (tmp_path / str(second)).mkdir()
        shelf = Shelf(tmp_path / str(second), second=second)
        shelf.free |= {"main": 500, "second": 5000}
        shelf.talked("aa1", sound(1))
        shelf.work()
        assert (shelf.row("aa1").state, shelf.row("aa1").store) == ("kept", "main")


def test_the_oldest_go_when_the_disk_is_full(tmp_path: Path) -> None:
    """On record, marked ones never, and no more than needed: records need the room."""
    shelf = Shelf(tmp_path)
    for name in ("aa1", "aa2", "aa3"):
        shelf.talked(name, sound(1))
        shelf.clock.advance(60)
    shelf.work()
    with shelf.database.engine.begin() as connection:
        store.mark(connection, "aa1", "boss", "a quarrel", shelf.clock.now())
    shelf.free["main"] = 499
    assert shelf.workshop.work()
    shelf.free["main"] = 500
    assert not shelf.workshop.work()
    assert [shelf.row(name).state for name in ("aa1", "aa2", "aa3")] == ["kept", "deleted", "kept"]
    assert shelf.row("aa2").deleted_by == "full disk"
    assert shelf.files() == ["aa1.sealed", "aa3.sealed"]
    shelf.free["main"] = 0
    shelf.work()
    assert shelf.files() == ["aa1.sealed"]
    with shelf.database.engine.begin() as connection:
        told = [entry.body["by"] for entry in journal.entries(connection) if entry.kind == "pbx.RecordingDeleted"]
    assert told == ["full disk", "full disk"]


def test_without_its_key_a_recording_is_noise(tmp_path: Path) -> None:
    """Another box's key opens nothing, and the file holds nothing of the sound."""
    shelf = Shelf(tmp_path)
    said = sound(2)
    shelf.talked("aa1", said, "pcm16")
    shelf.work()
    data = shelf.places.sealed("aa1", "main").read_bytes()
    assert not any(said[at : at + 8].tobytes() in data for at in range(0, 8000, 997))
    shelf.places.key.write_text("00" * 32)
    with pytest.raises(Unreadable):
        shelf.heard("aa1")


@pytest.mark.parametrize("form", CODECS)
def test_any_part_of_its_wav_file_is_the_whole_ones_part(tmp_path: Path, form: Format) -> None:
    """Head, sound, across blocks and at the end: as a browser asks that seeks."""
    shelf = Shelf(tmp_path)
    shelf.talked("aa1", sound(7.001), form)
    shelf.work()
    with shelf.database.engine.begin() as connection:
        one = store.kept(connection, "aa1")
    assert one is not None
    wave = Wave(shelf.places.opened("aa1", "main"), one)
    whole = b"".join(wave.pieces())
    assert len(whole) == wave.size == 44 + round(7.001 * RATE) * 4
    assert whole.startswith(wave_head(round(7.001 * RATE)))
    for offset, length in ((0, 10), (40, 10), (44, 3), (64_003, 130_001), (wave.size - 5, 50), (wave.size, 1)):
        assert wave.read(offset, length) == whole[offset : offset + length]


def test_the_picture_shows_who_talks_when() -> None:
    """Left loud in the first half, right in the second."""
    said = sound(2)
    said[8000:, 0] = said[:8000, 1] = 0
    drawn = np.frombuffer(shape(said), "u1").reshape(-1, 2)
    assert drawn[:290, 0].min() > 100
    assert drawn[310:, 0].max() == 0
    assert drawn[:290, 1].max() == 0
    assert drawn[310:, 1].min() > 100
    assert len(shape(sound(0.01))) == 2 * 80
