"""The machine as the conversations see it: its disks, the sticks with backups, what is done with them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.backup.making import SUFFIX
from appliance.backup.trouble import Trouble
from appliance.box.medium import disks, planning, writing
from appliance.box.medium.disks import Disk
from appliance.box.medium.planning import BOOT, DATA, SYSTEM, Table
from appliance.box.medium.programs import attempt, run
from appliance.box.medium.writing import Medium, Told

READABLE = ("vfat", "exfat", "ext4", "ext3", "ext2", "ntfs")
DEEP = 3
"""So many directories down a backup is looked for."""


@dataclass(frozen=True)
class Found:
    """A backup's file on some stick. disk: the stick's device."""

    file: Path
    disk: str
    octets: int


@dataclass(frozen=True)
class Workshop:
    """medium: what this was started from. data: where a disk's data are mounted. sticks: where others are.

    listed: asks for the disks of the machine.
    """

    medium: Medium
    data: Path
    sticks: Path
    listed: Callable[[], str] = lambda: run(*disks.ASKED)

    def disks(self) -> list[Disk]:
        """Every disk of the machine."""
        return disks.read(self.listed())

    def offers(self) -> tuple[list[Disk], list[Trouble]]:
        """As planning.offers."""
        return planning.offers(self.disks(), str(self.medium.disk), self.medium.table)

    def can_keep(self, disk: Disk) -> bool:
        """Whether it has a box's data that can stay."""
        try:
            return planning.can_keep(writing.table_of(Path(disk.path)), self.medium.size)
        except Trouble:
            return False

    def install(self, disk: Disk, told: Told, *, keep: bool) -> Table:
        """As writing.install."""
        there = writing.install(self.medium, Path(disk.path), told, keep=keep)
        subprocess.run(["sync"], check=False)
        return there

    @contextmanager
    def data_of(self, disk: Disk) -> Iterator[Path]:
        """The disk's data partition, mounted. Raises Trouble."""
        part = writing.table_of(Path(disk.path))[DATA]
        where = f"loop,offset={part.offset},sizelimit={part.length},nodev,nosuid,noexec"
        self.data.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "ext4", "-o", where, disk.path, self.data)
        try:
            yield self.data
        finally:
            run("umount", self.data)

    @contextmanager
    def backups(self) -> Iterator[list[Found]]:
        """The backups on whatever is plugged in, mounted to be read; no disk that is in use, no slot of a box."""
        mounted: list[Path] = []
        try:
            found: list[Found] = []
            for disk in self.disks():
                own = disk.path == str(self.medium.disk)
                for volume in disk.volumes:
                    ours = volume.label in (*SYSTEM, DATA) and not (own and volume.label == BOOT)
                    if volume.kind not in READABLE or ours or (disk.in_use and not own):
                        continue
                    at = self.sticks / Path(volume.path).name
                    at.mkdir(parents=True, exist_ok=True)
                    kind = {"ntfs": "ntfs3", "ext3": "ext4", "ext2": "ext4"}.get(volume.kind, volume.kind)
                    options = "ro,nodev,nosuid,noexec"
                    if attempt(("mount", "-t", kind, "-o", options, volume.path, at)).returncode == 0:
                        mounted.append(at)
                        found += [Found(file, disk.path, file.stat().st_size) for file in _files(at)]
            yield found
        finally:
            for at in mounted:
                attempt(("umount", at))


def _files(at: Path) -> list[Path]:
    patterns = ("/".join(["*"] * down + [f"*{SUFFIX}"]) for down in range(DEEP))
    return sorted(file for pattern in patterns for file in at.glob(pattern) if file.is_file())
