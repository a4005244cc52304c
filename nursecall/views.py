"""What has happened on the wards, for pages and reports: SQL inside, plain values out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa

from appliance.foundation.database import Transactions
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

    @property
    def waited(self) -> timedelta | None:
        """From the press to the reset at the bedside, when somebody was there; None while the call is open."""
        return None if self.ended_at is None else self.ended_at - self.raised_at

    @property
    def taken_after(self) -> timedelta | None:
        """From the press until somebody took the call at a screen; None where nobody did."""
        return None if self.acknowledged_at is None else self.acknowledged_at - self.raised_at


@dataclass(frozen=True)
class Summary:
    """Figures of a set of calls. p50, p90, p99: response times in seconds, None when no call has ended.

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


async def history(
    database: Transactions,
    start: datetime,
    end: datetime,
    *,
    ward: str | None = None,
    bed: str | None = None,
    call_type: str | None = None,
    limit: int | None = 500,
) -> list[PastCall]:
    """Calls raised in [start, end), the newest first; `limit` None for all of them."""
    query = sa.select(*(nurse_calls.c[field.name] for field in fields(PastCall)))
    query = query.where(nurse_calls.c.raised_at >= start, nurse_calls.c.raised_at < end)
    for column, wanted in ((nurse_calls.c.ward, ward), (nurse_calls.c.bed, bed), (nurse_calls.c.call_type, call_type)):
        if wanted is not None:
            query = query.where(column == wanted)
    query = query.order_by(nurse_calls.c.raised_at.desc(), nurse_calls.c.id.desc()).limit(limit)

    def read(connection: sa.Connection) -> list[PastCall]:
        return [PastCall(**row._mapping) for row in connection.execute(query)]

    return await database.transact(read)


def summary(calls: Iterable[PastCall], zone: tzinfo = UTC) -> Summary:
    """Count `calls`; the hours are those of `zone`, the site's."""
    calls = list(calls)
    waits = sorted(call.waited.total_seconds() for call in calls if call.waited is not None)
    hours = Counter(call.raised_at.astimezone(zone).hour for call in calls)
    types = Counter(call.call_type for call in calls)
    return Summary(
        count=len(calls),
        ended=len(waits),
        escalated=sum(call.escalations > 0 for call in calls),
        p50=percentile(waits, 50),
        p90=percentile(waits, 90),
        p99=percentile(waits, 99),
        by_hour=tuple(hours[hour] for hour in range(24)),
        by_type=tuple(sorted(types.items(), key=lambda kind: (-kind[1], kind[0]))),
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
