"""Days and months as people pick them, as moments the records know."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=400)


def parse_day(text: str, default: date) -> date:
    """`2026-03-02` as a date; `default` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first moment of `first` to the first moment after `last`, at the site."""
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def ordered(first: date, last: date) -> tuple[date, date]:
    """The two days in order, at most about a year apart."""
    first, last = min(first, last), max(first, last)
    return max(first, last - LONGEST), last


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When `day` begins at the site."""
    return datetime.combine(day, time(), zone)
