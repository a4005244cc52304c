"""Asterisk as a program: where its parts lie and how it is started, from a root of its own or from the system."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from platform import machine

from appliance.foundation import durable

_LOADERS = {"x86_64": "ld-linux-x86-64.so.2", "aarch64": "ld-linux-aarch64.so.1"}
LIBRARIES = Path(f"usr/lib/{machine()}-linux-gnu")
LOADER = _LOADERS.get(machine(), "ld-linux.so.2")
SECURITY = "security"
"""Asterisk's log of who proves who they are."""
TESTED = "22.10."
"""The series every release is tested with. 22.11.0 misbehaves with whisper and spy hooks."""


@dataclass(frozen=True)
class Engine:
    """Asterisk's own files. `root` is the directory its package was unpacked into, None where the system has it."""

    root: Path | None = None

    @classmethod
    def at(cls, root: str) -> Engine:
        """From the settings' word: a directory, or empty for the system's own."""
        return cls(Path(root).absolute() if root else None)

    @property
    def modules(self) -> Path:
        """Loadable modules."""
        return self._base / LIBRARIES / "asterisk" / "modules"

    @property
    def data(self) -> Path:
        """Documentation and the like, never written to."""
        return self._base / "usr/share/asterisk"

    def argv(self, directory: Path) -> list[str]:
        """The command that runs, in the foreground, the instance whose files are in `directory`.

        An unpacked root is run through its own loader, so that it needs neither root's rights, nor a chroot,
        nor this machine's libraries.
        """
        return self._run("-f", "-C", str(configured(directory) / "asterisk.conf"))

    def asking_version(self) -> list[str]:
        """The command that prints which Asterisk it is."""
        return self._run("-V")

    def _run(self, *options: str) -> list[str]:
        program = str(self._base / "usr/sbin/asterisk")
        if self.root is None:
            return [program, *options]
        libraries = self.root / LIBRARIES
        # Some libraries of cards lie where Debian's never do otherwise.
        path = f"{libraries}:{self.root / 'usr/lib'}"
        return [str(libraries / LOADER), "--library-path", path, program, *options]

    @property
    def _base(self) -> Path:
        return self.root or Path("/")


def configured(directory: Path) -> Path:
    """Where the configuration of the instance in `directory` lies."""
    return directory / "etc"


def call_records(directory: Path) -> Path:
    """The channel event log of the instance in `directory`."""
    return directory / "log" / "events.json"


def security_log(directory: Path) -> Path:
    """Who proved who they are to the instance in `directory`, and who did not."""
    return directory / "log" / SECURITY


def recordings(directory: Path) -> Path:
    """Where the instance in `directory` puts what it records."""
    return directory / "spool" / "recording"


def taken(directory: Path) -> Path:
    """Where the instance in `directory` puts what it takes of talk (MixMonitor)."""
    return directory / "spool" / "monitor"


def password(directory: Path) -> str:
    """The password of the instance's REST interface; made at the first asking, mode 600."""
    file = directory / "rest.password"
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable.write(file, secrets.token_urlsafe(24).encode())
    return file.read_text().strip()
