"""`python -m imaging build|bundle|lock|compare|test [DIRECTORY]`."""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from imaging import compare, sources
from imaging.build import HOUSE, Build, bundle_name, check_room, is_root, make, version
from imaging.lock import Lock
from imaging.refusal import Refusal
from imaging.renew import renew
from imaging.sbom import NAME
from imaging.show import Show
from imaging.signing import signing
from imaging.steps import Workshop
from imaging.words import words


def main() -> int:
    """Returns the exit code."""
    verb, directory = sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else HOUSE / "build" / "image").absolute()
    try:
        if verb == "test":
            from imaging.trial_parts import trial, wanted

            parts = wanted()
            with building(directory) as (made, workshop):
                make(directory, workshop, [*made.steps, *(made.updates() if "updates" in parts else ())])
            return trial(directory, parts)
        {"build": image, "bundle": bundle, "lock": renew_lock, "compare": compare_builds}[verb](directory)
    except Refusal as why:
        print(f"\n{why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(words("\n已中止；已完成的步骤会保留。", "\nStopped; the steps that are done are kept."), file=sys.stderr)
        return 130
    return 0


@contextmanager
def building(directory: Path) -> Iterator[tuple[Build, Workshop]]:
    """The build of this commit in `directory`, which nobody else builds in meanwhile. Raises Refusal."""
    if not is_root():
        raise Refusal(
            words("制作映像需要 root 权限：sudo make image", "Building the image needs root's rights: sudo make image")
        )
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as why:
            raise Refusal(
                words(f"{directory} 中正在进行另一次制作。", f"Another build is under way in {directory}.")
            ) from why
        name, epoch = version()
        signed = signing(HOUSE / "build" / "signing")
        if signed.is_development:
            print(
                words(
                    f"用开发密钥签名（{signed.key.parent}）：仅供试用；正式使用请给出 SIGNING_KEY 与 SIGNING_CERT。",
                    f"Signed with development keys ({signed.key.parent}): for trying only. For boxes in use give "
                    "SIGNING_KEY and SIGNING_CERT.",
                )
            )
        made = Build(directory, sources.sources(), name, epoch, signed)
        yield made, Workshop(directory, made.environment, Show())
        shutil.rmtree(directory / "source", ignore_errors=True)


def bundle(directory: Path) -> None:
    """Make the signed bundle in `directory`. Raises Refusal."""
    began = time.monotonic()
    with building(directory) as (made, workshop):
        make(directory, workshop, made.bundle())
        file = directory / "bundle" / bundle_name(made.release)
    megabytes, seconds = file.stat().st_size / 1e6, time.monotonic() - began
    print(
        words(
            f"\n更新包：{file}（{megabytes:.0f} MB），用时 {seconds:.0f} 秒。",
            f"\nThe update bundle: {file} ({megabytes:.0f} MB), after {seconds:.0f} s.",
        )
    )


def image(directory: Path) -> None:
    """Build the disk in `directory`. Raises Refusal."""
    began = time.monotonic()
    with building(directory) as (made, workshop):
        make(directory, workshop, made.image())
        shutil.copy(directory / "sbom" / NAME, directory / "disk")
    disk, seconds = directory / "disk" / "nightbell.img", time.monotonic() - began
    whole, system = disk.stat().st_size / 1e9, (directory / "slot" / "root.squashfs").stat().st_size / 1e6
    write = f"dd if={disk} of=/dev/… bs=4M conv=fsync status=progress"
    print(
        words(
            f"\n映像：{disk}（{made.version}，{whole:.1f} GB，其中系统 {system:.0f} MB），用时 {seconds:.0f} 秒。\n"
            f"写入磁盘：{write}，或用 balenaEtcher。",
            f"\nThe image: {disk} ({made.version}, {whole:.1f} GB, the system {system:.0f} MB of it), "
            f"after {seconds:.0f} s.\nWrite it: {write}, or with balenaEtcher.",
        )
    )


def renew_lock(directory: Path) -> None:
    """Write the lock of Debian's packages anew. Raises Refusal."""
    with building(directory) as (made, workshop):

        def built(locked: Lock) -> Path:
            asterisk = made.asterisk(locked)
            check_room(directory, [] if workshop.is_made(asterisk) else ["asterisk"])
            workshop.make([asterisk])
            return workshop.made(asterisk)

        changed = renew(made.known, built)
    print("\n".join(changed))
    print(
        words(
            f"\npackages.lock：{len(changed)} 处变化。请查看后提交，再运行 'make image'。",
            f"\npackages.lock: {len(changed)} changes. Look at them, commit them, and run 'make image'.",
        )
    )


def compare_builds(directory: Path) -> None:
    """Build a second time, elsewhere and otherwise, and print what differs. Raises Refusal when something does."""
    with building(directory) as (made, _):
        second = directory / "again"
        shutil.rmtree(second, ignore_errors=True)
        second.mkdir()
        compare.take_over(directory, second)
        again = replace(made, directory=second)
        with compare.otherwise():
            make(second, Workshop(second, again.environment | compare.OTHERWISE, Show()), again.image())
        same, lines = compare.verdict(directory, second)
    print("\n".join(lines))
    if not same:
        raise Refusal(words("两次制作的结果不同。", "The two builds differ."))
    shutil.rmtree(second)


if __name__ == "__main__":
    raise SystemExit(main())
