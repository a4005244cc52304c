"""A backup restored from the medium: onto a bare disk, beside a box's own data, and refused where it does not agree."""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance.backup import manifest, restoring
from appliance.backup.comparing import Row
from appliance.backup.trouble import Trouble
from appliance.box.file import BoxFile
from appliance.box.medium import installing, recovering, workshop
from appliance.box.medium.adopting import USER
from appliance.box.medium.programs import run
from appliance.box.medium.workshop import Found, Workshop
from appliance.box.medium.writing import Medium
from appliance.foundation.database import create_engine
from appliance.settings import load
from tests.appliance.backup.a_box import PASSPHRASE, lived_in, nightbell
from tests.appliance.box.medium import a_medium
from tests.appliance.box.medium.a_medium import Person, blank, stick


@dataclass(frozen=True)
class Shelf(Workshop):
    """A machine whose backups lie in a directory."""

    there: tuple[Path, ...] = ()

    def backups(self):  # type: ignore[no-untyped-def]  # a context manager of the same
        """As Workshop."""
        return nullcontext([Found(file, "/dev/sdq", file.stat().st_size) for file in self.there])


@pytest.fixture(name="medium", scope="module")
def _medium(tmp_path_factory: pytest.TempPathFactory) -> Medium:
    return stick(tmp_path_factory.mktemp("stick"))


@pytest.fixture(name="backup", scope="module")
def _backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real one, of a box that was lived in."""
    at = tmp_path_factory.mktemp("backup")
    box = lived_in(tmp_path_factory.mktemp("box"))
    made = nightbell(box, "backup", "make", "--to", str(at))
    assert made.exit_code == 0, made.output
    [file] = at.glob("*.nightbell.zip")
    return file


def shelf(medium: Medium, at: Path, disk: Path, *backups: Path) -> Shelf:
    """The machine."""
    listed = a_medium.listing(medium.disk, disk)
    return Shelf(medium, at / "data", at / "sticks", lambda: listed, there=backups)


def test_a_bare_disk_becomes_the_box_of_the_backup(medium: Medium, backup: Path, tmp_path: Path) -> None:
    """Every count and both hashes are shown and agree; the daemon owns its files; the passphrase is nowhere."""
    disk = blank(tmp_path)
    machine = shelf(medium, tmp_path, disk, backup)
    person = Person(["1", PASSPHRASE, "disk", "ERASE disk"])
    recovering.recover(person, machine, BoxFile(language="en"))
    said = restoring.look(backup, PASSPHRASE)
    assert person.heard[-1] == "Restored: every table, the journal and the ledger agree with the backup."
    number, ledger = said.heads.ledger
    assert f"ledger: {number} {ledger} in the backup, {number} {ledger} restored" in person.heard
    patients = said.tables["patients"]
    assert f"patients: {patients} in the backup, {patients} restored" in person.heard
    assert person.hidden == [PASSPHRASE]
    assert PASSPHRASE not in person.text
    [offered] = machine.offers()[0]
    with machine.data_of(offered) as data:
        home = data / "nightbell"
        settings = load(home / "nightbell.toml")
        assert (settings.panel.port, settings.exchange.root) == (80, "")
        assert {os.stat(file).st_uid for file in home.rglob("*")} == {USER}  # noqa: PTH116 - of links, too
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        engine = create_engine(settings.database_url)
        with engine.begin() as connection:
            there = manifest.tables(connection)
            assert manifest.heads(connection).ledger == said.heads.ledger
        engine.dispose()
        assert "s3cret\n" in {file.read_text() for file in settings.secrets.iterdir()}
    changed = {name for name in there if there[name] != said.tables[name]}
    assert changed <= {"journal", "sessions", "plan_revisions", "plan_slots"}
    assert there["patients"] == patients > 0


def test_a_backup_that_does_not_agree_changes_nothing(
    medium: Medium, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is judged beside the data that are there, before the system is touched."""
    disk = blank(tmp_path)
    machine = shelf(medium, tmp_path, disk, backup)
    installing.install(Person(["disk", "ERASE disk"]), machine)
    [offered] = machine.offers()[0]
    with machine.data_of(offered) as data:
        (data / "nightbell").mkdir()
        (data / "nightbell" / "precious").write_text("kept")
    before = a_medium.octets(disk, 0, 1 << 20)

    def wrong(connection: sa.Connection, said: manifest.Manifest) -> list[Row]:
        return [Row("patients", "3", "3"), Row("ledger", "9 aabb", "8 ccdd")]

    monkeypatch.setattr(restoring, "compare", wrong)
    person = Person(["1", PASSPHRASE, "disk", "KEEP disk"])
    with pytest.raises(Trouble, match="ledger: the backup says 9 aabb, and holds 8 ccdd"):
        recovering.recover(person, machine, BoxFile())
    assert "ledger: 9 aabb in the backup, 8 ccdd RESTORED: THEY DIFFER" in person.heard
    assert person.heard[-1] == "The disk's own data are as they were."
    assert a_medium.octets(disk, 0, 1 << 20) == before
    with machine.data_of(offered) as data:
        assert [file.name for file in (data / "nightbell").iterdir()] == ["precious"]


