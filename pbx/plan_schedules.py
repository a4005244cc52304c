"""Named hours of the plan: when the hospital, a clinic or a line works, by kinds of days and on special days."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text

Days = Literal["workday", "restday", "holiday", "daily", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""What hours may be given for: kinds of days, every day, and days of the week."""

_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
DAY = 24 * 60


def minutes(span: str) -> tuple[int, int]:
    """`"08:00-12:00"` in minutes of the day, the end exclusive; an end that is not later is the next day's.

    >>> minutes("22:00-06:00")
    (1320, 1800)
    """
    found = _SPAN.fullmatch(span)
    if found is None or (found[3] == "24" and found[4] != "00"):
        raise ValueError(span)
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return start, end if end > start else end + DAY


def _checked(spans: tuple[str, ...]) -> tuple[str, ...]:
    for span in spans:
        try:
            minutes(span)
        except ValueError as why:
            raise PlanError((), "{span!r} is not hours such as 08:00-12:00", span=span) from why
    return spans


class Special(Section):
    """Days with hours of their own, whatever the calendar says. last: the last of them, the first itself if not said.

    hours: empty for closed.
    """

    first: date
    last: date | None = None
    name: Text
    hours: tuple[str, ...] = ()

    @field_validator("hours")
    @classmethod
    def _hours(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(hours)

    @model_validator(mode="after")
    def _ascending(self) -> Special:
        if self.last is not None and self.last < self.first:
            raise PlanError(("last",), "is before the first day")
        return self

    def has(self, day: date) -> bool:
        """Whether `day` is one of them."""
        return self.first <= day <= (self.last or self.first)


class Schedule(Section):
    """Hours by name. See `pbx.schedules` for which of them count on a day.

    switch: star code by which telephones of the house switch it by hand: `*28` then 1 closes, 2 opens, 0 goes by the
        hours again. Empty for none. switch_from: the extensions that may.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: Text
    hours: dict[Days, tuple[str, ...]] = {}
    special: tuple[Special, ...] = ()
    switch: str = Field(default="", pattern=r"^(\*[0-9]{1,4})?$")
    switch_from: tuple[str, ...] = ()

    @field_validator("hours")
    @classmethod
    def _hours(cls, hours: dict[Days, tuple[str, ...]]) -> dict[Days, tuple[str, ...]]:
        for spans in hours.values():
            _checked(spans)
        return hours
