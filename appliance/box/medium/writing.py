"""A disk made a box's disk, by offsets in the whole disk: nothing of it is mounted, no partition's device is needed.

What lets the machine start from it comes last: one whose making was broken off does not look whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.backup.trouble import Trouble
from appliance.box.medium import carrying
from appliance.box.medium.copying import Job, copy
from appliance.box.medium.planning import (
    BIOS,
    BOOT,
    DATA,
    MEMORY,
    OTHER_SLOT,
    SLOT,
    SLOT_SMALL,
    UNREADABLE,
    Table,
    can_keep,
    memory,
    script,
    squashed,
    table,
)
from appliance.box.medium.programs import run

BOOT_CODE = 440
"""Octets at a disk's beginning that a BIOS starts."""
SYSTEM_WORD, START_WORD, MEMORY_WORD = "the system", "what starts it", "GRUB's memory"
Told = Callable[[int, int], object]
"""Octets done, octets there are to be copied and compared."""


@dataclass(frozen=True)
class Medium:
    """What is installed: the disk this was started from, its table, the slot that runs.

    shipped: `nightbell.toml` as nobody has edited it.
    """

    disk: Path
    table: Table
    slot: str
    shipped: bytes

    @property
    def system(self) -> int:
        """Where the running slot begins, in octets."""
        return self.table[SLOT if self.slot == "A" else OTHER_SLOT].offset

    @property
    def size(self) -> int:
        """Octets of the running slot's system."""
        with self.disk.open("rb") as file:
            file.seek(self.system)
            return squashed(file.read(48))


def table_of(disk: Path) -> Table:
    """Raises Trouble where there is none that can be read."""
    try:
        return table(run("sfdisk", "--json", disk))
    except (KeyError, ValueError) as why:
        raise Trouble(UNREADABLE, disk=disk.name) from why


def install(medium: Medium, disk: Path, told: Told, *, keep: bool) -> Table:
    """Make `disk` a box's disk, with empty data or with those that are there. Returns its table. Raises Trouble.

    What IT wrote on the boot partition goes along.
    """
    files: Mapping[str, bytes] | None = None
    if keep:
        there = table_of(disk)
        if not can_keep(there, medium.size):
            raise Trouble(SLOT_SMALL, disk=disk.name)
        own = carrying.read(disk, there[BOOT].offset)
        stick = carrying.read(medium.disk, medium.table[BOOT].offset)
        files = carrying.chosen(stick, own, medium.shipped)
    else:
        run("sfdisk", "--quiet", "--wipe", "always", "--wipe-partitions", "always", disk, given=script(medium.table))
        there = table_of(disk)
        _new_data(disk, there)
    _fill(medium, disk, there, told)
    if files is not None:
        carrying.write(disk, there[BOOT].offset, files)
    return there


def _fill(medium: Medium, disk: Path, there: Table, told: Told) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        remembered = _memory(Path(scratch), there)
        jobs = [
            (medium.disk, Job(SYSTEM_WORD, medium.system, there[SLOT].offset, medium.size)),
            (remembered, Job(MEMORY_WORD, 0, there[MEMORY].offset, there[MEMORY].length)),
            (medium.disk, _whole(medium.table, there, BOOT)),
            (medium.disk, _whole(medium.table, there, BIOS)),
            (medium.disk, Job(START_WORD, 0, 0, BOOT_CODE)),
        ]
        whole, done = 2 * sum(job.length for _, job in jobs), 0

        def further(octets: int) -> None:
            nonlocal done
            done += octets
            told(done, whole)

        for source, job in jobs:
            copy(source, disk, job, further)


def _whole(source: Table, target: Table, name: str) -> Job:
    return Job(START_WORD, source[name].offset, target[name].offset, source[name].length)


def _memory(scratch: Path, there: Table) -> Path:
    """A file that holds what the partition of GRUB's memory is to hold."""
    (scratch / "env").mkdir()
    (scratch / "env" / "grubenv").write_bytes(memory())
    image = scratch / "env.img"
    with image.open("wb") as file:
        file.truncate(there[MEMORY].length)
    # As in the image: GRUB reads every such ext2, and writes into the file's own blocks.
    run("mke2fs", "-q", "-t", "ext2", "-O", "^resize_inode", "-L", MEMORY, "-d", scratch / "env", image)
    return image


def _new_data(disk: Path, there: Table) -> None:
    # Without discard: it would be done from the disk's beginning, whatever the offset.
    part = there[DATA]
    extra = f"offset={part.offset},nodiscard,root_owner=0:0"
    run("mke2fs", "-q", "-F", "-t", "ext4", "-L", DATA, "-E", extra, disk, f"{part.length // 1024}k")
