"""A backup is made while the box runs; whoever kills it, fills the disk or pulls it out gets a sentence and no file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance.backup import making, places, restoring
from appliance.backup.making import make
from appliance.backup.places import NOT_THERE, OWN_DISK, PART, Directory
from appliance.backup.schema import backups
from appliance.backup.trouble import Trouble
from appliance.foundation.backup_plan import ToDirectory, ToUsb
from appliance.foundation.database import create_engine
from appliance.settings import load
from tests.appliance.backup.a_box import PASSPHRASE, lived_in, nightbell

HOUSE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that was lived in."""
    return lived_in(tmp_path_factory.mktemp("box"))


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the plan says it is."""
    monkeypatch.setenv("BACKUP_WORDS", PASSPHRASE)


def planned(directory: Path, *, own_disk: bool = True, keep: int = 7) -> ToDirectory:
    """A backup as the plan has it."""
    return ToDirectory(
        id="nightly", kind="directory", directory=str(directory), own_disk=own_disk, keep=keep,
        passphrase="env:BACKUP_WORDS",
    )  # fmt: skip


def made(box: Path, plan: ToDirectory, day: int = 1) -> making.Made:
    """Make one."""
    return make(load(box), box, plan, "Site", datetime(2026, 3, day, tzinfo=UTC), lambda *_: None)


def test_so_many_are_kept(box: Path, tmp_path: Path) -> None:
    """The oldest go when a new one is whole; other files stay."""
    (tmp_path / "holiday.jpg").touch()
    (tmp_path / "other_nightly_20200101T000000Z.nightbell.zip").touch()
    for day in (1, 2, 3):
        done = made(box, planned(tmp_path, keep=2), day)
    names = sorted(file.name for file in tmp_path.iterdir() if "nightly_2026" in file.name)
    assert [name.partition("nightly_")[2][:8] for name in names] == ["20260302", "20260303"]
    assert (Path(done.file).stat().st_size, Path(done.file).stat().st_mode & 0o777) == (done.octets, 0o600)
    assert len(list(tmp_path.iterdir())) == 4
    assert list(load(box).scratch.iterdir()) == []


def test_writers_go_on_while_it_is_made(box: Path, tmp_path: Path) -> None:
    """Nobody waits, and what they write in the middle is in it whole or not at all: both chains say so."""
    engine, stop = create_engine(load(box).database_url), threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        from appliance.foundation import journal

        while not stop.is_set():
            with engine.begin() as connection:
                journal.append(connection, journal.Event(at=datetime.now(UTC)))
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = made(box, planned(tmp_path))
    finally:
        stop.set()
        writer.join()
        engine.dispose()
    assert written > 5
    empty = load(box).model_copy(update={"directory": tmp_path / "bare"})
    assert restoring.prepare(empty, Path(done.file), PASSPHRASE).heads.journal[0] > 5


def test_a_disk_that_is_not_there_is_noticed(box: Path, tmp_path: Path) -> None:
    """Neither is a directory made, nor does the box's own disk fill in its stead."""
    with pytest.raises(Trouble) as nowhere:
        made(box, planned(tmp_path / "usb"))
    with pytest.raises(Trouble) as own:
        made(box, planned(tmp_path, own_disk=False))
    assert (nowhere.value.message, own.value.message) == (NOT_THERE, OWN_DISK)
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_said_first(box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written."""
    monkeypatch.setattr(making, "SPARE", 10**15)
    with pytest.raises(Trouble, match="too little room on this box"):
        made(box, planned(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_open_again_is_none(box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that swallows what it is given: the file is removed, and it failed."""

    def swallow(_: object, name: str) -> None:
        part = tmp_path / f"{name}{PART}"
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / name).write_bytes(content)
        part.unlink()

    monkeypatch.setattr(Directory, "finish", swallow)
    with pytest.raises(Trouble, match="damaged"):
        made(box, planned(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def stuck(box: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`nightbell backup make` that has written half of its file: a pipe stands where a fax should."""
    pipe = load(box).faxes / "z-endless.pdf"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, "--settings", str(box), "backup", "make", "--to", str(tmp_path), "--progress"],
        cwd=HOUSE, env={**os.environ, "NIGHTBELL_PASSPHRASE": PASSPHRASE}, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()
    pipe.unlink()


STUCK = """
import pathlib
from appliance.backup import contents
from appliance.cli import main
contents._unfinished = lambda file: False
pathlib.Path.is_file = lambda self, real=pathlib.Path.is_file: real(self) or self.name.startswith("z-endless")
main()
"""


def test_one_that_is_killed_leaves_no_file(box: Path, tmp_path: Path, stuck: subprocess.Popen[str]) -> None:
    """Nothing there looks whole, it is on record as failed, and the next one clears up and is made."""
    assert stuck.stderr is not None
    for line in stuck.stderr:
        if "Writing" in line and not line.startswith("0 "):
            break
    stuck.send_signal(signal.SIGKILL)
    stuck.wait()
    [left] = tmp_path.iterdir()
    assert left.name.endswith(PART)
    (load(box).faxes / "z-endless.pdf").unlink()
    again = nightbell(box, "backup", "make", "--to", str(tmp_path))
    assert again.exit_code == 0, again.output
    (load(box).faxes / "z-endless.pdf").touch()
    [whole] = tmp_path.iterdir()
    assert whole.name.endswith(making.SUFFIX)
    engine = create_engine(load(box).database_url)
    with engine.begin() as connection:
        states = connection.execute(sa.select(backups.c.state).order_by(backups.c.began_at)).scalars().all()
    engine.dispose()
    assert states[-2:] == ["failed", "made"]
    assert "switched off, or the process killed" in nightbell(box, "backup", "list").output


def test_two_at_once_are_one(box: Path, tmp_path: Path) -> None:
    """The other is told so."""
    with making.alone(load(box)):
        refused = nightbell(box, "backup", "make", "--to", str(tmp_path))
    assert (refused.exit_code, refused.output.strip()) == (1, "Error: A backup is being made already.")


def test_the_plan_is_asked_which(box: Path) -> None:
    """Without one there is nothing to make."""
    refused = nightbell(box, "backup", "make", "nightly")
    assert refused.exit_code == 1
    assert "The plan names no backup" in refused.output


def test_a_running_box_is_not_restored(box: Path, tmp_path: Path) -> None:
    """Its daemon would write into what is being replaced."""
    settings = load(box)
    settings.sockets.mkdir(exist_ok=True)
    told = {"at": "2026-03-01T00:00:00+00:00", "pid": os.getpid(), "parts": [{"part": "x", "state": "up"}]}
    settings.health_file.write_text(json.dumps(told))
    file = tmp_path / "file"
    file.touch()
    refused = nightbell(box, "restore", str(file))
    settings.health_file.unlink()
    assert (refused.exit_code, refused.output.strip()) == (1, "Error: The box is running: stop it first, then restore.")
    assert "This is no backup of a Nightbell box." in nightbell(box, "restore", "--replace", str(file)).output


def stick(sticks: Path, name: str) -> Path:
    """A stick that was put in."""
    image, at = sticks.parent / f"{name}.img", sticks / name
    with image.open("wb") as file:
        file.truncate(96 << 20)
    subprocess.run(["/usr/sbin/mke2fs", "-q", "-t", "ext4", str(image)], check=True)
    at.mkdir(parents=True)
    subprocess.run(["mount", "-t", "ext4", "-o", "loop", str(image), str(at)], check=True)
    return at


@pytest.fixture
def sticks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where sticks are mounted."""
    root = tmp_path / "sticks"
    monkeypatch.setattr(places, "STICKS", root)
    yield root
    for at in root.iterdir() if root.is_dir() else ():
        subprocess.run(["umount", "-l", str(at)], capture_output=True, check=False)


USB = ToUsb(id="nightly", kind="usb", passphrase="env:BACKUP_WORDS")


def place(box: Path, day: int, told: making.Told = lambda *_: None) -> making.Made:
    """Make one to the stick."""
    return make(load(box), box, USB, "Site", datetime(2026, 3, day, tzinfo=UTC), told)


def test_the_stick_that_is_in_the_box_is_found(box: Path, sticks: Path) -> None:
    """None, one, and of two the one that has such backups already."""
    with pytest.raises(Trouble, match=r"No USB stick is in the box\."):
        place(box, 1)
    (sticks / "not-mounted").mkdir(parents=True)
    first = stick(sticks, "sdb1")
    assert Path(place(box, 1).file).parent == first
    stick(sticks, "sdc1")
    assert Path(place(box, 2).file).parent == first
    for file in first.glob("*.zip"):
        file.unlink()
    with pytest.raises(Trouble, match="more than one USB stick in the box, and no telling which is meant: sdb1, sdc1"):
        place(box, 3)


def test_a_stick_that_is_pulled_out_in_the_middle_is_said(box: Path, sticks: Path) -> None:
    """In one sentence; when it is put in again there is no file that looks whole, and the next one clears it away."""
    at = stick(sticks, "sdb1")

    def pull(stage: str, *_: int) -> None:
        if stage == making.READING_FILES and at.is_mount():
            subprocess.run(["umount", "-l", str(at)], check=True)

    with pytest.raises(Trouble, match="was pulled out while the backup was being written: there is no new file"):
        place(box, 1, pull)
    assert list(at.iterdir()) == []
    subprocess.run(["mount", "-t", "ext4", "-o", "loop", str(sticks.parent / "sdb1.img"), str(at)], check=True)
    assert [file.suffix for file in at.glob("*nightbell*")] == [PART]
    assert Path(place(box, 2).file).exists()
    assert [file.suffix for file in at.glob("*nightbell*")] == [".zip"]
