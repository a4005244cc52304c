"""`make image-lock`: looks up the newest packages and writes them into the lock, to be read and committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from imaging import lock, sources
from imaging.refusal import Refusal
from imaging.words import words

HERE = Path(__file__).parent.parent


def names(home: str) -> list[str]:
    """What `packages.root` or `packages.tools` asks for."""
    return (HERE / f"packages.{home}").read_text("utf-8").split()


def renew(known: sources.Sources, built: Callable[[lock.Lock], Path], file: Path = lock.FILE) -> list[str]:
    """Write `file` anew. built: the directory with Asterisk's packages, whose dependencies count, of the lock's source.

    Returns what changed, a line a package. Raises Refusal.
    """
    before = lock.read(file) if file.exists() else lock.Lock([], [], [])
    after = lock.Lock(sources.asterisk_source(known), before.root, before.tools)
    packages = sorted(built(after).glob("*.deb"))
    after = lock.Lock(
        after.asterisk,
        sources.resolved(known, [*names("root"), *map(str, packages)]),
        sources.resolved(known, names("tools")),
    )
    file.write_text(after.text(), "utf-8")
    return lock.difference(before, after)


def check_source(known: sources.Sources) -> None:
    """Raises Refusal when Debian's source of Asterisk is no longer the one of the lock."""
    wanted, there = lock.read().asterisk, sources.asterisk_source(known)
    if wanted != there:
        names = [next((row.split()[0] for row in rows if ".dsc " in row), "?") for rows in (wanted, there)]
        raise Refusal(
            words(
                f"Debian 的 Asterisk 源代码现为 {names[1]}，packages.lock 指定 {names[0]}："
                "'make image-lock' 改用新的。",
                f"Debian's source of Asterisk is now {names[1]}, and packages.lock says {names[0]}: "
                "'make image-lock' takes the new one.",
            )
        )
