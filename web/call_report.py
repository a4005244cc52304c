"""The story of one telephone call on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.calls.events import OUTCOMES
from pbx.calls.views import CallRow
from web.call_story import DIRECTIONS, Happening


def call_pdf(
    call: CallRow,
    told: Sequence[Happening],
    zone: tzinfo,
    language: Language,
    site_name: str,
    *,
    printed_at: datetime | None = None,
) -> bytes:
    """One call, step by step, as a PDF. Takes seconds: never call it in the daemon."""

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M:%S}.{at.microsecond // 100_000}"

    outcome = OUTCOMES.get(call.outcome, call.outcome) if call.ended_at else "under way"
    html = report.page(
        "pbx/call.html",
        language,
        site=site_name,
        title=translate("One telephone call", language),
        about=[
            f"{call.caller or '–'} → {call.called or '–'}",
            report.stamp(call.began_at, zone),
            translate(DIRECTIONS[call.direction], language),
            translate(outcome, language),
            call.id,
        ],
        printed=printed_at and report.stamp(printed_at, zone),
        happenings=told,
        clock=clock,
        since=lambda at: f"{max(0.0, (at - call.began_at).total_seconds()):.1f}",
    )
    return report.pdf(html)
