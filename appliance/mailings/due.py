"""When a report of a day, a week or a month is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pbx.plan_report_mails import ReportMail

MADE_UP_FOR = 14
"""Periods that were missed, while the box was down, and are sent afterwards; older ones are not."""


@dataclass(frozen=True)
class Edition:
    """First and last day that a report is about, and when it is to go."""

    first: date
    last: date
    due: datetime


def latest(mail: ReportMail, now: datetime, zone: ZoneInfo) -> Edition:
    """The newest that is due."""
    return next(one for one in _backwards(mail, now, zone) if one.due <= now)


def missed(mail: ReportMail, since: date, now: datetime, zone: ZoneInfo) -> list[Edition]:
    """Those that are due and end after `since`, the oldest first."""
    found = list[Edition]()
    for one in _backwards(mail, now, zone):
        if one.last <= since or len(found) == MADE_UP_FOR:
            break
        if one.due <= now:
            found.append(one)
    return found[::-1]


def _backwards(mail: ReportMail, now: datetime, zone: ZoneInfo) -> Iterator[Edition]:
    """From the one that goes on now."""
    hour, _, minute = mail.at.partition(":")
    at = time(int(hour), int(minute))
    first = _begin(mail, now.astimezone(zone).date())
    while True:
        after = _begin(mail, first + timedelta(days={"day": 1, "week": 7, "month": 31}[mail.every]))
        yield Edition(first, after - timedelta(days=1), datetime.combine(after, at, zone))
        first = _begin(mail, first - timedelta(days=1))


def _begin(mail: ReportMail, day: date) -> date:
    match mail.every:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day
