"""Recorded talk at the panel: who may find, hear, take out and delete it; and that each act is on record."""

from __future__ import annotations

import io
import re
import wave
from datetime import timedelta
from typing import cast

import numpy as np
import pytest

from appliance.foundation.journal import entries
from pbx.recording.desk import ONE_LISTENING
from tests.fakes.clock import FakeClock
from tests.web.browser import Browser, Hospital, hospital
from tests.web.recorded import talked
from web.pages.recordings import HIGH, picture
from web.sound_stream import part_of
from web.visit import Refused

ONE = "a" * 32


@pytest.fixture
def house() -> Hospital:
    made = hospital()
    talked(made.cardboard, ONE)
    talked(made.cardboard, "b" * 32, called="8005", ago=timedelta(days=20))
    return made


def kinds(house: Hospital) -> list[tuple[str, str]]:
    """What the journal has of recordings, and by whom."""
    with house.cardboard.database.engine.begin() as connection:
        return [
            (entry.kind.partition(".")[2], str(entry.body.get("by", "")))
            for entry in entries(connection)
            if entry.kind.startswith("pbx.Recording")
        ]


def ranged(browser: Browser, path: str, asked: str) -> tuple[int, dict[str, str], bytes]:
    """GET with a Range header."""
    from tests.web.browser import Line

    head = browser._head("GET", path) + f"range: {asked}\r\n\r\n".encode()
    reply = browser.reply(Line(browser.factory, head))
    return reply.status, reply.headers, reply.body


def test_a_manager_finds_what_was_said_with_a_number(house: Hospital) -> None:
    """By a part of it, within the days asked for."""
    manager = house.browser("manager")
    page = manager.get("/recordings").text
    assert ONE in page
    assert "b" * 32 not in page
    page = manager.get("/recordings?first=2026-01-01&number=8005").text
    assert "b" * 32 in page
    assert ONE not in page
    assert "No recording was found" in manager.get("/recordings?number=999").text
    assert "没有找到录音" in house.browser("manager", language="zh").get("/recordings?number=999").text
    assert ONE in manager.get("/recordings?extension=8001&direction=out&trunk=telecom").text
    assert ONE not in manager.get("/recordings?extension=8002").text


def test_listening_is_on_record_before_a_sound_is_sent_and_once(house: Hospital) -> None:
    """However many parts the browser asks for; later again."""
    manager = house.browser("manager")
    manager.get(f"/recordings/{ONE}")
    assert kinds(house) == []
    for asked in ("bytes=0-", "bytes=1000-1999", "bytes=0-"):
        assert ranged(manager, f"/recordings/{ONE}/sound.wav", asked)[0] == 206
    assert kinds(house) == [("RecordingHeard", "manager")]
    assert "listened" in manager.get(f"/recordings/{ONE}").text
    cast(FakeClock, house.cardboard.clock).advance(ONE_LISTENING)
    manager = house.browser("manager")
    manager.get(f"/recordings/{ONE}/sound.wav")
    assert kinds(house) == [("RecordingHeard", "manager")] * 2


def test_without_records_nothing_is_heard(house: Hospital) -> None:
    """What cannot be written down is not done."""
    manager = house.browser("manager")
    house.cardboard.database.broken = OSError("gone")
    reply = manager.get(f"/recordings/{ONE}/sound.wav")
    house.cardboard.database.broken = None
    assert reply.status >= 400
    assert b"RIFF" not in reply.body


def test_the_sound_is_that_of_the_talk(house: Hospital) -> None:
    """A whole WAV file, and any part of it is that file's part."""
    manager = house.browser("manager")
    whole = manager.get(f"/recordings/{ONE}/sound.wav")
    assert (whole.status, whole.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(whole.body)) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 20 * 8000)
        heard = np.frombuffer(file.readframes(160_000), "<i2").reshape(-1, 2)
    assert np.abs(np.fft.rfft(heard[:8000, 0])).argmax() == 440
    assert np.abs(heard[:8000, 1]).max() < 100
    status, headers, part = ranged(manager, f"/recordings/{ONE}/sound.wav", "bytes=100001-100400")
    assert (status, headers["content-range"]) == (206, f"bytes 100001-100400/{len(whole.body)}")
    assert part == whole.body[100_001:100_401]


def test_taking_it_out_is_on_record(house: Hospital) -> None:
    """By who did it."""
    reply = house.browser("admin").get(f"/recordings/{ONE}/export.wav")
    assert reply.body.startswith(b"RIFF")
    assert reply.headers["content-disposition"] == f'attachment; filename="recording-{ONE}.wav"'
    assert kinds(house) == [("RecordingExported", "admin")]


def test_a_marked_one_is_not_deleted(house: Hospital) -> None:
    """Not before its mark is gone; then its sound is, and the row stays."""
    admin = house.browser("admin")
    assert admin.post(f"/recordings/{ONE}/mark", {"note": "投诉 17"}).status == 303
    page = admin.get(f"/recordings/{ONE}").text
    assert "投诉 17" in page
    assert "Delete" not in page
    assert admin.post(f"/recordings/{ONE}/delete").status == 404
    assert admin.get(f"/recordings/{ONE}/sound.wav").status == 200
    assert admin.post(f"/recordings/{ONE}/unmark").status == 303
    assert admin.post(f"/recordings/{ONE}/delete").status == 303
    assert admin.get(f"/recordings/{ONE}/sound.wav").status == 404
    assert not house.cardboard.house.recordings._places.sealed(ONE, "main").exists()
    assert "deleted" in admin.get("/recordings").text
    done = ["RecordingMarked", "RecordingHeard", "RecordingMarked", "RecordingDeleted"]
    assert kinds(house) == [(kind, "admin") for kind in done]


def test_a_file_that_cannot_be_opened_is_said(house: Hospital) -> None:
    """In a sentence, and nothing of it is sent."""
    file = house.cardboard.house.recordings._places.sealed(ONE, "main")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    house.cardboard.house.recordings._places.key.unlink()
    reply = house.browser("manager").get(f"/recordings/{ONE}/sound.wav")
    assert reply.status == 500
    assert b"RIFF" not in reply.body


def test_a_desk_records_on_demand(house: Hospital) -> None:
    """Where the talk may be; else it is said."""
    nurse = house.browser("nurse")
    assert nurse.post("/recordings/talk", {"extension": "8001", "begin": "yes"}, by_script=False).status == 303
    assert nurse.post("/recordings/talk", {"extension": "8002", "begin": "yes"}).status == 409


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, None), ("bytes=0-", (0, 100)), ("bytes=5-9", (5, 10)), ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)), ("bytes=-1000", (0, 100)), ("bytes=1-2,5-6", None), ("lines=1-2", None),
        ("bytes=-", None),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_rfc_says(asked: str | None, part: tuple[int, int] | None) -> None:
    """First octet, and the one after the last."""
    assert part_of(asked, 100) == part


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=9-5", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(asked: str) -> None:
    """416."""
    with pytest.raises(Refused) as why:
        part_of(asked, 100)
    assert why.value.status == 416


def test_the_picture_has_one_bar_a_stretch_and_side() -> None:
    """As high as it is loud, about a middle line of its own."""
    left, right, wide = picture(bytes([255, 0, 0, 255]))
    assert wide == 2
    assert re.findall(r"M(\d)\.5 ([\d.]+)V([\d.]+)", left) == [("0", "3.0", "57.0"), ("1", "29.5", "30.5")]
    assert re.findall(r"M(\d)\.5 ([\d.]+)V([\d.]+)", right)[1] == ("1", str(HIGH + 3.0), str(2 * HIGH - 3.0))
