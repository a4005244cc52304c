"""What Asterisk wrote down of a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pbx.engine.records import KEEP_BYTES, Records, parse

CALL = "c" * 32


def line(kind: str, seconds: str, channel: str, linked: str = "100.1", *, name: str = "x", mark: str = "") -> str:
    """One line as Asterisk writes it."""
    facts = {"channame": f"PJSIP/{name}-1", "userfield": mark}
    record = {"eventtype": kind, "eventtime": seconds, "uniqueid": channel, "linkedid": linked, **facts}
    return json.dumps(record) + "\n"


def test_times_are_exact_to_the_microsecond(tmp_path: Path) -> None:
    """Seconds and microseconds since the epoch, no float in between."""
    record = parse(line("ANSWER", "1795324141.000497", "x"))
    assert record is not None
    assert record.at == datetime(2026, 11, 22, 5, 9, 1, 497, UTC)


def test_a_call_is_its_dialled_legs_and_the_leg_that_dialled_them(tmp_path: Path) -> None:
    """Other calls are left out, and so is a line that was cut when the machine died."""
    file = tmp_path / "events.json"
    file.write_text(
        line("CHAN_START", "1.0", "100.1")
        + line("CHAN_START", "2.0", f"{CALL}-out-1")
        + line("ANSWER", "3.5", f"{CALL}-out-1")
        + line("ANSWER", "3.6", "200.1", "200.1")
        + line("HANGUP", "9.0", "100.1")
        + line("HANGUP", "9.1", f"{CALL}-out-1")
        + line("HANGUP", "9.2", "100.1")[:20]
    )
    kinds = [(record.kind, record.at.timestamp()) for record in Records(file).of_call(CALL)]
    assert kinds == [("CHAN_START", 1.0), ("CHAN_START", 2.0), ("ANSWER", 3.5), ("HANGUP", 9.0), ("HANGUP", 9.1)]


def test_talk_is_two_legs_of_a_call_that_are_up(tmp_path: Path) -> None:
    """Who listens to a prompt does not talk, nor do calls of an Asterisk that was killed."""
    file = tmp_path / "events.json"
    alone = line("ANSWER", "11.0", "100.1") + line("ANSWER", "12.0", "200.1", "200.1")
    killed = line("ANSWER", "1.0", "10.1", "10.1") + line("ANSWER", "1.5", "10.2", "10.1")
    records, since = Records(file), datetime(1970, 1, 1, 0, 0, 10, tzinfo=UTC)
    file.write_text(killed + alone)
    assert records.talking(since) == 0
    file.write_text(killed + alone + line("ANSWER", "13.0", f"{CALL}-out-1"))
    assert records.talking(since) == 1
    file.write_text(killed + alone + line("ANSWER", "13.0", f"{CALL}-out-1") + line("HANGUP", "14.0", "100.1"))
    assert records.talking(since) == 0


def test_emergency_calls_are_told_by_their_mark(tmp_path: Path) -> None:
    """Which channel dialled which number, who took it, and that it is over, though nobody listened."""
    file, records = tmp_path / "events.json", Records(tmp_path / "events.json")
    file.write_text(
        line("CHAN_START", "1.0", "100.1", name="8001")
        + line("CHAN_START", "2.0", "100.2", name="trunk-telecom")
        + line("ANSWER", "3.0", "100.2", name="trunk-telecom")
        + line("ANSWER", "3.1", "100.1", name="8001", mark="emergency-120")
        + line("CHAN_START", "4.0", "100.11", "100.11", name="8002")
    )
    assert records.emergencies() == {"100.1": "120"}
    assert [one.name for one in records.linked_to("100.1")] == [
        "PJSIP/8001-1", "PJSIP/trunk-telecom-1", "PJSIP/trunk-telecom-1", "PJSIP/8001-1",
    ]  # fmt: skip
    assert not records.has_ended("100.1")
    with file.open("a") as log:
        log.write(line("HANGUP", "9.0", "100.11", "100.11"))
        assert not records.has_ended("100.1")
        log.write(line("HANGUP", "9.1", "100.1", mark="emergency-120"))
    assert records.has_ended("100.1")


def test_no_file_is_no_record(tmp_path: Path) -> None:
    """A box that never made a call."""
    records = Records(tmp_path / "events.json")
    assert records.of_call(CALL) == []
    assert records.hung_up("100.1") is None


def test_a_large_log_is_set_aside_and_still_read(tmp_path: Path) -> None:
    """Asterisk begins a new file by itself."""
    file = tmp_path / "events.json"
    file.write_text(line("HANGUP", "9.0", "100.1") + " " * KEEP_BYTES)
    records = Records(file)
    records.set_aside()
    assert not file.exists()
    assert records.hung_up("100.1") == datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
