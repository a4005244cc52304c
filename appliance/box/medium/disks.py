"""The disks of this machine, as `lsblk` tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ASKED = (
    "lsblk", "--json", "--bytes", "--output",
    "NAME,PATH,TYPE,SIZE,MODEL,TRAN,RO,LOG-SEC,PARTLABEL,FSTYPE,MOUNTPOINTS",
)  # fmt: skip
NOT_OURS = ("loop", "zram", "ram", "nbd", "mtdblock")
GIGA = 1e9


@dataclass(frozen=True)
class Volume:
    """A file system on a disk, or a part of one. label: in the disk's table. kind: such as `vfat`; empty for none."""

    path: str
    label: str
    kind: str


@dataclass(frozen=True)
class Disk:
    """A whole disk. size: octets. sector: octets. in_use: something of it is mounted, or part of something larger."""

    name: str
    path: str
    size: int
    model: str
    bus: str
    sector: int
    is_locked: bool
    in_use: bool
    volumes: tuple[Volume, ...]

    @property
    def about(self) -> str:
        """What people know it by: `480.1 GB, ACME SSD, sata`."""
        return ", ".join(word for word in (f"{self.size / GIGA:.1f} GB", self.model, self.bus) if word)


def read(told: str) -> list[Disk]:
    """The disks in what `lsblk` printed when it was asked as in ASKED; drives without a medium are none."""
    return [
        _disk(row)
        for row in json.loads(told)["blockdevices"]
        if row["type"] == "disk" and row["size"] and not row["name"].startswith(NOT_OURS)
    ]


def _disk(row: Mapping[str, Any]) -> Disk:
    below = list(_below(row))
    return Disk(
        name=row["name"],
        path=row["path"],
        size=int(row["size"]),
        model=" ".join(str(row["model"] or "").split()),
        bus=str(row["tran"] or ""),
        sector=int(row["log-sec"]),
        is_locked=bool(row["ro"]),
        in_use=any(one["type"] != "part" or any(one["mountpoints"]) for one in below) or any(row["mountpoints"]),
        volumes=tuple(_volume(one) for one in (row, *below)),
    )


def _below(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in row.get("children", ()):
        yield child
        yield from _below(child)


def _volume(row: Mapping[str, Any]) -> Volume:
    return Volume(row["path"], str(row["partlabel"] or ""), str(row["fstype"] or ""))
