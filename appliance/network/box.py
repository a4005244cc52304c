"""What a box from the image goes by, as its setup left it."""

from __future__ import annotations

import json
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime

from appliance.network.table import NetworkTable


def in_force(box: Path) -> NetworkTable:
    """The network that holds without a trial. box: `Places.box`. Raises OSError, ValueError."""
    return NetworkTable.model_validate(json.loads(box.read_text("utf-8"))["network"])


def steady() -> float:
    """Seconds since the machine was started: the same for every process, whatever the clock is set to."""
    return clock_gettime(CLOCK_BOOTTIME)
