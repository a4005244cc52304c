"""Where updates lie on a box that was started from the image; other directories in tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """run: of this start of the box. kept: root's own, readable by all. home: the daemon's. system: of the version.

    usb: where sticks are mounted, one directory each. rauc: the settings of the installer.
    """

    run: Path = Path("/run/nightbell")
    kept: Path = Path("/data/system")
    home: Path = Path("/data/nightbell/update")
    system: Path = Path("/usr/lib/nightbell")
    usb: Path = Path("/run/nightbell-usb")
    rauc: Path = Path("/etc/rauc/system.conf")

    @property
    def slot(self) -> Path:
        """Says which slot was started: `A` or `B`. Not there on an ordinary machine."""
        return self.run / "slot"

    @property
    def record(self) -> Path:
        """What became of updates; written by root alone."""
        return self.kept / "update.json"

    @property
    def progress(self) -> Path:
        """How far the installation is; written by root alone."""
        return self.run / "update.json"

    @property
    def boot_memory(self) -> Path:
        """GRUB's, while `with-env` has it mounted."""
        return self.run / "env" / "grubenv"

    @property
    def request(self) -> Path:
        """What the daemon asks root to do; systemd waits for it (nightbell-update.path)."""
        return self.home / "request.json"

    @property
    def upload(self) -> Path:
        """The bundle that was sent by a browser last."""
        return self.home / "upload.raucb"

    @property
    def arriving(self) -> Path:
        """One that is on its way."""
        return self.home / "upload.part"

    @property
    def is_image(self) -> bool:
        """Whether this box was started from the image."""
        return self.slot.is_file()

    @property
    def is_development(self) -> bool:
        """Whether it trusts keys that its builder made up, and that anybody may hold."""
        return (self.system / "development-keys").exists()
