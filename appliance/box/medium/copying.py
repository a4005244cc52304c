"""Octets from one disk to the other, read back: a stick or disk that lies is found out before anybody trusts it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.backup.trouble import Trouble

STEP = 1 << 22
"""Octets at a time."""
WRONG = "What was written to {disk} does not read back the same ({what}): do not use that disk."
SHORT = "The disk this was started from ends before it should ({what})."

Told = Callable[[int], object]
"""Octets that were copied or compared since it was last called."""


@dataclass(frozen=True)
class Job:
    """length octets at `source` of the one disk, to `target` of the other."""

    what: str
    source: int
    target: int
    length: int


def copy(source: Path, target: Path, job: Job, told: Told) -> None:
    """Copy, then compare what reads back from the disk, not from memory. Raises Trouble, OSError."""
    wanted = hashlib.sha256()
    with source.open("rb", buffering=0) as start, target.open("r+b", buffering=0) as end:
        start.seek(job.source)
        end.seek(job.target)
        left = job.length
        while left:
            piece = start.read(min(STEP, left))
            if not piece:
                raise Trouble(SHORT, what=job.what)
            wanted.update(piece)
            _write(end.fileno(), piece)
            left -= len(piece)
            told(len(piece))
        os.fsync(end.fileno())
    if digest(target, job.target, job.length, told) != wanted.hexdigest():
        raise Trouble(WRONG, disk=target.name, what=job.what)


def digest(disk: Path, offset: int, length: int, told: Told) -> str:
    """SHA-256 of what the disk holds there, in hexadecimal; what the kernel remembers of it is forgotten first."""
    found = hashlib.sha256()
    with disk.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), offset, length, os.POSIX_FADV_DONTNEED)
        file.seek(offset)
        left = length
        while left:
            piece = file.read(min(STEP, left))
            if not piece:
                break
            found.update(piece)
            left -= len(piece)
            told(len(piece))
    return found.hexdigest()


def _write(target: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(target, view) :]
