"""A few rows that a line must remember longer than this process lives, in a file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from appliance.foundation import durable

Row = dict[str, Any]

log = Logger()


def keep(file: Path, rows: Sequence[Row]) -> None:
    """Write `rows` in place of what was kept; where that fails, it is logged and the line goes on."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        durable.write(file, json.dumps(rows, ensure_ascii=False).encode())
    except OSError:
        log.failure("what a line must remember was not kept in {file}", file=file.name)


def kept(file: Path) -> list[Row]:
    """What was kept. Raises OSError, ValueError."""
    rows = json.loads(file.read_text("utf-8")) if file.exists() else []
    if not isinstance(rows, list):
        raise ValueError(f"{file.name} holds no rows")
    return rows
