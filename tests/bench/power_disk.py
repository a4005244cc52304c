"""A disk whose power can be cut at any moment: what it holds then, and nothing that was still in memory.

It is a file with ext4 behind a loop device, itself on XFS, which clones a file in one step (FICLONE). A clone is what
the disk would hold had its power gone at that moment: every block that was written to it, none that was to be written.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

SIZE, ROOM = "24G", "64G"
"""Of the disk, and of the place where it and its clones lie; both have holes."""


class CutDisk:
    """Needs root, loop devices, mkfs.xfs and mkfs.ext4. aside: a directory for the files."""

    def __init__(self, aside: Path) -> None:
        self._outer, self._shelf = aside / "shelf.img", aside / "shelf"

    @property
    def file(self) -> Path:
        """The disk as it is now."""
        return self._shelf / "disk.img"

    @contextlib.contextmanager
    def made(self) -> Iterator[None]:
        """An empty one; gone afterwards."""
        self._shelf.mkdir()
        _do("truncate", "-s", ROOM, str(self._outer))
        _do("mkfs.xfs", "-q", "-m", "reflink=1", str(self._outer))
        with _mounted(self._outer, self._shelf):
            _do("truncate", "-s", SIZE, str(self.file))
            _do("mkfs.ext4", "-q", str(self.file))
            yield
        self._outer.unlink()

    def cut(self, name: str) -> Path:
        """What it would hold had its power gone now."""
        clone = self._shelf / f"{name}.img"
        _do("cp", "--reflink=always", str(self.file), str(clone))
        return clone


@contextlib.contextmanager
def inserted(file: Path, place: Path) -> Iterator[None]:
    """The disk in that file, or a clone of it, at `place`, as after power is back: the file system mends itself."""
    with _mounted(file, place):
        yield


@contextlib.contextmanager
def _mounted(file: Path, place: Path) -> Iterator[None]:
    _do("mount", "-o", "loop", str(file), str(place))
    try:
        yield
    finally:
        # Whoever made a mount namespace meanwhile has it there too, which is no reason to wait.
        _do("umount", "--lazy", str(place))


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(words)}: {done.stderr.strip()}")
