"""A real speech worker, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

HOUSE = Path(__file__).parent.parent


class WorkerProcess:
    """`python -m tts.voice_worker`, started, killed and stopped in mid-work by a test. model: of the good voice."""

    def __init__(self, directory: Path, model: Path | None = None) -> None:
        self._model = () if model is None else ("--model", str(model))
        self.socket = directory / "worker.sock"
        self.scratch = directory / "scratch"
        self._log = directory / "worker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is ready some time later."""
        arguments = ["-m", "tts.voice_worker", "--socket", str(self.socket), "--scratch", str(self.scratch)]
        arguments += self._model
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([sys.executable, *arguments], cwd=HOUSE, stderr=log)

    def signal(self, number: signal.Signals) -> None:
        """Send the worker itself a signal; after a killing one, wait for its end."""
        assert self._process is not None
        self._process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            self._process.wait(30)

    def engine(self, module: str = "tts.voice_engine") -> psutil.Process | None:
        """The process in which an engine runs."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        return next((child for child in children if module in child.cmdline()), None)

    def returncode(self) -> int | None:
        """How it ended."""
        return self._process.poll() if self._process is not None else None

    def stop(self) -> None:
        """Kill it if it lives, also when it is stopped."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGKILL)


@contextmanager
def working(directory: Path) -> Iterator[WorkerProcess]:
    """A worker, started."""
    worker = WorkerProcess(directory)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.NoSuchProcess):
        return False
