"""A stick with a small image laid out as the real one, disks to install it on, and who answers questions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from appliance.box.medium import carrying
from appliance.box.medium.planning import BIOS, BOOT, MEMORY, SLOT, memory, table
from appliance.box.medium.programs import run
from appliance.box.medium.workshop import Workshop
from appliance.box.medium.writing import Medium
from appliance.foundation.i18n import translate

IMAGE = Path(__file__).parents[4] / "image-build"
SHIPPED = (IMAGE / "disk" / "nightbell.toml").read_bytes()
EDITED = b'language = "en"\r\n[network]\r\naddress = "10.1.2.3/24"\r\n'
SYSTEM = b"hsqs" + bytes(36) + (307_248).to_bytes(8, "little") + bytes(range(256)) * 1200
DISK = 8 * 10**9


def stick(directory: Path, system: bytes = SYSTEM) -> Medium:
    """A stick of 4.4 GB, nearly all of it holes."""
    disk = directory / "stick"
    with disk.open("wb") as file:
        file.truncate((4345856 + 4194304 + 2048) * 512)
    run("sfdisk", "--quiet", disk, given=(IMAGE / "disk" / "table.sfdisk").read_text())
    there = table(run("sfdisk", "--json", disk))
    boot = directory / "boot.img"
    with boot.open("wb") as file:
        file.truncate(there[BOOT].length)
    run("mkfs.vfat", "-F", "32", "-n", "NIGHTBELL", boot)
    with disk.open("r+b") as file:
        for offset, content in (
            (0, b"boot code".ljust(440, b"\x90")), (there[BIOS].offset, b"core.img"), (there[BOOT].offset, _held(boot)),
            (there[MEMORY].offset, b"not to be copied: " + memory("B")), (there[SLOT].offset, system),
        ):  # fmt: skip
            file.seek(offset)
            file.write(content)
    carrying.write(disk, there[BOOT].offset, {"nightbell.toml": EDITED, "plan.toml": b"[site]\n"})
    return Medium(disk, there, "A", SHIPPED)


def blank(directory: Path, name: str = "disk", size: int = DISK) -> Path:
    """A disk of holes."""
    disk = directory / name
    with disk.open("wb") as file:
        file.truncate(size)
    return disk


def listing(*disks: Path) -> str:
    """What lsblk would print of files that stand in for disks."""
    rows = [
        {
            "name": disk.name, "path": str(disk), "type": "disk", "size": disk.stat().st_size, "model": "ACME SSD",
            "tran": "sata", "ro": False, "log-sec": 512, "partlabel": None, "fstype": None, "mountpoints": [None],
        }
        for disk in disks
    ]  # fmt: skip
    return json.dumps({"blockdevices": rows})


def workshop(medium: Medium, directory: Path, *disks: Path) -> Workshop:
    """The machine that has the stick and those disks."""
    return Workshop(medium, directory / "data", directory / "sticks", lambda: listing(medium.disk, *disks))


@dataclass
class Person:
    """Satisfies Console: answers in order, and hears everything in English."""

    answers: list[str]
    heard: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def say(self, message: str, **facts: object) -> None:
        self.heard.append(translate(message, "en", **facts))

    def ask(self, message: str, *, is_secret: bool = False, **facts: object) -> str:
        self.say(message, **facts)
        answer = self.answers.pop(0)
        if is_secret:
            self.hidden.append(answer)
        return answer

    def progress(self, done: int, whole: int) -> None:
        assert 0 < done <= whole

    @property
    def text(self) -> str:
        """All that was heard."""
        return "\n".join(self.heard)


def octets(disk: Path, offset: int, length: int) -> bytes:
    """What lies there."""
    with disk.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def ids(disk: Path) -> set[str]:
    """Of the table and of every partition."""
    told = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    return {told["id"], *(row["uuid"] for row in told["partitions"])}


def remembered(disk: Path, offset: int, directory: Path) -> bytes:
    """GRUB's memory, read as a file of its ext2."""
    part = directory / "env-part"
    part.write_bytes(octets(disk, offset, 16384 * 512))
    return run("debugfs", "-R", "cat grubenv", part).encode()


def _held(file: Path) -> bytes:
    # A new FAT's first sectors are all that is not zero; the whole would be 64 MB of it.
    return file.read_bytes().rstrip(b"\0")
