"""`nightbell recordings`: listed, taken out, and verified with the box's own key."""

from __future__ import annotations

import json
import os
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import create_engine
from appliance.foundation.journal import entries
from appliance.foundation.migrate import upgrade
from appliance.settings import load
from pbx.leg import Leg
from pbx.recording import store
from pbx.recording.rule import Ends
from pbx.recording.talk import Talk
from pbx.recording.workshop import Workshop
from tests.fakes.clock import FakeClock
from tests.pbx.recording.shelf import sound

ONE = "ab" * 16


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The settings file of a box with one recording of two seconds."""
    file = tmp_path / "nightbell.toml"
    file.write_text('language = "en"\n[recordings]\nmove_below = 0\nstop_below = 0\n', "utf-8")
    settings, now = load(file), CommandClock().now()
    places, engine = settings.recording_places, create_engine(settings.database_url)
    upgrade(engine)
    talk = Talk("c1", Leg("l1"), Leg("l2"), "b1", "8001", "8002", Ends("internal", ("8001", "8002")))
    with engine.begin() as connection:
        store.begin(connection, ONE, talk, "", "alaw", now, timedelta(days=30))
        store.end(connection, ONE, now)
    places.spool.mkdir(parents=True)
    places.raw(ONE).write_bytes(sound(2).tobytes())
    os.utime(places.raw(ONE), (now.timestamp(),) * 2)
    Workshop(engine, places, FakeClock(now + timedelta(minutes=1))).work()
    engine.dispose()
    return file


def nightbell(box: Path, *words: str) -> Result:
    """Run a verb of `recordings`."""
    return CliRunner().invoke(main, ["--settings", str(box), "--language", "en", "recordings", *words])


def test_recordings_are_listed_for_people_and_for_programs(box: Path) -> None:
    """The newest first; those of another number are left out."""
    assert f"{ONE}   " in nightbell(box, "list").output
    told = json.loads(nightbell(box, "list", "--json", "--number", "8002").output)
    assert (told["id"], told["caller"], told["called"], told["seconds"]) == (ONE, "8001", "8002", 2.0)
    assert nightbell(box, "list", "--number", "8003").output == ""
    assert ONE in nightbell(box, "list", "--since", "2026-01-01").output
    assert nightbell(box, "list", "--since", "2199-01-01").output == ""


def test_one_is_taken_out_and_that_is_on_record(box: Path, tmp_path: Path) -> None:
    """As a WAV file."""
    file = tmp_path / "talk.wav"
    assert nightbell(box, "export", ONE, str(file)).exit_code == 0
    with wave.open(str(file)) as sound_file:
        assert (sound_file.getnchannels(), sound_file.getnframes()) == (2, 16_000)
    with create_engine(load(box).database_url).begin() as connection:
        assert [entry.body["by"] for entry in entries(connection) if entry.kind.endswith("Exported")] == [
            "command line"
        ]


def test_one_that_is_not_is_said(box: Path, tmp_path: Path) -> None:
    """And nothing is written."""
    result = nightbell(box, "export", "nothing", str(tmp_path / "x.wav"))
    assert (result.exit_code, "There is no recording nothing." in result.output) == (1, True)
    assert not (tmp_path / "x.wav").exists()


def test_every_file_is_verified(box: Path) -> None:
    """A changed one is named, and the command fails."""
    assert (nightbell(box, "verify").exit_code, nightbell(box, "verify").output.strip()) == (
        0,
        "1 recordings, 0 cannot be read",
    )
    file = load(box).recording_places.sealed(ONE, "main")
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    broken = nightbell(box, "verify")
    assert broken.exit_code == 1
    assert ONE in broken.output
