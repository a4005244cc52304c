"""Fetches the packages of the lock, each checked by its hash: what the mirror gives beside that does not count.

python -m imaging.packages DIRECTORY KEPT      KEPT: what an earlier run fetched
environment: IMAGE_MIRROR IMAGE_SECURITY
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from imaging.lock import Lock, Package, read
from imaging.words import words

AT_ONCE = 40
"""Files a call, for the command line has an end."""


def fetch(lock: Lock, out: Path, kept: Path, mirrors: Mapping[str, str]) -> str:
    """Fill `out`. mirrors: archive → address. Returns the sentence to be said, empty when all is there."""
    wanted = [one for one in lock.all() if not _take(one, out, kept)]
    told = "".join(_download(wanted[first : first + AT_ONCE], out, mirrors) for first in range(0, len(wanted), AT_ONCE))
    missing = [one for one in wanted if not _is_sound(out / one.file, one)]
    if not missing:
        for name, those in (("root", lock.root), ("tools", lock.tools)):
            (out / f"{name}.list").write_text("".join(sorted(f"{one.name} {one.version}\n" for one in those)))
        return ""
    print(told, file=sys.stderr)
    if "404" not in told:
        return words(
            "无法从 Debian 获取软件包：网络是否正常？", "Packages could not be fetched from Debian: is the network up?"
        )
    names = [f"{one.name} {one.version}" for one in missing]
    return words(
        f"Debian 镜像已没有 packages.lock 指定的 {'、'.join(names)}：'make image-lock' 改用最新版本。",
        f"Debian's mirror no longer has {', '.join(names)} of packages.lock: 'make image-lock' takes the newest.",
    )


def _take(one: Package, out: Path, kept: Path) -> bool:
    """Whether an earlier run left it."""
    if not _is_sound(kept / one.file, one):
        return False
    os.link(kept / one.file, out / one.file)
    return True


def _is_sound(file: Path, one: Package) -> bool:
    return file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == one.sha256


def _download(those: Sequence[Package], out: Path, mirrors: Mapping[str, str]) -> str:
    asked = ["/usr/lib/apt/apt-helper", "-o", "APT::Sandbox::User=", "download-file"]
    for one in those:
        asked += [f"{mirrors[one.archive].rstrip('/')}/{one.path}", str(out / one.file), f"SHA256:{one.sha256}"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stderr


def main() -> int:
    """Returns the exit code."""
    out, kept = map(Path, sys.argv[1:3])
    mirrors = {"debian": os.environ["IMAGE_MIRROR"], "security": os.environ["IMAGE_SECURITY"]}
    said = fetch(read(), out, kept, mirrors)
    if said:
        with open(3, "w", encoding="utf-8") as line:
            line.write(said)
    return bool(said)


if __name__ == "__main__":
    raise SystemExit(main())
