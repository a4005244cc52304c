"""The part of `make image-test` that needs a second disk: install, start beside the stick, back up, restore, reset."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imaging.boot_partition import put
from imaging.machine import Machine, copy_sparse, wait_for
from imaging.words import words

GRUB = Path(__file__).parent.parent / "disk" / "grub.cfg"
INSIDE = 8 * 10**9
"""Octets of the machine's own disk: the smallest that is sold as one of 8 GB."""
PASSPHRASE = "correct horse 9"  # noqa: S105 - of a backup that lives for minutes


def key(name: str) -> str:
    """The letter that chooses that entry of GRUB's menu."""
    [found] = re.findall(rf"^menuentry .* --id {name} --hotkey (\S) ", GRUB.read_text(), re.MULTILINE)
    return str(found)


@dataclass
class Medium:
    """A stick with the image, a bare disk inside a machine, another stick for backups. patience: seconds a start."""

    image: Path
    tools: Path
    directory: Path
    files: dict[str, bytes]
    patience: float

    @property
    def stick(self) -> Path:
        """With the image."""
        return self.directory / "stick.img"

    @property
    def inside(self) -> Path:
        """The machine's own disk."""
        return self.directory / "inside.img"

    @property
    def backups(self) -> Path:
        """The other stick."""
        return self.directory / "backups.img"

    def make(self) -> None:
        """A stick as IT makes one, and a bare disk."""
        copy_sparse(self.image, self.stick, self.image.stat().st_size)
        put(self.stick, self.tools, self.files)
        self.bare()
        with self.backups.open("wb") as file:
            file.truncate(512 << 20)
        made = ["chroot", str(self.tools), "mkfs.vfat", "/backups.img"]
        os.rename(self.backups, self.tools / "backups.img")  # noqa: PTH104 - between two directories of one disk
        subprocess.run(made, check=True, capture_output=True)
        os.rename(self.tools / "backups.img", self.backups)  # noqa: PTH104

    def bare(self) -> None:
        """The disk inside is a new one."""
        self.inside.unlink(missing_ok=True)
        with self.inside.open("wb") as file:
            file.truncate(INSIDE)

    def install(self) -> None:
        """From the entry of the menu to a machine that has switched itself off."""
        with self.task("install", self.from_stick()) as machine:
            self._choose_disk(machine)
            self._finish(machine)

    def restore(self) -> str:
        """The same with the backup of the other stick. Returns what the console said of the comparison."""
        with self.task("restore", self.from_stick(self.backups)) as machine:
            self.hear(machine, "Type its number")
            machine.type("1\r")
            self.hear(machine, "passphrase")
            machine.type(f"{PASSPHRASE}\r")
            self._choose_disk(machine)
            self.hear(machine, "every table, the journal and the ledger agree")
            self._finish(machine)
            return machine.text()

    def erase(self, machine: Machine, tier: str) -> None:
        """A factory reset of the disk inside, up to the start that carries it out."""
        with self.task("reset", machine) as running:
            self.hear(running, "Type one of the two")
            running.type(f"{tier}\r")
            self.hear(running, "It is done at the next start")

    def from_stick(self, *others: Path) -> Machine:
        """The machine started from the stick."""
        return Machine(self.inside, self.directory / "machine", "uefi", stick=self.stick, others=others)

    @contextmanager
    def task(self, name: str, machine: Machine) -> Iterator[Machine]:
        """Switch it on and choose that entry; it is left running where the caller wants that, else switched off."""
        machine.start()
        try:
            self.hear(machine, "Factory reset of this disk")
            machine.type(key(name))
            yield machine
        except BaseException:
            machine.cut_power()
            raise

    def hear(self, machine: Machine, sentence: str) -> str:
        """Wait until the console says it. Returns all that it said."""
        return wait_for(_said(machine, sentence), self.patience, f"“{sentence}” on the console", machine.stands)

    def _choose_disk(self, machine: Machine) -> None:
        self.hear(machine, "Which disk?")
        machine.type("vda\r")
        self.hear(machine, "Type ERASE vda")
        machine.type("ERASE vda\r")

    def _finish(self, machine: Machine) -> None:
        self.hear(machine, "switches itself off")
        machine.type("\r")
        machine.wait_off(self.patience)


def _said(machine: Machine, sentence: str) -> Callable[[], str]:
    return lambda: machine.text() if sentence in machine.text() else ""


def seen(what: str) -> str:
    """What the heading of each part says."""
    return {
        "install": words("从 U 盘安装到空硬盘", "installed from the stick onto a bare disk"),
        "beside": words("U 盘仍插着，从硬盘启动", "started from the disk, the stick still in"),
        "restore": words("在空硬盘上恢复备份", "a backup restored onto a bare disk"),
        "reset": words("恢复出厂设置，保留网络", "factory reset, network kept"),
    }[what]