def test_a_wrong_passphrase_touches_no_disk(medium: Medium, backup: Path, tmp_path: Path) -> None:
    """It is asked for before a disk is."""
    disk = blank(tmp_path)
    with pytest.raises(Trouble, match="The passphrase does not open this file"):
        recovering.recover(Person(["1", "wrong"]), shelf(medium, tmp_path, disk, backup), BoxFile())
    assert disk.stat().st_blocks == 0


def test_no_backup_is_said_until_there_is_one(medium: Medium, backup: Path, tmp_path: Path) -> None:
    """A stick is put in, Enter is pressed; a number that is none asks again."""
    machine = shelf(medium, tmp_path, blank(tmp_path))
    person = Person([""])
    with suppress(IndexError):  # nobody answers any more
        recovering.recover(person, machine, BoxFile())
    assert person.heard[1:] == [recovering.NO_FILE] * 2
    person = Person(["7", ""])
    with suppress(IndexError):
        recovering.recover(person, shelf(medium, tmp_path, tmp_path / "disk", backup), BoxFile())
    assert person.heard.count(recovering.WHICH) == 3
    assert person.heard[1].startswith(f"  1   {backup.name}   0.")


def test_backups_are_found_on_any_stick(medium: Medium, tmp_path: Path) -> None:
    """Some directories down; neither on a slot of a box, nor on a disk that is in use."""
    image = blank(tmp_path, "usb", 40_000_000)
    old = tmp_path / "held" / "old"
    old.mkdir(parents=True)
    (old / "a.nightbell.zip").write_bytes(b"12345")
    run("mke2fs", "-q", "-t", "ext4", "-d", old.parent, image)
    row = '"name": "usb", "path": "PATH", "type": "disk", "size": 40000000, "model": null, "tran": "usb", "ro": false'
    rest = '"log-sec": 512, "partlabel": LABEL, "fstype": "ext4", "mountpoints": [null]'
    told = f'{{"blockdevices": [{{{row}, {rest}}}]}}'.replace("PATH", str(image))
    machine = Workshop(medium, tmp_path / "d", tmp_path / "sticks", lambda: told.replace("LABEL", "null"))
    with machine.backups() as found:
        assert [(one.file.name, one.disk, one.octets) for one in found] == [("a.nightbell.zip", str(image), 5)]
        assert found[0].file.exists()
    assert not (tmp_path / "sticks" / "usb").is_mount()
    slot = Workshop(medium, tmp_path / "d", tmp_path / "sticks", lambda: told.replace("LABEL", '"nightbell-boot"'))
    with slot.backups() as none:
        assert none == []
    assert workshop.DEEP == 3
