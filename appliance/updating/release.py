"""A version of the box, and which records it works with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from appliance.foundation.migrate import FLOOR, newest

COMPATIBLE = "nightbell-x86-64"
"""What a bundle must be for."""


@dataclass(frozen=True)
class Release:
    """made: when its commit was, seconds since 1970, so that the older of two is known. step: of its records.

    floor: the oldest step whose code works with records as this version leaves them.
    """

    version: str
    made: int
    step: str
    floor: str

    @property
    def build(self) -> str:
        """All but the version, as a bundle's manifest has it in `build`."""
        return f"{self.made} records {self.step} floor {self.floor}"


def from_build(version: str, build: str) -> Release:
    """The reverse of `Release.build`. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,12}) records (\d{4}) floor (\d{4})", build)
    if found is None:
        raise ValueError(build)
    return Release(version, int(found[1]), found[2], found[3])


def running(system: Path) -> Release:
    """The version whose files lie in `system`, which is the one that runs."""
    return Release(_text(system / "version"), int(_text(system / "made") or 0), newest(), FLOOR)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""
