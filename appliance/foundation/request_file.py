"""A request of the daemon to root: one small file, which systemd waits for. Root believes nothing of it unlooked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.foundation import durable, json_text

LARGEST = 16 * 1024
"""Bytes."""


def leave(file: Path, request: Mapping[str, object]) -> None:
    """Write it, in the place of one that was not taken yet. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.write(file, json.dumps(request).encode())


def read(file: Path) -> dict[str, Any] | None:
    """What lies there; None for nothing, or nothing that is a mapping."""
    try:
        with file.open("rb") as opened:
            found = json_text.loads(opened.read(LARGEST))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def take(file: Path) -> dict[str, Any] | None:
    """The same, which is gone then, whatever it was: systemd would start the reader again and again. Raises OSError."""
    found = read(file)
    file.unlink(missing_ok=True)
    return found
