"""The lock of Debian's packages: exactly which ones are in the image and in its tools, and which Asterisk is built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from imaging.refusal import Refusal
from imaging.words import words

FILE = Path(__file__).parent.parent / "packages.lock"
Archive = Literal["debian", "security"]
HEAD = """\
# Debian's packages, as `make image-lock` found them; `make image` takes these and no others. Not to be edited.
# source NAME SIZE HASH                       a file of Asterisk's source
# root|tools ARCHIVE SIZE SHA-256 PATH NAME   a package of the image, or of the tools that put it together
"""


@dataclass(frozen=True)
class Package:
    """One file of Debian's pool. path: below the archive's address, as written in it. size: bytes."""

    archive: Archive
    size: int
    sha256: str
    path: str
    file: str
    """What apt calls it: the only place where the version's epoch is."""

    @property
    def name(self) -> str:
        """`libc6`."""
        return self.file.split("_")[0]

    @property
    def version(self) -> str:
        """With its epoch: `1:4.6.1-1`."""
        return unquote(self.file.split("_")[1])

    @property
    def architecture(self) -> str:
        """`amd64` or `all`."""
        return self.file.split("_")[2].removesuffix(".deb")


@dataclass(frozen=True)
class Lock:
    """asterisk: rows `name size hash` of its source, in order. Packages are in the order of their names."""

    asterisk: Sequence[str]
    root: Sequence[Package]
    tools: Sequence[Package]

    def all(self) -> list[Package]:
        """Each once."""
        return sorted({*self.root, *self.tools}, key=lambda one: one.file)

    def text(self) -> str:
        """As it is written down; the same lock is the same text."""
        rows = [f"source {row}" for row in self.asterisk]
        for one in self.all():
            where = ",".join(name for name, those in (("root", self.root), ("tools", self.tools)) if one in those)
            rows.append(f"{where} {one.archive} {one.size} {one.sha256} {one.path} {one.file}")
        return HEAD + "\n".join(rows) + "\n"


def parse(text: str) -> Lock:
    """Raises ValueError."""
    asterisk: list[str] = []
    homes: dict[str, list[Package]] = {"root": [], "tools": []}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        first, *rest = line.split()
        if first == "source":
            asterisk.append(" ".join(rest))
            continue
        archive, size, sha256, path, file = rest
        if archive not in ("debian", "security"):
            raise ValueError(archive)
        for home in first.split(","):
            homes[home].append(Package(archive, int(size), sha256, path, file))  # type: ignore[arg-type]  # looked at above
    return Lock(asterisk, homes["root"], homes["tools"])


def read(file: Path = FILE) -> Lock:
    """Raises Refusal."""
    try:
        return parse(file.read_text("utf-8"))
    except (OSError, ValueError, KeyError) as why:
        raise Refusal(
            words(
                f"{file.name} 无法读取，请运行 'make image-lock' 重新生成。",
                f"{file.name} cannot be read: 'make image-lock' makes it anew.",
            )
        ) from why


def check(lock: Lock, root: Iterable[str], tools: Iterable[str]) -> None:
    """Raises Refusal when a package is wanted by name that the lock has not."""
    for home, wanted, those in (("root", root, lock.root), ("tools", tools, lock.tools)):
        missing = sorted(set(wanted) - {one.name for one in those})
        if missing:
            raise Refusal(
                words(
                    f"packages.lock 中没有 packages.{home} 所列的 {'、'.join(missing)}，请运行 'make image-lock'。",
                    f"packages.lock lacks what packages.{home} names: {', '.join(missing)}; run 'make image-lock'.",
                )
            )


def difference(before: Lock, after: Lock) -> list[str]:
    """What `after` has otherwise, a line a package: `+ new 2`, `- gone 1`, `  changed 1 → 2`."""
    old, new = ({one.name: one.version for one in lock.all()} for lock in (before, after))
    rows = []
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is None:
            rows.append(f"+ {name} {now}")
        elif now is None:
            rows.append(f"- {name} {was}")
        elif was != now:
            rows.append(f"  {name} {was} → {now}")
    if before.asterisk != after.asterisk:
        rows += [*(f"- {row}" for row in before.asterisk), *(f"+ {row}" for row in after.asterisk)]
    return rows
