"""`python -m imaging build [DIRECTORY]`, `python -m imaging test [DIRECTORY]`."""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from pathlib import Path

from imaging import sources
from imaging.build import HOUSE, Build, is_root, make, version
from imaging.refusal import Refusal
from imaging.show import Show
from imaging.steps import Workshop
from imaging.words import words


def main() -> int:
    """Returns the exit code."""
    verb, directory = sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else HOUSE / "build" / "image").absolute()
    try:
        if verb == "test":
            from imaging.trial import trial

            return trial(directory)
        build(directory)
    except Refusal as why:
        print(f"\n{why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(words("\n已中止；已完成的步骤会保留。", "\nStopped; the steps that are done are kept."), file=sys.stderr)
        return 130
    return 0


def build(directory: Path) -> None:
    """Build into `directory`. Raises Refusal."""
    if not is_root():
        raise Refusal(
            words("制作映像需要 root 权限：sudo make image", "Building the image needs root's rights: sudo make image")
        )
    directory.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as why:
            raise Refusal(
                words(f"{directory} 中正在进行另一次制作。", f"Another build is under way in {directory}.")
            ) from why
        name, epoch = version()
        made = Build(directory, sources.sources(), name, epoch)
        image = make(directory, Workshop(directory, made.environment, Show()), made)
    seconds = time.monotonic() - began
    whole, system = image.stat().st_size / 1e9, (directory / "slot" / "root.squashfs").stat().st_size / 1e6
    write = f"dd if={image} of=/dev/… bs=4M conv=fsync status=progress"
    print(
        words(
            f"\n映像：{image}（{name}，{whole:.1f} GB，其中系统 {system:.0f} MB），用时 {seconds:.0f} 秒。\n"
            f"写入磁盘：{write}，或用 balenaEtcher。",
            f"\nThe image: {image} ({name}, {whole:.1f} GB, the system {system:.0f} MB of it), after {seconds:.0f} s.\n"
            f"Write it: {write}, or with balenaEtcher.",
        )
    )
    shutil.rmtree(directory / "source", ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
