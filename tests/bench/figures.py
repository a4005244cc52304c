"""Figures as they are printed and kept: a measurement beside its peer, sample by sample, and their ratio."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PERCENTILES = (50, 90, 99)
WIDTH = 46


def percentile(values: Sequence[float], percent: int, *, rate: bool = False) -> float:
    """What `percent` % of `values` are as good as, or better (nearest rank): small is good, of a rate large is."""
    best_first = sorted(values, reverse=rate)
    return best_first[max(0, math.ceil(len(best_first) * percent / 100) - 1)]


@dataclass(frozen=True)
class Row:
    """One line of a figure.

    unit: printed behind each number; scale: what the values are multiplied by for that. rate: more is better.
    """

    name: str
    values: Sequence[float]
    unit: str = ""
    scale: float = 1.0
    rate: bool = False

    def mark(self, percent: int) -> float:
        """A percentile in the printed unit."""
        return percentile(self.values, percent, rate=self.rate) * self.scale

    def facts(self) -> dict[str, Any]:
        """For the record: percentiles in the printed unit."""
        marks = {f"p{percent}": round(self.mark(percent), 4) for percent in PERCENTILES}
        return {"name": self.name, "unit": self.unit, "samples": len(self.values), **marks}

    def text(self) -> str:
        """For the person."""
        marks = (f"{_brief(self.mark(percent)):>9}" for percent in PERCENTILES)
        return f"   {self.name:{WIDTH}}{' '.join(marks)} {self.unit}".rstrip()


@dataclass(frozen=True)
class Figure:
    """What was measured beside which peer, in one run."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def print(self) -> None:
        """Show it."""
        print(f"\n{self.title}")
        print(f"   {'':{WIDTH}}{' '.join(f'{name:>9}' for name in ('median', 'p90', 'p99'))}")
        for row in self.rows:
            print(row.text())
        for note in self.notes:
            print(f"   {note}")
        print(end="", flush=True)

    def facts(self) -> dict[str, Any]:
        """For the record."""
        return {"title": self.title, "rows": [row.facts() for row in self.rows], "notes": list(self.notes)}


def beside(ours: Row, peer: Row, ratio: str) -> list[Row]:
    """Both, and how many times the peer's time each of our samples took."""
    pairs = zip(ours.values, peer.values, strict=True)
    each = [theirs / mine if ours.rate else mine / theirs for mine, theirs in pairs]
    return [ours, peer, Row(f"→ {ratio}", each, "×")]


def milliseconds(name: str, seconds: Sequence[float]) -> Row:
    """A row of times, given in seconds."""
    return Row(name, seconds, "ms", 1000)


def _brief(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def keep(file: Path, run: dict[str, Any]) -> None:
    """Append a run to the JSON list in `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    runs: list[Any] = json.loads(file.read_text("utf-8")) if file.exists() else []
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([*runs, run], ensure_ascii=False, indent=1) + "\n", "utf-8")
    fresh.replace(file)
