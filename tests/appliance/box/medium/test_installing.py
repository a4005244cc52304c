"""A stick installs itself: real tables and file systems, on files that stand in for disks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.backup.trouble import Trouble
from appliance.box.medium import carrying, copying, installing
from appliance.box.medium.planning import BIOS, BOOT, DATA, MEMORY, SLOT
from appliance.box.medium.programs import run
from appliance.box.medium.writing import Medium, install, table_of
from tests.appliance.box.medium.a_medium import (
    EDITED,
    SHIPPED,
    SYSTEM,
    Person,
    blank,
    ids,
    listing,
    octets,
    remembered,
    stick,
    workshop,
)


@pytest.fixture(name="medium", scope="module")
def _medium(tmp_path_factory: pytest.TempPathFactory) -> Medium:
    return stick(tmp_path_factory.mktemp("stick"))


def done(_: int, __: int) -> None:
    """Progress that nobody looks at."""


def test_a_bare_disk_becomes_a_box(medium: Medium, tmp_path: Path) -> None:
    """Asked by name, confirmed in words; what starts it, the slot, the file of IT; data empty; ids of its own."""
    disk = blank(tmp_path)
    person = Person(["nvme7", "disk", "ERASE disk"])
    installing.install(person, workshop(medium, tmp_path, disk))
    assert "There is no disk nvme7 in the list." in person.heard
    assert "  disk   8.0 GB, ACME SSD, sata" in person.heard
    assert "Installed on disk, and what was written reads back the same." in person.heard
    there = table_of(disk)
    assert octets(disk, 0, 440) == octets(medium.disk, 0, 440)
    assert octets(disk, there[BIOS].offset, 8) == b"core.img"
    assert octets(disk, there[SLOT].offset, len(SYSTEM)) == SYSTEM
    assert carrying.read(disk, there[BOOT].offset) == {"nightbell.toml": EDITED, "plan.toml": b"[site]\n"}
    assert b"\nORDER=A B\nA_OK=1\nA_TRY=0\nB_OK=0\n" in remembered(disk, there[MEMORY].offset, tmp_path)
    assert there[DATA].start + there[DATA].size > 8 * 10**9 // 512 - 4096
    assert not ids(disk) & ids(medium.disk)
    run("sfdisk", "--verify", disk)
    run("e2fsck", "-f", "-n", f"{disk}?offset={there[DATA].offset}")


def test_the_medium_itself_is_only_read(medium: Medium, tmp_path: Path) -> None:
    """A stick that is locked will do."""
    medium.disk.chmod(0o444)
    before = (medium.disk.stat().st_mtime_ns, ids(medium.disk))
    install(medium, blank(tmp_path), done, keep=False)
    assert (medium.disk.stat().st_mtime_ns, ids(medium.disk)) == before


def test_data_that_are_there_can_stay(medium: Medium, tmp_path: Path) -> None:
    """The system is renewed; ids, data and, where the stick's file was not edited, the disk's own file stay."""
    disk = blank(tmp_path)
    machine = workshop(medium, tmp_path, disk)
    installing.install(Person(["disk", "ERASE disk"]), machine)
    there, before = table_of(disk), ids(disk)
    with disk.open("r+b") as file:
        file.seek(there[SLOT].offset)
        file.write(b"broken")
    carrying.write(disk, there[BOOT].offset, {"nightbell.toml": b"language = 'zh'\n"})
    data = octets(disk, there[DATA].offset, 1 << 20)
    unedited = stick(tmp_path)
    carrying.write(unedited.disk, unedited.table[BOOT].offset, {"nightbell.toml": SHIPPED.replace(b"\n", b"\r\n")})
    person = Person(["disk", "yes", "disk", "KEEP disk"])
    installing.install(person, workshop(unedited, tmp_path, disk))
    assert "disk holds a box's data." in person.heard
    assert "That is neither. Nothing was changed." in person.heard
    assert octets(disk, there[SLOT].offset, len(SYSTEM)) == SYSTEM
    assert (octets(disk, there[DATA].offset, 1 << 20), ids(disk)) == (data, before)
    assert carrying.read(disk, there[BOOT].offset) == {"nightbell.toml": b"language = 'zh'\n"}


def test_a_disk_that_lies_is_found_out(medium: Medium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads back is not what was written."""
    disk = blank(tmp_path)
    real = copying.digest

    def worn(file: Path, offset: int, length: int, told: copying.Told) -> str:
        if length > 440:
            with file.open("r+b") as out:
                out.seek(offset + 77)
                out.write(b"\xff\x00\xff")
        return real(file, offset, length, told)

    monkeypatch.setattr(copying, "digest", worn)
    with pytest.raises(Trouble, match=r"does not read back the same \(the system\): do not use that disk"):
        install(medium, disk, done, keep=False)
    assert octets(disk, 0, 9) != b"boot code"


def test_no_disk_at_all_is_said_until_there_is_one(medium: Medium, tmp_path: Path) -> None:
    """Whoever connects one goes on with Enter."""
    small = blank(tmp_path, "small", 10**9)
    listed = iter([(small,), (small, blank(tmp_path))])
    machine = workshop(medium, tmp_path, small)
    person = Person(["", "disk", "ERASE disk"])
    installing.install(person, replace(machine, listed=lambda: listing(*next(listed))))
    assert person.heard[1] == "small is too small: it has 1.0 GB, 5.4 GB are needed."
    assert person.heard[2] == "No disk can be taken. Connect one, or mend what is said above."
