"""Whether the box works well enough to keep what it was started from: exit code 0, else 1 and why.

python -m appliance.box.well [SECONDS]      SECONDS: wait so long for it

Lines, carriers and other ends outside may be down: that is no fault of the slot.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from appliance.box import places
from appliance.foundation.config import Faulty
from appliance.health_file import read_health
from appliance.settings import load

EVERY = 5.0
"""Seconds between two looks."""
OURS = ("daemon:", "exchange:", "storage:")


def unwell(parts: Sequence[dict[str, Any]]) -> list[str]:
    """The parts of the box's own that do not work, or have not said yet that they do."""
    silent = [kind for kind in OURS if not any(one["part"].startswith(kind) for one in parts)]
    return silent + [
        one["part"] for one in parts if one["part"].startswith(OURS) and one["state"] in ("down", "starting")
    ]


def main() -> None:
    """Tell by the exit code."""
    end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 0)
    pause = threading.Event()
    while bad := _unwell_now():
        if time.monotonic() >= end:
            sys.exit(", ".join(bad))
        pause.wait(EVERY)


def _unwell_now() -> list[str]:
    try:
        return unwell(read_health(load(places.SETTINGS).health_file))
    except (OSError, Faulty) as why:
        return [str(why)]


if __name__ == "__main__":
    main()
