"""Steps of the build: each is run once for what goes into it, by hash, and kept under one directory."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from imaging.refusal import Refusal
from imaging.show import Show
from imaging.words import words

APART = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""Nothing stays mounted and nobody keeps running, however a step ends."""


@dataclass(frozen=True)
class Step:
    """A part of the build. `command` is given the directory to fill, which is empty and renamed when it is done.

    inputs: files and directories whose content counts. facts: words that count. after: steps whose keys count.
    seconds: how long it takes on a small machine, for the progress display.
    """

    name: str
    title: tuple[str, str]
    seconds: int
    command: Callable[[Path], Sequence[str]]
    inputs: Sequence[Path] = ()
    facts: Sequence[str] = ()
    after: Sequence[Step] = ()

    def key(self) -> str:
        """A hash of everything that goes in."""
        found = hashlib.sha256(self.name.encode())
        for fact in self.facts:
            found.update(b"\0" + fact.encode())
        for one in self.after:
            found.update(b"\0" + one.key().encode())
        for file in files(self.inputs):
            found.update(b"\0" + str(file).encode() + b"\0" + oct(file.stat().st_mode & 0o111).encode())
            found.update(file.read_bytes())
        return found.hexdigest()


def files(inputs: Iterable[Path]) -> list[Path]:
    """Every file of `inputs`, in order; what Python compiled does not count."""
    found: set[Path] = set()
    for one in inputs:
        found |= {file for file in one.rglob("*") if file.is_file()} if one.is_dir() else {one}
    return sorted(file for file in found if "__pycache__" not in file.parts)


@dataclass
class Workshop:
    """Where steps are run and what they made is kept."""

    directory: Path
    environment: Mapping[str, str]
    show: Show
    run: Callable[[Sequence[str], Mapping[str, str], Path, Callable[[], None]], tuple[int, str]] = field(
        default=lambda command, environment, log, tick: run(command, environment, log, tick)
    )

    def made(self, step: Step) -> Path:
        """The directory that `step` fills."""
        return self.directory / step.name

    def is_made(self, step: Step) -> bool:
        """Whether what is there was made of what goes in now."""
        try:
            return (self.made(step) / ".key").read_text() == step.key()
        except OSError:
            return False

    def make(self, steps: Sequence[Step]) -> None:
        """Run what is not made yet, in order. Raises Refusal."""
        times = self._times()
        self.show.begin([times.get(step.name, step.seconds) for step in steps])
        for number, step in enumerate(steps):
            title = words(*step.title)
            if self.is_made(step):
                self.show.kept(number, title)
                continue
            began = time.monotonic()
            self._run(step, number, title)
            times[step.name] = round(time.monotonic() - began, 1)
            (self.directory / "times.json").write_text(json.dumps(times))

    def _run(self, step: Step, number: int, title: str) -> None:
        key = step.key()
        fresh = self.directory / f"{step.name}.new"
        log = self.directory / "log" / f"{step.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        remove(fresh)
        fresh.mkdir()
        began = time.monotonic()
        self.show.doing(number, title, 0)
        code, said = self.run(
            [*APART, *step.command(fresh)],
            {**os.environ, **self.environment},
            log,
            lambda: self.show.doing(number, title, time.monotonic() - began),
        )
        if code:
            remove(fresh)
            self.show.failed(number, title)
            sentence = said or words(f"步骤“{title}”失败。", f"The step “{title}” failed.")
            raise Refusal(f"{sentence}\n" + words(f"（详情见 {log}。）", f"(The whole story is in {log}.)"))
        (fresh / ".key").write_text(key)
        remove(self.made(step))
        fresh.rename(self.made(step))
        self.show.done(number, title, time.monotonic() - began)

    def _times(self) -> dict[str, float]:
        try:
            found: dict[str, float] = json.loads((self.directory / "times.json").read_text())
        except (OSError, ValueError):
            return {}
        return found


def remove(directory: Path) -> None:
    """With all that is in it; nothing of another file system that may be mounted there."""
    if directory.exists():
        if any(os.path.ismount(place) for place in (directory / "proc", directory / "dev", directory)):
            raise Refusal(
                words(
                    f"{directory} 中仍有挂载，请先卸载。",
                    f"Something is still mounted in {directory}: unmount it first.",
                )
            )
        shutil.rmtree(directory)


def run(command: Sequence[str], environment: Mapping[str, str], log: Path, tick: Callable[[], None]) -> tuple[int, str]:
    """Run it, what it prints into `log`. Returns its exit code and the sentence it said to descriptor 3."""
    said = log.with_suffix(".said")
    with log.open("wb") as out, said.open("wb") as sentence:
        third = sentence.fileno()

        def dress() -> None:
            os.dup2(third, 3)

        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env=dict(environment), preexec_fn=dress, pass_fds=(3,) if third == 3 else (3, third),
        )  # fmt: skip
        try:
            while True:
                try:
                    child.wait(1)
                except subprocess.TimeoutExpired:
                    tick()
                    continue
                break
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    text = said.read_text("utf-8").strip()
    said.unlink()
    return child.returncode, text
