"""When a backup is to be made: pure reckoning in the site's time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appliance.foundation.backup_plan import WEEKDAYS, Destination

DAYS = 8
"""In so many days each weekday is found."""


def last_due(plan: Destination, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last moment, not after `now`, at which it was to be made; None for one by hand."""
    return max((one for one in _around(plan, now, zone) if one <= now), default=None)


def next_due(plan: Destination, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `now`."""
    return min((one for one in _around(plan, now, zone) if one > now), default=None)


def _around(plan: Destination, now: datetime, zone: ZoneInfo) -> list[datetime]:
    if not plan.at:
        return []
    today, at = now.astimezone(zone).date(), time.fromisoformat(plan.at)
    days = [today + timedelta(days=offset) for offset in range(-DAYS, DAYS + 1)]
    return [
        datetime.combine(day, at, zone).astimezone(UTC)
        for day in days
        if not plan.days or WEEKDAYS[day.weekday()] in plan.days
    ]
