"""The parts of `make image-test`: which are wanted, and one after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from imaging.machine import TooLate
from imaging.refusal import Refusal
from imaging.trial import Trial, Wrong
from imaging.trial_medium import trial_medium
from imaging.trial_update import trial_update
from imaging.words import words

PARTS = ("starts", "updates", "medium", "walk")
"""Each by itself, from the image as it is, so that what takes hours can be done in pieces."""
BUNDLES = ("works", "fails", "foreign")


def only(directory: Path) -> Path:
    """The bundle in `directory`."""
    [found] = directory.glob("*.raucb")
    return found


def wanted() -> tuple[str, ...]:
    """The parts that are wanted: all, or those in `IMAGE_TEST_PARTS`. Raises Refusal."""
    parts = tuple(os.environ.get("IMAGE_TEST_PARTS", "").split()) or PARTS
    if strange := [part for part in parts if part not in PARTS]:
        known = " ".join(PARTS)
        raise Refusal(
            words(
                f"IMAGE_TEST_PARTS：没有 {strange[0]} 这一部分，只有：{known}",
                f"IMAGE_TEST_PARTS: there is no part {strange[0]}, only: {known}",
            )
        )
    return parts


def trial(directory: Path, parts: Sequence[str]) -> int:
    """Returns the exit code. For updates there are bundles that work, fail, and are foreign, each in its directory."""
    at = directory / "trial"
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "it", "-f", str(at / "key")], check=True)
    one = Trial.of(
        directory, {name: only(directory / f"bundle-{name}") for name in BUNDLES} if "updates" in parts else {}
    )
    run: Mapping[str, Callable[[], None]] = {
        "starts": one.starts,
        "updates": lambda: trial_update(one),
        "medium": lambda: trial_medium(one),
        "walk": lambda: _apart("trial_walk", directory),
    }
    try:
        for part in parts:
            run[part]()
    except Apart:
        return 1
    except (Wrong, TooLate, OSError, ValueError, subprocess.SubprocessError) as why:
        return one.failed(why)
    one.over()
    if set(parts) == set(PARTS):
        print(words("\n映像通过了启动试验。", "\nThe image passed its boot test."))
    else:
        done = " ".join(parts)
        print(words(f"\n启动试验的这些部分已通过：{done}", f"\nThese parts of the boot test passed: {done}"))
    return 0


class Apart(Exception):
    """A part in a network of its own did not pass, and has said why."""


def _apart(module: str, directory: Path) -> None:
    argv = ["unshare", "--net", sys.executable, "-m", f"imaging.{module}", str(directory)]
    if subprocess.run(argv, check=False).returncode:
        raise Apart
