"""Waiting for what another process does: often looked at, with a deadline that only a failing test reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 150.0
"""Seconds."""
PACE = 0.1


def until(look: Callable[[], T | None], what: str, deadline: float = DEADLINE) -> T:
    """The first true answer of `look`. Raises AssertionError after `deadline` seconds, saying what was waited for."""
    end = time.monotonic() + deadline
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:g} s for {what}; the last answer was {found!r}")
        time.sleep(PACE)
