"""Whether the box works well enough to keep what it was started from.

Carriers and other ends outside may be down: that is no fault of the slot. So may lines that did not work before either
(appliance.box.trial).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

EVERY = 5.0
"""Seconds between two looks."""
OURS = ("daemon:", "exchange:", "storage:")


def unwell(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parts of the box's own that do not work, or have not said yet that they do."""
    silent = [kind for kind in OURS if not any(one["part"].startswith(kind) for one in parts)]
    return silent + [
        one["part"] for one in parts if one["part"].startswith(OURS) and one["state"] in ("down", "starting")
    ]
