"""What kind of day a date is where the hospital stands: a workday, a restday or a holiday."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import chinese_calendar

DECEMBER = 12
"""By then the holidays of the next year are announced."""

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
    years: Collection[int]

    def __call__(self, day: date) -> DayKind:
        return self.kind(day) if self.knows(day) else weekdays(day)

    def knows(self, day: date) -> bool:
        """Whether the holidays of that year are known."""
        return day.year in self.years

    def with_days(self, named: Mapping[date, DayKind]) -> Calendar:
        """This one, where it does not say otherwise; a year of which it names a day is known."""
        if not named:
            return self
        return Calendar(lambda day: named.get(day) or self(day), {*self.years, *(day.year for day in named)})

    def unknown(self, today: date) -> int | None:
        """The year whose holidays should be known by now and are not: this one; the next, from December on.

        None where no holidays are known at all: there the week is meant to decide.
        """
        due = today.year + (today.month == DECEMBER)
        return next((year for year in (today.year, due) if self.years and year not in self.years), None)


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
