"""Two terminals, one conversation."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.box.medium.__main__ import disk_facts, word
from appliance.box.medium.console import Terminals
from appliance.box.medium.erasing import erase
from tests.appliance.box.medium.a_medium import Person


@pytest.fixture(name="line")
def _line(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The far end of a serial line, and the box's."""
    ours, theirs = pty.openpty()
    yield ours, Path(os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)


def read(file: int, until: bytes) -> bytes:
    """What arrives, up to that."""
    got = b""
    while until not in got:
        got += os.read(file, 4096)
    return got


def test_whoever_answers_is_heard_and_a_terminal_that_is_missing_is_left_out(line: tuple[int, Path]) -> None:
    """In the box's language on a serial line; a terminal ends its lines as it likes."""
    ours, theirs = line
    console = Terminals.open([Path("/nowhere/tty1"), theirs], "zh")
    assert len(console.terminals) == 1
    console.say("It was not done.")
    assert "未能完成。\r\n".encode() in read(ours, b"\n")
    os.write(ours, b" sda \rnext\r")
    assert console.ask("Press Enter to look again.") == "sda"
    assert console.ask("Press Enter to look again.") == "next"


def test_a_line_that_hangs_up_leaves_the_other(line: tuple[int, Path]) -> None:
    """The conversation goes on where somebody is."""
    ours, theirs = line
    gone, end = pty.openpty()
    console = Terminals.open([Path(os.ttyname(end)), theirs], "en")
    assert len(console.terminals) == 2
    os.close(end)
    os.close(gone)
    os.write(ours, b"sda\n")
    console.say("It was not done.")
    assert console.ask("Press Enter to look again.") == "sda"
    assert len(console.terminals) == 1


def test_a_passphrase_is_not_shown(line: tuple[int, Path]) -> None:
    """Nor kept by the terminal; what follows is shown again."""
    ours, theirs = line
    console = Terminals.open([theirs], "en")
    answers: list[str] = []
    asked = threading.Thread(
        target=lambda: answers.append(console.ask("Its passphrase (not shown while you type):", is_secret=True))
    )
    asked.start()
    shown = b""
    while not answers:
        # What was typed before the line was ready for it is thrown away, as it might have been shown.
        os.write(ours, b"horse\n")
        asked.join(0.2)
    shown = read(ours, b"\r\n")
    assert answers == ["horse"]
    assert b"not shown" in shown
    console.say("Nothing was changed.")
    os.write(ours, b"seen\n")
    assert console.ask("Press Enter to look again.") in ("horse", "seen")
    assert b"seen" in read(ours, b"seen")


def test_a_reset_is_noted_only_in_so_many_words() -> None:
    """Two tiers; anything else changes nothing."""
    noted: list[str] = []
    assert not erase(Person(["yes"]), True, noted.append)
    assert not erase(Person([]), False, noted.append)
    assert erase(Person(["KEEP NETWORK"]), True, noted.append)
    assert erase(Person(["ERASE EVERYTHING"]), True, noted.append)
    assert noted == ["network", "everything"]


def test_what_the_start_says(tmp_path: Path) -> None:
    """The task on the kernel's command line, the partitions in a file."""
    assert word("nightbell.task", "quiet nightbell.task=restore nightbell.slot=A") == "restore"
    assert word("nightbell.task", "quiet") == ""
    (tmp_path / "disk").write_text("DISK=/dev/sda\nDATA_PARTITION=\n")
    assert disk_facts(tmp_path / "disk") == {"DISK": "/dev/sda", "DATA_PARTITION": ""}
