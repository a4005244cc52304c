"""GRUB's memory: which slot is tried first, which are good, how often each was tried (image-build/disk/grub.cfg)."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from appliance.updating.life import OTHER, Slot


@dataclass(frozen=True)
class BootMemory:
    """The file of grub-editenv."""

    file: Path

    def good(self, slot: Slot) -> None:
        """What was started from `slot` works: its tries are not counted any more."""
        self._set(f"{slot}_OK=1", f"{slot}_TRY=0")

    def first(self, slot: Slot) -> None:
        """`slot` is started next, twice if it must be; then the other one."""
        self._set(f"ORDER={slot} {OTHER[slot]}", f"{slot}_OK=1", f"{slot}_TRY=0")

    def never(self, slot: Slot) -> None:
        """`slot` is not started any more."""
        self._set(f"ORDER={OTHER[slot]} {slot}", f"{slot}_OK=0", f"{slot}_TRY=0")

    def _set(self, *words: str) -> None:
        subprocess.run(["grub-editenv", str(self.file), "set", *words], check=True, capture_output=True, timeout=60)
