"""The day's nurse calls on paper: figures, charts, and every call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from appliance.foundation import report
from appliance.foundation.charts import Chart, Columns, Distribution
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan
from nursecall.report_words import EMERGENCY, Words
from nursecall.views import PastCall, Summary, summary

LISTED = 1_000
"""Calls listed one by one, at most; of more, the open and the slowest. Each takes 10 ms to lay out."""

BARS = 12
MINUTES = (1, 2, 5, 10, 20, 30, 60, 120)
"""Widths, in minutes, of the distribution's whole axis; the first that holds 99 of 100 calls is taken."""


@dataclass(frozen=True)
class Row:
    """One call as it is printed."""

    time: str
    ward: str
    bed: str
    grade: str
    type: str
    urgent: bool
    presses: int
    escalations: int
    taken: str
    response: str


@dataclass(frozen=True)
class Group:
    """Figures of the calls of one ward or one type; `share` is its bar's length in per cent of the widest."""

    name: str
    urgent: bool
    share: int
    summary: Summary


def daily_calls(
    calls: Sequence[PastCall],
    plan: NurseCallPlan,
    day: date,
    ward: str | None,
    zone: tzinfo,
    language: Language,
    site_name: str,
    *,
    printed_at: datetime | None = None,
) -> bytes:
    """The calls of `day` (the site's, in `zone`) in `ward`, or in all wards, as a PDF.

    Calls of other days or wards are left out. Takes seconds: never call it in the daemon.
    """
    words = Words(plan, zone, language)
    calls = _of(calls, day, ward, zone)
    listed, figures = _listed(calls), summary(calls, zone)
    slowest = words.say("The {some} slowest of {count} calls", some=len(listed), count=len(calls))
    html = report.page(
        "nursecall/daily_calls.html",
        language,
        site=site_name,
        title=words.say("Daily nurse call report"),
        about=[report.long_date(day, language), words.ward(ward) if ward else words.say("All wards")],
        printed=printed_at and report.stamp(printed_at, zone),
        summary=figures,
        time=lambda seconds: "–" if seconds is None else report.span(seconds),
        breakdowns=_breakdowns(calls, words, by_ward=ward is None),
        wards=ward is None,
        listing=words.say("All calls") if len(listed) == len(calls) else slowest,
        rows=[_row(call, words) for call in listed],
    )
    return report.pdf(html, _charts(calls, figures, words) if calls else {})


def _of(calls: Iterable[PastCall], day: date, ward: str | None, zone: tzinfo) -> list[PastCall]:
    return [
        call for call in calls if call.raised_at.astimezone(zone).date() == day and (ward is None or call.ward == ward)
    ]


def _listed(calls: Sequence[PastCall]) -> list[PastCall]:
    slowest = sorted(calls, key=_wait, reverse=True)[:LISTED]
    return sorted(slowest, key=lambda call: (call.raised_at, call.id))


def _wait(call: PastCall) -> timedelta:
    return timedelta.max if call.waited is None else call.waited


def _row(call: PastCall, words: Words) -> Row:
    return Row(
        time=words.local(call.raised_at).strftime("%H:%M:%S"),
        ward=words.ward(call.ward),
        bed=call.bed,
        grade=words.grade(call.care_grade),
        type=words.call_type(call.call_type),
        urgent=call.priority <= EMERGENCY,
        presses=call.presses,
        escalations=call.escalations,
        taken=f"{call.acknowledged_by} ({_span(call.taken_after)})" if call.acknowledged_by else "–",
        response=_span(call.waited) if call.waited is not None else words.say("still open"),
    )


def _span(wait: timedelta | None) -> str:
    return "–" if wait is None else report.span(wait.total_seconds())


def _breakdowns(calls: Sequence[PastCall], words: Words, *, by_ward: bool) -> list[tuple[str, list[Group]]]:
    types = _groups([(call.call_type, call) for call in calls], words.call_type, words.urgent)
    parts = [(words.say("By type"), types)]
    if by_ward:
        wards = _groups([(call.ward, call) for call in calls], words.ward, lambda _ward: False)
        parts.insert(0, (words.say("By ward"), wards))
    return parts


def _groups(
    keyed: Iterable[tuple[str, PastCall]], name: Callable[[str], str], urgent: Callable[[str], bool]
) -> list[Group]:
    apart: dict[str, list[PastCall]] = {}
    for key, call in keyed:
        apart.setdefault(key, []).append(call)
    most = max(map(len, apart.values()), default=1)
    groups = [Group(name(key), urgent(key), round(60 * len(some) / most), summary(some)) for key, some in apart.items()]
    return sorted(groups, key=lambda group: (-group.summary.count, group.name))


def _charts(calls: Sequence[PastCall], figures: Summary, words: Words) -> dict[str, Chart]:
    charts: dict[str, Chart] = {
        "hours": Columns(
            labels=[f"{hour}" for hour in range(24)],
            values=figures.by_hour,
            across=words.say("Hour"),
            up=words.say("Nurse calls"),
            every=3,
        )
    }
    waits = [call.waited.total_seconds() / 60 for call in calls if call.waited is not None]
    if waits:
        charts["waits"] = _distribution(waits, figures, words)
    return charts


def _distribution(waits: Sequence[float], figures: Summary, words: Words) -> Distribution:
    p99 = (figures.p99 or 0) / 60
    whole = next((minutes for minutes in MINUTES if minutes >= p99), MINUTES[-1])
    counts = [0] * BARS
    for wait in waits:
        counts[min(BARS - 1, int(wait * BARS / whole))] += 1
    marks = (("50%", figures.p50), ("90%", figures.p90), ("99%", figures.p99))
    return Distribution(
        edges=[whole * step / BARS for step in range(BARS + 1)],
        counts=counts,
        marks=[(f"{name} {report.span(value)}", value / 60) for name, value in marks if value is not None],
        across=words.say("Minutes"),
        up=words.say("Nurse calls"),
    )
