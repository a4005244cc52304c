"""What installing onto a disk means: pure reckoning in sectors of 512 octets, before anything is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.backup.trouble import Trouble
from appliance.box.medium.disks import Disk

SECTOR = 512
BIOS, BOOT, MEMORY, SLOT, OTHER_SLOT, DATA = (
    f"nightbell-{name}" for name in ("bios", "boot", "env", "root-a", "root-b", "data")
)
SYSTEM = (BIOS, BOOT, MEMORY, SLOT, OTHER_SLOT)
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
"""Type of the data partition, by which systemd-repart knows it."""
LEAST_DATA = 1 << 30
"""Octets."""
GIGA = 1e9

ITSELF = "{disk} is the disk this was started from."
LOCKED = "{disk} cannot be written to: it is locked."
IN_USE = "{disk} is in use: something of it is mounted, or it is part of a RAID or a volume group."
SECTORS = "{disk} has sectors of {size} octets; this image can be started from disks with sectors of 512 only."
SMALL = "{disk} is too small: it has {size} GB, {needed} GB are needed."
UNREADABLE = "The table of partitions of {disk} cannot be read."
SLOT_SMALL = "The system of this stick does not fit into the system partition of {disk}: install without keeping."


@dataclass(frozen=True)
class Part:
    """A row of a disk's table. start, size: sectors. kind: its type. attrs: as sfdisk writes them."""

    name: str
    start: int
    size: int
    kind: str
    attrs: str = ""

    @property
    def offset(self) -> int:
        """Octets from the disk's beginning."""
        return self.start * SECTOR

    @property
    def length(self) -> int:
        """Octets."""
        return self.size * SECTOR


Table = Mapping[str, Part]


def table(told: str) -> Table:
    """The rows by name, from what `sfdisk --json` printed. Raises KeyError, ValueError where it is no such table."""
    rows = json.loads(told)["partitiontable"]["partitions"]
    found = (Part(row.get("name", ""), row["start"], row["size"], row["type"], row.get("attrs", "")) for row in rows)
    return {part.name: part for part in found}


def is_ours(there: Table) -> bool:
    """Whether it has all that the system needs."""
    return all(name in there for name in SYSTEM)


def can_keep(there: Table, slot: int) -> bool:
    """Whether the disk has a box's data that can stay. slot: octets of the system to be put there."""
    return is_ours(there) and DATA in there and there[SLOT].length >= slot


def needed(source: Table) -> int:
    """Octets that a disk must have."""
    last = source[OTHER_SLOT]
    return last.offset + last.length + LEAST_DATA


def refusal(disk: Disk, own: str, source: Table) -> Trouble | None:
    """Why that disk cannot be taken. own: the disk this was started from. source: its table."""
    if disk.path == own:
        return Trouble(ITSELF, disk=disk.name)
    if disk.is_locked:
        return Trouble(LOCKED, disk=disk.name)
    if disk.in_use:
        return Trouble(IN_USE, disk=disk.name)
    if disk.sector != SECTOR:
        return Trouble(SECTORS, disk=disk.name, size=disk.sector)
    least = needed(source)
    if disk.size < least:
        return Trouble(SMALL, disk=disk.name, size=f"{disk.size / GIGA:.1f}", needed=f"{least / GIGA:.1f}")
    return None


def script(source: Table) -> str:
    """What sfdisk is told for a new disk: the source's rows, and all the rest for data.

    No ids: sfdisk makes fresh ones, so that no other disk has the same.
    """
    rows = ["label: gpt", "unit: sectors", "first-lba: 34", ""]
    for name in SYSTEM:
        part = source[name]
        attrs = f', attrs="{part.attrs}"' if part.attrs else ""
        rows.append(f'start={part.start}, size={part.size}, type={part.kind}, name="{name}"{attrs}')
    last = source[OTHER_SLOT]
    rows.append(f'start={last.start + last.size}, type={LINUX}, name="{DATA}"')
    return "\n".join(rows) + "\n"


def memory(slot: str = "A") -> bytes:
    """GRUB's memory on a new disk: its environment block of 1024 octets; the slot is good and was never tried."""
    other = "B" if slot == "A" else "A"
    said = {
        "ORDER": f"{slot} {other}", f"{slot}_OK": "1", f"{slot}_TRY": "0", f"{other}_OK": "0", f"{other}_TRY": "0",
    }  # fmt: skip
    text = "# GRUB Environment Block\n" + "".join(f"{name}={value}\n" for name, value in said.items())
    return text.encode().ljust(1024, b"#")


def squashed(head: bytes) -> int:
    """Octets of a squashfs, from its first 48 octets, rounded up to whole 4 KiB. Raises ValueError where it is none."""
    if head[:4] != b"hsqs":
        raise ValueError("no squashfs")
    used = int.from_bytes(head[40:48], "little")
    return (used + 4095) // 4096 * 4096


def offers(disks: Sequence[Disk], own: str, source: Table) -> tuple[list[Disk], list[Trouble]]:
    """The disks that can be taken, and why the others cannot; the one this was started from is not named at all."""
    others = [disk for disk in disks if disk.path != own]
    why = {disk.name: refusal(disk, own, source) for disk in others}
    return [disk for disk in others if why[disk.name] is None], [one for one in why.values() if one is not None]
