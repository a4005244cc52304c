"""What has happened on the wards, for pages and reports: SQL inside, plain values out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, get_args

import sqlalchemy as sa

from appliance.foundation.database import Moment, Transactions
from nursecall.schema import nurse_calls

COMPOUND_SURNAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 长孙 宇文 端木 轩辕 南宫 西门 独孤 申屠 "
    "公冶 太史 钟离 闻人 澹台 赫连 濮阳 淳于 单于 呼延 百里 东郭 拓跋 公羊 仲孙 鲜于 司空 万俟"
)


@dataclass(frozen=True)
class PastCall:
    """One row of the call history. Times are aware UTC; `ended_at` is None while the call is open."""

    id: str
    ward: str
    bed: str
    call_type: str
    priority: int
    line: str
    state: str
    presses: int
    escalations: int
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    ended_at: datetime | None
    patient: str | None
    care_grade: int | None
    attended_at: datetime | None = None
    spoken_with: str | None = None
    outcome: str | None = None
    ended_by: str | None = None
    heard_as: str | None = None

    @property
    def waited(self) -> timedelta | None:
        """From the press to the reset at the bedside, when somebody was there; None while the call is open."""
        return None if self.ended_at is None else self.ended_at - self.raised_at

    @property
    def taken_after(self) -> timedelta | None:
        """From the press until somebody took the call at a screen; None where nobody did."""
        return None if self.acknowledged_at is None else self.acknowledged_at - self.raised_at

    @property
    def came_after(self) -> timedelta | None:
        """From the press until somebody was at the bed: the presence button, else the reset; None where nobody was."""
        if self.attended_at is not None:
            return self.attended_at - self.raised_at
        return self.waited if self.outcome in (None, "reset") else None

    @property
    def staff(self) -> str:
        """Who took it, spoke with the patient, or ended it from afar; empty where nobody is named."""
        return self.acknowledged_by or self.spoken_with or self.ended_by or ""


Ending = Literal["", "reset", "cancelled", "cleared", "escalated", "open"]
"""What became of calls that are looked for: how they ended, that they were passed on, or that they are open still."""

ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True)
class Wanted:
    """Which calls of the history: raised in [start, end). What is empty or None leaves none out.

    patient, staff: part of a name, in any case. staff: who took it, spoke or ended it.
    waited: until somebody was at the bed longer than this; a call that is open has waited until `now`.
    """

    start: datetime
    end: datetime
    wards: tuple[str, ...] = ()
    bed: str = ""
    call_type: str = ""
    patient: str = ""
    staff: str = ""
    ending: Ending = ""
    waited: timedelta | None = None
    now: datetime | None = None


@dataclass(frozen=True)
class Summary:
    """Figures of a set of calls. p50, p90, p99: response times in seconds, None when no call has ended.

    taken: the median until somebody took the call, None where nobody did.
    by_hour counts presses by local hour, 24 of them; by_type is (call type, count), most first.
    """

    count: int
    ended: int
    escalated: int
    p50: float | None
    p90: float | None
    p99: float | None
    by_hour: tuple[int, ...]
    by_type: tuple[tuple[str, int], ...]
    taken: float | None = None


async def history(
    database: Transactions, wanted: Wanted, *, limit: int | None = None, after: int = 0
) -> list[PastCall]:
    """Those calls, the newest first; at most `limit` of them, the newest `after` left out."""
    query = _found(sa.select(*(nurse_calls.c[field.name] for field in fields(PastCall))), wanted)
    query = query.order_by(nurse_calls.c.raised_at.desc(), nurse_calls.c.id.desc()).limit(limit).offset(after)

    def read(connection: sa.Connection) -> list[PastCall]:
        return [PastCall(*row) for row in connection.execute(query)]

    return await database.transact(read)


async def count(database: Transactions, wanted: Wanted) -> int:
    """How many calls `history` finds."""
    query = _found(sa.select(sa.func.count()).select_from(nurse_calls), wanted)
    return await database.transact(lambda connection: connection.execute(query).scalar_one())


async def one(database: Transactions, call: str) -> PastCall | None:
    """The call of that id."""
    query = sa.select(*(nurse_calls.c[field.name] for field in fields(PastCall))).where(nurse_calls.c.id == call)

    def read(connection: sa.Connection) -> PastCall | None:
        row = connection.execute(query).first()
        return None if row is None else PastCall(*row)

    return await database.transact(read)


def _found(query: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    calls = nurse_calls.c
    query = query.where(calls.raised_at >= wanted.start, calls.raised_at < wanted.end)
    if wanted.wards:
        query = query.where(calls.ward.in_(wanted.wards))
    for column, text in ((calls.bed, wanted.bed), (calls.call_type, wanted.call_type)):
        if text:
            query = query.where(column == text)
    if wanted.patient:
        query = query.where(calls.patient.icontains(wanted.patient, autoescape=True))
    if wanted.staff:
        named = (calls.acknowledged_by, calls.spoken_with, calls.ended_by)
        query = query.where(sa.or_(*(column.icontains(wanted.staff, autoescape=True) for column in named)))
    if wanted.waited is not None:
        until = sa.func.coalesce(calls.attended_at, calls.ended_at, sa.literal(wanted.now, Moment))
        waited = sa.extract("epoch", sa.type_coerce(until, Moment)) - sa.extract("epoch", calls.raised_at)
        query = query.where(waited > wanted.waited.total_seconds())
    return query if not wanted.ending else query.where(_ended(wanted.ending))


def _ended(ending: Ending) -> sa.ColumnElement[bool]:
    calls = nurse_calls.c
    match ending:
        case "open":
            return calls.ended_at.is_(None)
        case "escalated":
            return calls.escalations > 0
        case "reset":
            # Rows from before it was written down how a call ended: there was only one way.
            return sa.and_(calls.ended_at.is_not(None), sa.func.coalesce(calls.outcome, "reset") == "reset")
    return calls.outcome == ending


def summary(calls: Iterable[PastCall], zone: tzinfo = UTC) -> Summary:
    """Count `calls`; the hours are those of `zone`, the site's."""
    calls = list(calls)
    waits = sorted(call.waited.total_seconds() for call in calls if call.waited is not None)
    hours = Counter(call.raised_at.astimezone(zone).hour for call in calls)
    types = Counter(call.call_type for call in calls)
    taken = sorted(call.taken_after.total_seconds() for call in calls if call.taken_after is not None)
    return Summary(
        count=len(calls),
        ended=len(waits),
        escalated=sum(call.escalations > 0 for call in calls),
        p50=percentile(waits, 50),
        p90=percentile(waits, 90),
        p99=percentile(waits, 99),
        by_hour=tuple(hours[hour] for hour in range(24)),
        by_type=tuple(sorted(types.items(), key=lambda kind: (-kind[1], kind[0]))),
        taken=percentile(taken, 50),
    )


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """By nearest rank: the smallest value that at least `percent` of 100 do not exceed.

    Always a value that really occurred; nothing is interpolated.
    """
    if not ascending:
        return None
    return ascending[max(1, math.ceil(percent * len(ascending) / 100)) - 1]


def masked(name: str) -> str:
    """A name for boards that visitors can read: `王**`, `欧阳**`; how long it is stays hidden too."""
    name = name.strip()
    if not name:
        return ""
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[0]
    return f"{surname}**"
