"""Where backups are put: a directory of this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO, Protocol

from appliance.backup.trouble import Trouble, brief
from appliance.foundation.backup_plan import ToDirectory

PART = ".part"
"""At the end of a file's name until it is whole."""

NOT_THERE = "There is no directory {directory}: is the disk or share connected?"
OWN_DISK = "{directory} is on the disk of the records: the disk or share that should be there is not."
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

    def close(self) -> None:
        """Let go."""
        ...


class Directory:
    """A directory. records: where the box has its own files, to be told from another disk."""

    def __init__(self, plan: ToDirectory, records: Path) -> None:
        self._root = Path(plan.directory)
        if not self._root.is_dir():
            raise Trouble(NOT_THERE, directory=self._root)
        if not plan.own_disk and self._root.stat().st_dev == records.stat().st_dev:
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

    def close(self) -> None:
        """Nothing to let go of."""

    def _part(self, name: str) -> Path:
        return self._root / f"{name}{PART}"
