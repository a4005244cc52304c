"""How a ward answers its calls: figures of a period, by type, bed, staff, shift, ward, hour and day. Pure.

| time      | from the press until                                                                     |
|-----------|------------------------------------------------------------------------------------------|
| acknowledge | somebody took the call; where the patient pressed again afterwards, until it was taken anew |
| arrive    | the presence button at the bed, else the reset there; none for a call ended from afar    |
| resolve   | the end of the call, however it ended                                                    |

A call is judged by its type's target: it is over that when nobody was there in time (or, ended from afar, when it was
not over in time). An open call is judged once its time is up. What a terminal or a line in trouble raised by itself is
nobody's call and only counted; a call that went on under another identity after a restart is counted as that other one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from pydantic import TypeAdapter

from nursecall.calls import WATCHED
from nursecall.plan import NurseCallPlan
from nursecall.views import PastCall, percentile

Basis = Literal["stays", "now"]
"""What patient-days are counted from: who lay in which bed when; or who lies there now, for want of that."""


@dataclass(frozen=True)
class Spread:
    """Times in seconds: how many, their mean, and percentiles by nearest rank; None where there are none."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True)
class Figures:
    """Figures of some calls. judged: those that have a target to be held against; over: those of them beyond it."""

    count: int
    open: int
    escalated: int
    acknowledge: Spread
    arrive: Spread
    resolve: Spread
    judged: int
    over: int

    @property
    def share(self) -> float | None:
        """How many of 100 were over their target."""
        return 100 * self.over / self.judged if self.judged else None


@dataclass(frozen=True)
class Group:
    """Figures of the calls that have `key` in common. ward: of a bed or a shift; empty elsewhere."""

    key: str
    figures: Figures
    ward: str = ""


@dataclass(frozen=True)
class PatientDays:
    """Days that patients spent in the beds, summed up."""

    days: float
    basis: Basis


@dataclass(frozen=True)
class Analysis:
    """The figures of the days `first` to `last`. wards: empty for all of them.

    by_hour has 24 groups and by_day one for each day, quiet ones too; the others the most calls first.
    heat: calls by weekday (Monday first) and hour. troubles: raised by terminals and lines, not among the calls.
    """

    first: date
    last: date
    wards: tuple[str, ...]
    figures: Figures
    by_type: tuple[Group, ...]
    by_bed: tuple[Group, ...]
    by_staff: tuple[Group, ...]
    by_shift: tuple[Group, ...]
    by_ward: tuple[Group, ...]
    by_hour: tuple[Group, ...]
    by_day: tuple[Group, ...]
    heat: tuple[tuple[int, ...], ...]
    troubles: int
    patient_days: PatientDays | None

    @property
    def per_patient_day(self) -> float | None:
        """Calls for each day that a patient was there."""
        lain = self.patient_days
        return self.figures.count / lain.days if lain and lain.days else None


@dataclass(frozen=True)
class _Timed:
    """A call with its times in seconds; over: None where it is not judged, or not yet."""

    call: PastCall
    local: datetime
    over: bool | None


@dataclass
class _Apart:
    """Calls put apart by some key."""

    calls: dict[tuple[str, str], list[_Timed]] = field(default_factory=dict)

    def groups(self) -> tuple[Group, ...]:
        found = [Group(key, _figures(calls), ward) for (ward, key), calls in self.calls.items()]
        return tuple(sorted(found, key=lambda group: (-group.figures.count, group.ward, group.key)))


