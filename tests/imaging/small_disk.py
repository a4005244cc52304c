"""A disk as the build makes it, by the same script, with GRUB's real configuration; its slots hold something small."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from imaging.build import HERE
from imaging.machine import Machine, TooLate, copy_sparse

SECTOR = 512
PATIENCE = 300
"""Seconds for what takes some on an idle machine."""
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def run(*command: str | Path, at: Path | None = None, **more: str) -> str:
    """What it prints. Raises CalledProcessError."""
    done = subprocess.run(
        command, cwd=at, check=True, capture_output=True, text=True, env={**os.environ, **PATH, **more}
    )
    return done.stdout


def pack(root: Path, slot: Path) -> None:
    """The slot's file, as the build packs it but for the squeezing, which takes GRUB longer than it saves here."""
    run("mksquashfs", root, slot, "-noappend", "-quiet", "-no-progress", "-all-root", "-noI", "-noD", "-noF", "-noX")


def put_together(directory: Path, slot: Path) -> Path:
    """A disk with `slot` in slot A; as shipped, B is empty."""
    shutil.copytree(HERE / "disk", directory / "parts")
    image = directory / "shipped.img"
    run("./put-together.sh", slot, image, at=directory / "parts", SOURCE_DATE_EPOCH="1790000000")
    return image


def partitions() -> dict[str, tuple[int, int]]:
    """Name → start and length in octets."""
    text = (HERE / "disk" / "table.sfdisk").read_text()
    rows = re.findall(r'start=(\d+), size=(\d+), .*name="nightbell-([a-z-]+)"', text)
    return {name: (int(start) * SECTOR, int(size) * SECTOR) for start, size, name in rows}


def write(disk: Path, partition: str, content: bytes) -> None:
    """From the partition's beginning."""
    with disk.open("r+b") as file:
        file.seek(partitions()[partition][0])
        file.write(content)


class Memory:
    """GRUB's, on a disk that no machine runs from. scratch: a directory for a copy of the partition."""

    def __init__(self, disk: Path, scratch: Path) -> None:
        self._disk, self._copy, self._file = disk, scratch / "env.img", scratch / "grubenv"

    def read(self) -> dict[str, str]:
        """What GRUB wrote down."""
        start, length = partitions()["env"]
        with self._disk.open("rb") as file:
            file.seek(start)
            self._copy.write_bytes(file.read(length))
        self._file.unlink(missing_ok=True)
        run("debugfs", "-R", f"dump /grubenv {self._file}", self._copy)
        rows = run("grub-editenv", self._file, "list").splitlines()
        return dict(row.split("=", 1) for row in rows)

    def set(self, **values: str | int) -> None:
        """As the box does when it works, or finds that it does not."""
        self.read()
        run("grub-editenv", self._file, "set", *(f"{name}={value}" for name, value in values.items()))
        run("debugfs", "-w", "-R", "rm /grubenv", self._copy)
        run("debugfs", "-w", "-R", f"write {self._file} grubenv", self._copy)
        write(self._disk, "env", self._copy.read_bytes())


class SmallMachine(Machine):
    """Starts by BIOS from a disk that the smallest of Debian's kernels knows, and ends where others restart."""

    def command(self) -> list[str]:
        """As the whole machine's but for the disk; what it says goes into a file, and none of it is lost."""
        said = {"socket,id=console,": f"file,id=console,path={self.directory / 'said'}"}
        words = [next((new for old, new in said.items() if one.startswith(old)), one) for one in super().command()]
        return [one.replace("ide-hd,", "virtio-blk-pci,") for one in words] + ["-no-reboot"]

    def text(self) -> str:
        """What it said."""
        return (self.directory / "said").read_text("utf-8", "replace")

    def wait(self) -> None:
        """Until it asks to be restarted. Raises TooLate."""
        assert self._child is not None
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired as why:
            raise TooLate(self.stands()) from why

    def _drain(self) -> None:
        """A file needs nobody who reads it."""


def start(disk: Path, directory: Path) -> str:
    """What one start from `disk` says on the console, until the machine asks to be restarted. Raises TooLate."""
    machine = SmallMachine(disk, directory, "bios", memory=256, has_cable=False)
    machine.start()
    try:
        machine.wait()
        return machine.text()
    finally:
        machine.cut_power()


def copy(image: Path, directory: Path, **partitions_of: bytes) -> Path:
    """A disk of one's own, with these contents of partitions, `_` for `-` in their names."""
    disk = directory / "disk.img"
    copy_sparse(image, disk, image.stat().st_size)
    for name, content in partitions_of.items():
        write(disk, name.replace("_", "-"), content)
    return disk
