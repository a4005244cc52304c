"""Whether a process keeps what it should forget: its memory, and the line through the last half of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import linear_regression

MB = 1_000_000
PACE = 10.0
"""Seconds between two looks."""

ENOUGH = 20 * 60.0
"""Seconds of a run that can say anything: before that caches still fill."""

BOUND = 10.0
"""Megabytes an hour of the run, in which a whole heavy day passes, that count as flat: a year would be 3.6 GB at the
most, and what the measurement itself cannot tell from nothing is a good part of that."""


@dataclass
class Memory:
    """Looks at `size` (bytes) now and then. rows: seconds since the beginning, bytes."""

    size: Callable[[], int]
    rows: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def slope(self) -> float:
        """Megabytes an hour, by a line through the last half."""
        return slope(self.rows)

    def _look(self) -> None:
        while not self._over.is_set():
            self.rows.append((time.monotonic() - self._began, self.size()))
            self._over.wait(PACE)


def slope(rows: list[tuple[float, int]]) -> float:
    """Megabytes an hour of the least-squares line through the last half of `rows`; 0 where there are too few."""
    half = rows[len(rows) // 2 :]
    if len(half) < 3:
        return 0.0
    seconds, sizes = zip(*half, strict=True)
    return float(linear_regression(seconds, sizes).slope) * 3600 / MB
