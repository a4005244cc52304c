"""Where backups are put: a directory of this machine, or the stick that is in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO, Protocol

from appliance.backup.trouble import Trouble, brief

STICKS = Path("/run/nightbell-usb")
"""Where a box from the image mounts sticks, each below its kernel's name."""
DEVICES = Path("/sys/dev/block")
PART = ".part"
"""At the end of a file's name until it is whole."""

NOT_THERE = "There is no directory {directory}: is the disk or share connected?"
OWN_DISK = "{directory} is on the disk of the records: the disk or share that should be there is not."
NO_STICK = "No USB stick is in the box."
MANY_STICKS = "There is more than one USB stick in the box, and no telling which is meant: {names}."
PULLED = "The disk or stick was pulled out while the backup was being written: there is no new file."
UNWRITABLE = "{directory} cannot be written to: {why}."


class Place(Protocol):
    """Somewhere to put files. Every method raises Trouble or OSError."""

    def free(self) -> int | None:
        """Free octets; None where nobody can say."""
        ...

    def create(self, name: str) -> IO[bytes]:
        """Begin the file, which is `name` and PART until it is finished."""
        ...

    def finish(self, name: str) -> None:
        """It is whole: on the platter, and under its name from now on."""
        ...

    def read(self, name: str) -> IO[bytes]:
        """A whole file; it can be read at any place."""
        ...

    def names(self) -> list[str]:
        """Everything there, parts too."""
        ...

    def remove(self, name: str) -> None:
        """It may be gone already."""
        ...

    def shown(self, name: str) -> str:
        """Where that file is, for people."""
        ...

    def is_gone(self) -> bool:
        """Whether it is there no more, which explains an OSError."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Directory:
    """A directory. records: where the box has its own files, to be told from another disk.

    own_disk: it may be on that one.
    """

    def __init__(self, root: Path, records: Path, *, own_disk: bool = False) -> None:
        self._root = root
        if not self._root.is_dir():
            raise Trouble(NOT_THERE, directory=self._root)
        self._device = self._root.stat().st_dev
        if not own_disk and self._device == records.stat().st_dev:
            raise Trouble(OWN_DISK, directory=self._root)
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise Trouble(UNWRITABLE, directory=self._root, why=os.strerror(13))

    def free(self) -> int | None:
        return shutil.disk_usage(self._root).free

    def create(self, name: str) -> IO[bytes]:
        try:
            return os.fdopen(os.open(self._part(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        except OSError as why:
            raise Trouble(UNWRITABLE, directory=self._root, why=brief(why)) from why

    def finish(self, name: str) -> None:
        with self._part(name).open("rb+") as file:
            os.fsync(file.fileno())
        self._part(name).replace(self._root / name)
        directory = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(directory)
        except OSError:
            pass  # a share may not know how
        finally:
            os.close(directory)

    def read(self, name: str) -> IO[bytes]:
        return (self._root / name).open("rb")

    def names(self) -> list[str]:
        return [one.name for one in self._root.iterdir()]

    def remove(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)

    def shown(self, name: str) -> str:
        return str(self._root / name)

    def is_gone(self) -> bool:
        try:
            found = self._root.stat().st_dev
        except OSError:
            return True
        # What has no major number is no disk: a share.
        major, minor = os.major(found), os.minor(found)
        return found != self._device or bool(major and not (DEVICES / f"{major}:{minor}").exists())

    def close(self) -> None:
        """Nothing to let go of."""

    def _part(self, name: str) -> Path:
        return self._root / f"{name}{PART}"


def stick(backup: str) -> Path:
    """The stick that is in the box; of several, the one that has backups of that name already. Raises Trouble."""
    there = [one for one in sorted(STICKS.iterdir()) if one.is_mount()] if STICKS.is_dir() else []
    if not there:
        raise Trouble(NO_STICK)
    known = [one for one in there if any(one.glob(f"*_{backup}_*"))] if len(there) > 1 else there
    if len(known) != 1:
        raise Trouble(MANY_STICKS, names=", ".join(one.name for one in there))
    return known[0]
