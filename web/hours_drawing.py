"""Named hours as pictures: a week hour by hour, the kinds of days of a year. Places and sizes for a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pbx.plan_schedules import DAY, Schedule
from pbx.schedules import MAKE_UP, WEEK_WORDS, Hours, Kind, hours_of, shown_span

WIDE, HIGH, LEFT, TOP = 92, 168, 44, 24
"""Of a day's column, of 24 hours, of the hours' names, of the days' names; in SVG units."""
CELL, MONTH = 15, 44


@dataclass(frozen=True)
class Bar:
    """Open hours. x, y, width, height in SVG units."""

    x: float
    y: float
    width: float
    height: float
    hours: str


@dataclass(frozen=True)
class Column:
    """A day of the week. kind: a word of `pbx.schedules.KIND_WORDS`."""

    x: float
    day: date
    weekday: str
    kind: str
    special: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Cell:
    """A day of the year. kind: workday, restday, holiday, make-up, special."""

    x: int
    y: int
    day: date
    kind: str


def week(schedule: Schedule, first: date, kind: Kind) -> list[Column]:
    """Seven days from `first` on; hours that go on after midnight stand on both days."""
    return [_column(n, schedule, first + timedelta(days=n), kind) for n in range(7)]


def _column(n: int, schedule: Schedule, day: date, kind: Kind) -> Column:
    today, before = hours_of(schedule, day, kind), hours_of(schedule, day - timedelta(days=1), kind)
    spans = [(start, min(end, DAY)) for start, end in today.spans]
    spans += [(max(start - DAY, 0), end - DAY) for start, end in before.spans if end > DAY]
    x = LEFT + n * WIDE
    bars = tuple(
        Bar(x + 4, TOP + start * HIGH / DAY, WIDE - 8, (end - start) * HIGH / DAY, shown_span((start, end)))
        for start, end in spans
    )
    return Column(x, day, WEEK_WORDS[day.weekday()], today.kind, today.special is not None, bars)


def year(schedule: Schedule | None, of: int, kind: Kind) -> list[Cell]:
    """Every day of a year: twelve rows of months."""
    first, cells = date(of, 1, 1), []
    for n in range((date(of + 1, 1, 1) - first).days):
        day = first + timedelta(days=n)
        hours = hours_of(schedule or _NONE, day, kind)
        cells.append(Cell(MONTH + (day.day - 1) * CELL, (day.month - 1) * CELL, day, _kind(hours)))
    return cells


def _kind(hours: Hours) -> str:
    if hours.special is not None:
        return "special"
    return "make-up" if hours.kind == MAKE_UP else hours.kind


_NONE = Schedule.model_validate({"id": "none", "name": {"zh": "", "en": ""}})
