"""Whether named hours are open at a moment, and why. Pure: the calendar and the hand's switch are handed in.

Of a day count, the first that is there: the hours of a special day; where the day is of the kind that the week alone
would make it (no holiday, no make-up workday), the hours of its day of the week; the hours of its kind; the daily ones.
A day for which nothing is said is closed. A make-up workday is thus a workday, whatever Saturdays are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from appliance.foundation.days import DayKind, weekdays
from pbx.plan_schedules import DAY, Days, Schedule, Special, minutes
from pbx.reason import Fact, Reason, Word

Position = Literal["", "open", "closed"]
"""Of the switch: by the hours; by hand open, or closed."""

POSITIONS: tuple[Position, ...] = get_args(Position)

Kind = Callable[[date], DayKind]
"""What kind of day a date is: `appliance.foundation.days.calendar` of the site's country."""

WEEK: tuple[Days, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAKE_UP = "make-up workday"
KIND_WORDS: dict[str, str] = {
    "workday": "workday",
    "restday": "rest day",
    "holiday": "public holiday",
    MAKE_UP: "make-up workday",
}
WEEK_WORDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Hours:
    """The hours of one day. kind: as KIND_WORDS has it. special: the day's own name, where it has one.

    spans: minutes of the day, the end exclusive and beyond 1440 where it is of the next day.
    """

    day: date
    kind: str
    spans: tuple[tuple[int, int], ...]
    special: Special | None = None


@dataclass(frozen=True)
class Standing:
    """Whether a schedule is open, and the steps that led there."""

    open: bool
    why: tuple[Reason, ...]


def hours_of(schedule: Schedule, day: date, kind: Kind) -> Hours:
    """The hours that count on `day`."""
    found = kind(day)
    usual = found == weekdays(day)
    shown = MAKE_UP if found == "workday" and not usual else found
    special = next((one for one in schedule.special if one.has(day)), None)
    if special is not None:
        return Hours(day, shown, _spans(special.hours), special)
    keys: Sequence[Days] = ((WEEK[day.weekday()],) if usual else ()) + (found, "daily")
    said = next((schedule.hours[key] for key in keys if key in schedule.hours), ())
    return Hours(day, shown, _spans(said))


def standing(schedule: Schedule, at: datetime, kind: Kind, position: Position = "") -> Standing:
    """How `schedule` stands `at` a moment in the site's own time. position: of its switch."""
    if position:
        said = "“{schedule}” was opened by hand." if position == "open" else "“{schedule}” was closed by hand."
        return Standing(position == "open", (Reason(said, {"schedule": schedule.name}),))
    today, before = (hours_of(schedule, at.date() - timedelta(days=days), kind) for days in (0, 1))
    minute = at.hour * 60 + at.minute
    within = [span for span in today.spans if span[0] <= minute < span[1]]
    late = [span for span in before.spans if span[0] <= minute + DAY < span[1]]
    why = [_of_day(today)]
    if late:
        why.append(Reason("The hours {hours} of the day before still go on.", {"hours": shown_span(late[0])}))
    is_open = bool(within or late)
    facts: dict[str, Fact] = {"schedule": schedule.name, "time": f"{at:%H:%M}", "hours": _shown(today.spans)}
    if is_open:
        why.append(Reason("“{schedule}” is open at {time}.", facts))
    elif today.spans:
        why.append(Reason("“{schedule}” is closed at {time}: its hours are {hours}.", facts))
    else:
        why.append(Reason("“{schedule}” is closed all day.", facts))
    return Standing(is_open, tuple(why))


def shown_span(span: tuple[int, int]) -> str:
    """Minutes of the day as `08:00-12:00`."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (span[0], span[1] % DAY or DAY))


def _shown(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join(shown_span(span) for span in spans)


def _spans(said: Sequence[str]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(minutes(span) for span in said))


def _of_day(hours: Hours) -> Reason:
    facts: dict[str, Fact] = {
        "date": hours.day.isoformat(),
        "weekday": Word(WEEK_WORDS[hours.day.weekday()]),
        "kind": Word(KIND_WORDS[hours.kind]),
    }
    if hours.special is not None:
        return Reason("{date} is a special day, “{name}”.", {**facts, "name": hours.special.name})
    return Reason("{date}, a {weekday}, is a {kind}.", facts)
