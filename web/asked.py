"""A day, a week or a month that somebody asked a report for."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from web.panel import Panel
from web.periods import parse_day
from web.visit import Visit

Period = Literal["day", "week", "month"]
PERIODS: dict[Period, str] = {"day": "One day", "week": "One week", "month": "One month"}


@dataclass(frozen=True)
class Asked:
    """The days somebody asked for; `day` is the one they picked."""

    period: Period
    day: date
    first: date
    last: date

    @property
    def before(self) -> date:
        """A day of the period before."""
        return self.first - timedelta(days=1)

    @property
    def after(self) -> date:
        """A day of the period after."""
        return self.last + timedelta(days=1)


def asked(panel: Panel, visit: Visit, default: Period) -> Asked:
    """The fields `day` and `period`; no day is later than today."""
    today = today_at(panel)
    day = min(parse_day(visit.field("day"), today), today)
    text = visit.field("period")
    match next((known for known in PERIODS if known == text), default):
        case "day":
            return Asked("day", day, day, day)
        case "week":
            first = day - timedelta(days=day.weekday())
            return Asked("week", day, first, first + timedelta(days=6))
    return Asked("month", day, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def today_at(panel: Panel) -> date:
    """Today at the site."""
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
