"""Where a change of the network lies; other directories in tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """run: of this start of the box. kept: root's own, readable by all. home: the daemon's.

    cards: the network cards. boot_id: Linux's name of this start.
    """

    run: Path = Path("/run/nightbell")
    kept: Path = Path("/data/system")
    home: Path = Path("/data/nightbell/network")
    cards: Path = Path("/sys/class/net")
    boot_id: Path = Path("/proc/sys/kernel/random/boot_id")

    @property
    def box(self) -> Path:
        """What the box goes by since it was started, and what was confirmed since; not there on an ordinary machine."""
        return self.run / "box.json"

    @property
    def source(self) -> Path:
        """Whence that is: `disk` where the file on the boot partition is sound."""
        return self.run / "source"

    @property
    def record(self) -> Path:
        """What became of the last change; written by root alone."""
        return self.kept / "network.json"

    @property
    def request(self) -> Path:
        """What the daemon asks root to do; systemd waits for it (nightbell-network.path)."""
        return self.home / "request.json"

    @property
    def is_image(self) -> bool:
        """Whether this box was started from the image."""
        return self.box.is_file()

    def boot(self) -> str:
        """Which start of the machine this is; the steady clock of another one says nothing here."""
        return self.boot_id.read_text("ascii").strip()
