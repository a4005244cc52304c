"""What kind of day a date is where the hospital stands: a workday, a restday or a holiday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import chinese_calendar

DayKind = Literal["workday", "restday", "holiday"]


def weekdays(day: date) -> DayKind:
    """Monday to Friday are workdays, the weekend is restdays; knows no holidays."""
    return "workday" if day.weekday() < 5 else "restday"


@dataclass(frozen=True)
class Calendar:
    """Kinds of days.

    kind: asked only about the years whose holidays it knows. years: those; in all others days go by the week alone,
        no holiday is guessed.
    """

    kind: Callable[[date], DayKind]
    years: range

    def __call__(self, day: date) -> DayKind:
        return self.kind(day) if self.knows(day) else weekdays(day)

    def knows(self, day: date) -> bool:
        """Whether the holidays of that year are known."""
        return day.year in self.years


def _chinese(day: date) -> DayKind:
    # A holiday is every day of a holiday as it was announced, weekends and days in lieu among them.
    if day in chinese_calendar.workdays:
        return "workday"
    return "holiday" if day in chinese_calendar.holidays else weekdays(day)


WEEKDAYS = Calendar(weekdays, range(0))
"""No holidays of any year are known."""

CHINA = Calendar(_chinese, range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1))
"""As the State Council announces it each November for the year that follows."""


def calendar(country: str) -> Calendar:
    """The calendar of a country, ISO 3166 letters; of one whose holidays are not known the days of the week."""
    return CHINA if country == "CN" else WEEKDAYS
