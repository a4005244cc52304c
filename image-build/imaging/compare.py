"""`make image-compare`: the image built a second time, elsewhere and otherwise, and what differs, path by path."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imaging.words import words

TAKEN_OVER = ("packages", "asterisk", "wheels", "voice")
"""Steps that are not repeated: their packages are those of the locks, or were built from them."""
OTHERWISE = {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "HOME": "/nowhere"}
"""The environment of the second build."""
UMASK = 0o027
FILES = ("slot/root.squashfs", "disk/nightbell.img", "sbom/nightbell.cdx.json")
AT_MOST = 60
"""Rows of the table that are printed."""


@dataclass(frozen=True)
class Entry:
    """One path of a root, as far as the packed root shows it, where all bear the commit's time."""

    mode: str
    owner: str
    content: str

    def differs(self, other: Entry) -> str:
        """In which respects."""
        return ", ".join(name for name in ("mode", "owner", "content") if self.of(name) != other.of(name))

    def of(self, name: str) -> object:
        """A field, by name."""
        return getattr(self, name)


def entries(root: Path) -> dict[str, Entry]:
    """Path → what it is."""
    return dict(_walk(root, root))


def _walk(root: Path, directory: Path) -> Iterator[tuple[str, Entry]]:
    for item in sorted(os.scandir(directory), key=lambda one: one.name):
        path, about = Path(item.path), item.stat(follow_symlinks=False)
        yield (
            str(path.relative_to(root)),
            Entry(
                stat.filemode(about.st_mode),
                f"{about.st_uid}:{about.st_gid}",
                _content(path, about),
            ),
        )
        if item.is_dir(follow_symlinks=False):
            yield from _walk(root, path)


def _content(path: Path, about: os.stat_result) -> str:
    if stat.S_ISLNK(about.st_mode):
        return str(path.readlink())
    if stat.S_ISREG(about.st_mode):
        return sha256(path)
    return str(about.st_rdev)


def sha256(file: Path) -> str:
    """Of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def differences(one: Mapping[str, Entry], other: Mapping[str, Entry]) -> list[str]:
    """A row a path: `etc/x: content`, `etc/y: only in the first`."""
    rows = []
    for path in sorted({*one, *other}):
        if path not in other:
            rows.append(words(f"{path}：只在第一次中", f"{path}: only in the first"))
        elif path not in one:
            rows.append(words(f"{path}：只在第二次中", f"{path}: only in the second"))
        elif one[path] != other[path]:
            rows.append(f"{path}: {one[path].differs(other[path])}")
    return rows


def take_over(directory: Path, second: Path, steps: Sequence[str] = TAKEN_OVER) -> None:
    """Give the second build what is not to be repeated, without copying it."""
    for name in steps:
        subprocess.run(["cp", "-al", str(directory / name), str(second / name)], check=True)


@contextmanager
def otherwise() -> Iterator[None]:
    """With another umask."""
    was = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(was)


def verdict(first: Path, second: Path) -> tuple[bool, list[str]]:
    """Whether both made the same files, and the lines that say so, or what differs."""
    lines, same = [], True
    for name in FILES:
        hashes = [sha256(place / name) for place in (first, second)]
        if hashes[0] == hashes[1]:
            lines.append(words(f"  ✓ {name} 相同：sha256 {hashes[0]}", f"  ✓ {name} the same: sha256 {hashes[0]}"))
        else:
            same = False
            lines.append(words(f"  ✗ {name} 不同", f"  ✗ {name} differs") + f": {hashes[0]} {hashes[1]}")
    if not same:
        rows = differences(entries(first / "root/root"), entries(second / "root/root"))
        lines += [f"      {row}" for row in rows[:AT_MOST]]
        if len(rows) > AT_MOST:
            lines.append(words(f"      …… 共 {len(rows)} 处", f"      … {len(rows)} in all"))
    return same, lines
