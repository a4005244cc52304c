"""Asks the disks how they are, which only root may, and leaves what they say for the daemon.

python -m appliance.box.disks      by a timer; writes /run/nightbell/disks.json
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.foundation.clock import Clock, CommandClock
from appliance.hardware.watch import DISKS

BLOCKS = Path("/sys/class/block")
PATIENCE = 60
"""Seconds for one disk: a dying one answers late, or never."""

Ask = Callable[[Sequence[str]], str]


def main() -> None:
    """Ask, and write."""
    leave(every(smartctl, BLOCKS), CommandClock(), DISKS)


def every(ask: Ask, blocks: Path) -> list[dict[str, Any]]:
    """What each disk built in says; USB disks come and go, and are left out."""
    found = _json(ask(("--json=c", "--scan-open"))).get("devices") or []
    rows = [row for row in found if isinstance(row, dict) and isinstance(row.get("name"), str)]
    told = []
    for row in rows:
        if not _on_usb(row["name"], blocks):
            kind = ("-d", str(row["type"])) if row.get("type") else ()
            told.append(_json(ask(("--json=c", "-i", "-H", "-A", *kind, row["name"]))))
    return told


def leave(told: list[dict[str, Any]], clock: Clock, file: Path) -> None:
    """For whoever may not ask."""
    fresh = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "w", encoding="utf-8") as out:
        json.dump({"at": clock.now().isoformat(), "disks": told}, out)
    fresh.replace(file)


def smartctl(arguments: Sequence[str]) -> str:
    """What it prints; its exit code tells of the disk, which the JSON does as well."""
    try:
        done = subprocess.run(("smartctl", *arguments), capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _on_usb(device: str, blocks: Path) -> bool:
    return "/usb" in os.path.realpath(blocks / Path(device).name)


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    main()
