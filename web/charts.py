"""Charts of columns, as the template `charts.html` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

HIGH, WIDE = 120, 560
LEGIBLE = 12
"""Of more columns than this only the highest has its value written above it."""


@dataclass(frozen=True)
class Column:
    """One column of a picture, in its units. part: the height of what stands out at its foot. said: for the ear."""

    label: str
    value: str
    x: float
    width: float
    height: float
    part: float
    said: str


@dataclass(frozen=True)
class Pair:
    """Two columns side by side, each of `width`, the first at `x`; their heights. said: for the ear, empty for none."""

    label: str
    x: float
    width: float
    first: float
    second: float
    said: str


def pairs(
    labels: Sequence[str], values: Sequence[tuple[float, float]], shown: Callable[[float], str], every: int = 1
) -> list[Pair]:
    """Two columns for each label, none of them below nothing; every `every`-th label is written."""
    most = max((value for pair in values for value in pair), default=0) or 1
    step = WIDE / max(1, len(values))
    return [
        Pair(
            label=label if number % every == 0 else "",
            x=round((number + 0.1) * step, 1),
            width=round(0.4 * step, 1),
            first=round(HIGH * first / most, 1),
            second=round(HIGH * second / most, 1),
            said=f"{label}: {shown(first)}, {shown(second)}" if first or second else "",
        )
        for number, (label, (first, second)) in enumerate(zip(labels, values, strict=True))
    ]


def columns(
    labels: Sequence[str], values: Sequence[tuple[float, float]], shown: Callable[[float], str]
) -> list[Column]:
    """One column for each label. values: of the whole and of what stands out in it."""
    most = max((whole for whole, _ in values), default=0) or 1
    step = WIDE / max(1, len(values))
    all_of_them = len(values) <= LEGIBLE

    def column(number: int, label: str, whole: float, part: float) -> Column:
        return Column(
            label=label,
            value=shown(whole) if whole and (all_of_them or whole == most) else "",
            x=round((number + 0.14) * step, 1),
            width=round(0.72 * step, 1),
            height=round(HIGH * whole / most, 1),
            part=round(HIGH * part / most, 1),
            said=f"{label}: {shown(whole)}, {shown(part)}",
        )

    return [
        column(number, label, whole, part)
        for number, (label, (whole, part)) in enumerate(zip(labels, values, strict=True))
    ]
