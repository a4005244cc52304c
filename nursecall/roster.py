"""Rosters: when a shift runs, who is on duty in it, whose beds are whose. Pure.

One rule says who is on duty in a shift of a day: those the roster names for that shift of that day; where it names
nobody, the rows of the plan. Whoever covers for the ward is on duty besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_wards import Shift, Ward

ROLES = ("nurse", "supervisor", "doctor")
"""Roles every hospital has; a step of an escalation or a service may name others."""

MOST_DAYS = 366


class RosterRefused(Exception):
    """It cannot be done; the text is a message id, `facts` fill it. Nothing was changed."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message.format(**facts) if facts else message)
        self.message, self.facts = message, facts

    def text(self, language: Language) -> str:
        """Why not, as a sentence."""
        return translate(self.message, language, **self.facts)


@dataclass(frozen=True)
class Staff:
    """Somebody who works here. id: the number the hospital knows them by; ward: where they usually work.

    mobile, extension: empty where they have none. login: of the panel, empty for none. active: still works here.
    """

    id: str
    ward: str
    name: str
    role: str = "nurse"
    mobile: str = ""
    extension: str = ""
    login: str = ""
    active: bool = True


@dataclass(frozen=True)
class Stint:
    """Somebody on duty in one shift of one day. beds: labels and ranges, as `spelled`; empty for none in particular."""

    staff: str
    beds: str = ""


@dataclass(frozen=True)
class Cover:
    """`staff`, of another ward, helps out in `ward` from `start` until `end`."""

    id: str
    ward: str
    staff: str
    start: datetime
    end: datetime


Cell = tuple[date, str]
"""A day, and the id of a shift that begins on it."""

Cells = Mapping[Cell, tuple[Stint, ...]]
"""A ward's roster: who is on duty in which shift of which day, in the order they are told. No empty ones."""


@dataclass(frozen=True)
class Run:
    """One shift of one day: it begins on `day`, at `start`, and ends before `end`, perhaps on the next day."""

    shift: Shift
    day: date
    start: datetime
    end: datetime

    @property
    def cell(self) -> Cell:
        """Where the roster says who works in it."""
        return self.day, self.shift.id


def run_of(shift: Shift, day: date, zone: ZoneInfo) -> Run:
    """When that shift begins and ends, where clocks are set back or forward too: it ends as the next one begins."""
    last = day + timedelta(days=shift.end <= shift.start)
    return Run(shift, day, _moment(day, shift.start, zone), _moment(last, shift.end, zone))


def runs(ward: Ward, first: date, last: date, zone: ZoneInfo) -> list[Run]:
    """Every shift of the ward that begins on these days, in order."""
    found = [run_of(shift, day, zone) for day in days(first, last) for shift in ward.shifts]
    return sorted(found, key=lambda run: (run.start, run.end))


def running(ward: Ward, at: datetime, zone: ZoneInfo) -> list[Run]:
    """The ward's shifts that are on at `at`."""
    today = at.astimezone(zone).date()
    return [run for run in runs(ward, today - timedelta(days=1), today, zone) if run.start <= at < run.end]


def turns(wards: Iterable[Ward], covers: Iterable[Cover], after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Moments within two days after `after` at which others are on duty somewhere, in no order."""
    today = after.astimezone(zone).date()
    for ward in wards:
        for run in runs(ward, today - timedelta(days=1), today + timedelta(days=1), zone):
            yield from (run.start, run.end)
    for cover in covers:
        yield from (cover.start, cover.end)


def days(first: date, last: date) -> list[date]:
    """Each of them."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def put(cells: Cells, cell: Cell, staff: str, *, on: bool) -> Cells:
    """With `staff` on duty in `cell`, or not."""
    there = cells.get(cell, ())
    others = tuple(stint for stint in there if stint.staff != staff)
    if on:
        return dict(cells) | {cell: there if len(others) < len(there) else (*there, Stint(staff))}
    return _full(dict(cells) | {cell: others})


def share(cells: Cells, cell: Cell, beds: Mapping[str, str]) -> Cells:
    """With the beds of those on duty in `cell` as `beds` says; who is not in it keeps theirs."""
    there = cells.get(cell, ())
    return dict(cells) | {cell: tuple(replace(stint, beds=beds.get(stint.staff, stint.beds)) for stint in there)}


def swap(cells: Cells, one: tuple[Cell, str], other: tuple[Cell, str]) -> Cells:
    """With two people's stints exchanged, their beds too. Raises RosterRefused."""
    for cell, staff in (one, other):
        if not _works(cells, cell, staff):
            raise RosterRefused("{staff} is not on duty then.", staff=staff)
    if one[0] == other[0]:
        raise RosterRefused("Both are on duty in that shift anyway.")
    for (cell, _), (_, staff) in ((one, other), (other, one)):
        if _works(cells, cell, staff):
            raise RosterRefused("{staff} is on duty in that shift already.", staff=staff)
    changed = dict(cells)
    for (cell, leaves), (_, comes) in ((one, other), (other, one)):
        changed[cell] = tuple(replace(stint, staff=comes) if stint.staff == leaves else stint for stint in cells[cell])
    return changed


def repeat(cells: Cells, first: date, length: int, start: date, end: date, staff: str | None = None) -> Cells:
    """With the `length` days from `first` on repeated from `start` to `end`, in place of what was there.

    staff: only theirs; what the others do stays.
    """
    if not 1 <= length <= MOST_DAYS or not 0 <= (end - start).days < MOST_DAYS:
        raise RosterRefused("Choose at least one day, and at most a year.")
    if start < first + timedelta(days=length) and first <= end:
        raise RosterRefused("The days that are filled must not be among those that are repeated.")
    of_day: dict[date, list[str]] = {}
    for day, shift in cells:
        of_day.setdefault(day, []).append(shift)
    changed = dict(cells)
    for day in days(start, end):
        source = first + timedelta(days=(day - start).days % length)
        for shift in dict.fromkeys((*of_day.get(source, ()), *of_day.get(day, ()))):
            comes, was = cells.get((source, shift), ()), cells.get((day, shift), ())
            if staff is not None:
                comes = (*(stint for stint in was if stint.staff != staff),
                         *(stint for stint in comes if stint.staff == staff))  # fmt: skip
            changed[day, shift] = comes
    return _full(changed)


def different(old: Cells, new: Cells) -> dict[Cell, tuple[Stint, ...]]:
    """What is to be written to make `new` of `old`; empty cells are to be emptied."""
    return {cell: new.get(cell, ()) for cell in sorted({*old, *new}) if old.get(cell, ()) != new.get(cell, ())}


Change = Callable[[Cells], Cells]


def _works(cells: Cells, cell: Cell, staff: str) -> bool:
    return any(stint.staff == staff for stint in cells.get(cell, ()))


def _full(cells: Cells) -> Cells:
    return {cell: stints for cell, stints in cells.items() if stints}


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
