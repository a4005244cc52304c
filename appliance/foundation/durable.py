"""Files that are there whole when the power goes, or as they were before.

A rename alone is not enough: the name may reach the disk before what is in the file, and an empty file would be taken
for a good one for ever. All these wait for the disk.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600


def write(file: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """`content` as that file, in the place of what was there. Raises OSError; then what was there is as it was."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            os.fchmod(out.fileno(), mode)  # whatever the umask
            out.write(content)
        settle(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)


def make(file: Path, content: bytes) -> None:
    """The same where there is no such file yet: whoever comes first makes it, and nobody sees it half written."""
    if file.exists():
        return
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    write(fresh, content)
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()
    sync(file.parent)


def settle(fresh: Path, file: Path) -> None:
    """Let a file that was written, on the same disk, take the place of another. Raises OSError."""
    sync(fresh)
    fresh.replace(file)
    sync(file.parent)


def sync(place: Path) -> None:
    """Wait until a file, or the names in a directory, are on the disk. Raises OSError."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
