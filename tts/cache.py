"""Rendered sentences as files, the least used going first; never in the way when the disk is."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from twisted.logger import Logger

from appliance.foundation import durable
from tts import wav

LIMIT = 512 * 2**20
"""Bytes of sentences kept: some fifteen hundred, more than a ward says in a year."""

SPARE = 2**30
"""Bytes of the disk that are left to records; sentences made in advance do not take them."""

_KEY = re.compile(r"[0-9a-f]{32}")


class Cache:
    """WAV files by key (32 hexadecimal digits).

    told: hears the reason when the directory cannot be written, and None when it can again. Until then
        sentences go to a temporary directory.
    """

    log = Logger()

    def __init__(self, directory: Path, told: Callable[[str | None], None], limit: int = LIMIT) -> None:
        self._directory = directory
        self._told = told
        self._limit = limit
        self._spare: Path | None = None
        self._sizes: dict[str, int] = {}
        self._fault: str | None = None

    def start(self) -> None:
        """Take stock of what earlier runs left."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for part in self._directory.glob("*.part"):
                part.unlink()
            files = sorted((path.stat().st_mtime, path) for path in self._directory.glob("*.wav"))
        except OSError as why:
            self._failed(why)
            return
        self._sizes = {path.stem: path.stat().st_size for _, path in files if _KEY.fullmatch(path.stem)}
        self._shrink()

    def stop(self) -> None:
        """Remove the temporary directory."""
        if self._spare is not None:
            shutil.rmtree(self._spare, ignore_errors=True)
            self._spare = None

    def find(self, key: str) -> tuple[Path, float] | None:
        """The file of `key` and its seconds. A file that a power cut left torn is thrown away."""
        if not _KEY.fullmatch(key):
            return None
        for directory in self._directories():
            path = directory / f"{key}.wav"
            seconds = wav.duration(path)
            if seconds is not None:
                self._used(key, path)
                return path, seconds
        if key in self._sizes:
            self._remove(key)
        return None

    @property
    def roomy(self) -> bool:
        """Whether sentences that nobody waits for may be kept: the directory can be written, the disk is not full."""
        try:
            return self._fault is None and shutil.disk_usage(self._directory).free > SPARE
        except OSError:
            return False

    def keep(self, key: str, data: bytes) -> Path | None:
        """Write a sentence, whole or not at all; None where not even a temporary directory can be written."""
        try:
            path = _write(self._directory, f"{key}.wav", data)
        except OSError as why:
            self._failed(why)
            return self._keep_aside(f"{key}.wav", data)
        self._recovered()
        self._sizes.pop(key, None)
        self._sizes[key] = len(data)
        self._shrink()
        return path

    def fixed(self, name: str, data: bytes) -> Path | None:
        """A file that never goes, written where it is missing or another's, e.g. the chime."""
        for directory in self._directories():
            if _holds(directory / name, data):
                return directory / name
        try:
            return _write(self._directory, name, data)
        except OSError as why:
            self._failed(why)
            return self._keep_aside(name, data)

    def _directories(self) -> tuple[Path, ...]:
        return (self._directory,) if self._spare is None else (self._directory, self._spare)

    def _keep_aside(self, name: str, data: bytes) -> Path | None:
        try:
            if self._spare is None:
                self._spare = Path(tempfile.mkdtemp(prefix="nightbell-speech-"))
            held = list(self._spare.iterdir())
            if len(held) * len(data) > self._limit // 8:
                min(held, key=lambda path: path.stat().st_mtime).unlink()
            return _write(self._spare, name, data)
        except OSError as why:
            self.log.warn("a sentence cannot be kept anywhere: {why}", why=why)
            return None

    def _used(self, key: str, path: Path) -> None:
        if key in self._sizes:
            self._sizes[key] = self._sizes.pop(key)
        with suppress(OSError):
            os.utime(path)

    def _shrink(self) -> None:
        while sum(self._sizes.values()) > self._limit and len(self._sizes) > 1:
            self._remove(next(iter(self._sizes)))

    def _remove(self, key: str) -> None:
        del self._sizes[key]
        try:
            (self._directory / f"{key}.wav").unlink(missing_ok=True)
        except OSError as why:
            self._failed(why)

    def _failed(self, why: OSError) -> None:
        if self._fault is None:
            self._fault = why.strerror or str(why)
            self._told(self._fault)

    def _recovered(self) -> None:
        if self._fault is not None:
            self._fault = None
            self._told(None)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _write(directory: Path, name: str, data: bytes) -> Path:
    path = directory / name
    part = directory / f"{name}.part"
    try:
        part.write_bytes(data)
        durable.settle(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return path
