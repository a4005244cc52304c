"""How far the build is: a line a step, and on a terminal one that moves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from imaging.words import words

WIDTH = 24


@dataclass
class Show:
    """Told by the steps; prints."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    weights: Sequence[float] = ()

    def begin(self, weights: Sequence[float]) -> None:
        """weights: about how many seconds each step takes."""
        self.weights = weights

    def kept(self, number: int, title: str) -> None:
        """Made already."""
        self._line(number, "✓", title, words("已有", "kept"))

    def doing(self, number: int, title: str, seconds: float) -> None:
        """Under way for so long."""
        if not self.out.isatty():
            if seconds == 0:
                self._line(
                    number,
                    "…",
                    title,
                    words(f"约 {self.weights[number]:.0f} 秒", f"about {self.weights[number]:.0f} s"),
                )
            return
        total = sum(self.weights)
        through = sum(self.weights[:number]) + min(seconds, self.weights[number] * 0.98)
        full = round(WIDTH * through / total)
        bar = "█" * full + "░" * (WIDTH - full)
        self.out.write(
            f"\r\x1b[K  {bar} {through / total:4.0%}  {number + 1}/{len(self.weights)} {title} {seconds:.0f} s"
        )
        self.out.flush()

    def done(self, number: int, title: str, seconds: float) -> None:
        """Made now."""
        self._line(number, "✓", title, f"{seconds:.0f} s")

    def failed(self, number: int, title: str) -> None:
        """Not made."""
        self._line(number, "✗", title, "")

    def _line(self, number: int, mark: str, title: str, rest: str) -> None:
        start = "\r\x1b[K" if self.out.isatty() else ""
        self.out.write(f"{start}  {mark} {number + 1}/{len(self.weights)} {title} {rest}".rstrip() + "\n")
        self.out.flush()