def analyse(
    calls: Iterable[PastCall],
    plan: NurseCallPlan,
    first: date,
    last: date,
    zone: tzinfo,
    now: datetime,
    *,
    wards: tuple[str, ...] = (),
    patient_days: PatientDays | None = None,
) -> Analysis:
    """The figures of `calls`, which the caller has chosen: those of the days and wards named."""
    calls = list(calls)
    targets = {kind.id: kind.target for kind in plan.call_types}
    pressed = [call for call in calls if call.heard_as != WATCHED and call.outcome != "continued"]
    timed = [_Timed(call, call.raised_at.astimezone(zone), over(call, targets, now)) for call in pressed]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Analysis(
        first=first,
        last=last,
        wards=wards,
        figures=_figures(timed),
        by_type=_by(timed, lambda one: ("", one.call.call_type)),
        by_bed=_by(timed, lambda one: (one.call.ward, one.call.bed)),
        by_staff=_by(timed, lambda one: ("", one.call.staff)),
        by_shift=_by(timed, _shifts(plan)),
        by_ward=_by(timed, lambda one: ("", one.call.ward)),
        by_hour=_each(timed, range(24), lambda one: one.local.hour),
        by_day=_each(timed, days, lambda one: one.local.date()),
        heat=_heat(timed),
        troubles=sum(call.heard_as == WATCHED for call in calls),
        patient_days=patient_days,
    )


def to_json(analysis: Analysis) -> bytes:
    """As JSON, the names as here; `from_json` makes it an Analysis again."""
    return TypeAdapter(Analysis).dump_json(analysis)


def from_json(content: bytes) -> Analysis:
    """What `to_json` wrote. Raises ValueError."""
    return TypeAdapter(Analysis).validate_json(content)


def over(call: PastCall, targets: Mapping[str, int | None], now: datetime) -> bool | None:
    """Whether nobody was there within the target of the call's type; None where there is no target, or time is left."""
    target = targets.get(call.call_type)
    if target is None:
        return None
    took = call.came_after if call.came_after is not None else call.waited
    if took is not None:
        return took.total_seconds() > target
    return True if (now - call.raised_at).total_seconds() > target else None


def spread(times: Iterable[timedelta | None]) -> Spread:
    """Of the times that are known."""
    ascending = sorted(time.total_seconds() for time in times if time is not None)
    mean = sum(ascending) / len(ascending) if ascending else None
    p50, p90, p99 = (percentile(ascending, percent) for percent in (50, 90, 99))
    return Spread(len(ascending), mean, p50, p90, p99)


def _figures(timed: Collection[_Timed]) -> Figures:
    calls = [one.call for one in timed]
    return Figures(
        count=len(calls),
        open=sum(call.ended_at is None for call in calls),
        escalated=sum(call.escalations > 0 for call in calls),
        acknowledge=spread(call.taken_after for call in calls),
        arrive=spread(call.came_after for call in calls),
        resolve=spread(call.waited for call in calls),
        judged=sum(one.over is not None for one in timed),
        over=sum(one.over is True for one in timed),
    )


def _by(timed: Iterable[_Timed], key: Callable[[_Timed], tuple[str, str]]) -> tuple[Group, ...]:
    apart = _Apart()
    for one in timed:
        apart.calls.setdefault(key(one), []).append(one)
    return apart.groups()


def _each(timed: Iterable[_Timed], keys: Iterable[object], key: Callable[[_Timed], object]) -> tuple[Group, ...]:
    apart: dict[object, list[_Timed]] = {one: [] for one in keys}
    for one in timed:
        apart.setdefault(key(one), []).append(one)
    return tuple(Group(str(one), _figures(calls)) for one, calls in apart.items())


def _shifts(plan: NurseCallPlan) -> Callable[[_Timed], tuple[str, str]]:
    shifts = {ward.id: ward.shifts for ward in plan.wards}

    def shift(one: _Timed) -> tuple[str, str]:
        on = (shift.id for shift in shifts.get(one.call.ward, ()) if shift.covers(one.local.time()))
        return one.call.ward, next(on, "")

    return shift


def _heat(timed: Sequence[_Timed]) -> tuple[tuple[int, ...], ...]:
    counts = [[0] * 24 for _ in range(7)]
    for one in timed:
        counts[one.local.weekday()][one.local.hour] += 1
    return tuple(map(tuple, counts))
