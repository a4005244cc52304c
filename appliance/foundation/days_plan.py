"""Days whose kind the plan itself says: holidays as they are announced, and the workdays that make up for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from pydantic import model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.days import DayKind
from appliance.foundation.i18n import Text

LONGEST = timedelta(days=60)
"""No holiday lasts longer: two years are mixed up."""


class NamedDays(Section):
    """Days of one kind, whatever the calendar says. last: the last of them, the first itself if not said."""

    name: Text
    kind: DayKind = "holiday"
    first: date
    last: date | None = None

    @model_validator(mode="after")
    def _ascending(self) -> NamedDays:
        if self.last is not None and self.last < self.first:
            raise PlanError(("last",), "is before the first day")
        if self.last is not None and self.last - self.first > LONGEST:
            raise PlanError(("last",), "is more than {days} days after the first", days=LONGEST.days)
        return self

    def each(self) -> Iterator[date]:
        """Every one of them."""
        end = self.last or self.first
        return (self.first + timedelta(days=days) for days in range((end - self.first).days + 1))


def kinds_of(named: Sequence[NamedDays]) -> Mapping[date, DayKind]:
    """Each day and its kind. Raises PlanError for one that is of two."""
    kinds: dict[date, DayKind] = {}
    for index, days in enumerate(named):
        for day in days.each():
            if kinds.setdefault(day, days.kind) != days.kind:
                raise PlanError((index, "first"), "{day} is already a day of another kind", day=day.isoformat())
    return kinds
