"""The hand-over of a shift on paper."""

from __future__ import annotations

from datetime import datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.values import Language
from nursecall.handover import Handover
from nursecall.plan import NurseCallPlan
from nursecall.report_words import Words


def handover_pdf(
    told: Handover,
    plan: NurseCallPlan,
    ward: str,
    zone: tzinfo,
    language: Language,
    site_name: str,
    *,
    printed_at: datetime | None = None,
) -> bytes:
    """What `told` says, as a PDF with room for signatures. Takes seconds: never call it in the daemon."""
    words, run = Words(plan, zone, language), told.run
    hours = f"{words.local(run.start):%H:%M}–{words.local(run.end):%H:%M}"
    lists = [("Open calls", told.open), ("Passed on", told.escalated), ("Troubles", told.troubles)]
    services = {service.id: service.name[language] for service in plan.services}
    html = report.page(
        "nursecall/handover.html",
        language,
        site=site_name,
        title=words.say("Hand-over"),
        about=[report.long_date(run.day, language), words.ward(ward), f"{run.shift.name[language]} {hours}"],
        printed=printed_at and report.stamp(printed_at, zone),
        told=told,
        lists=[(words.say(heading), calls) for heading, calls in lists],
        words=words,
        service=lambda identity: services.get(identity, identity),
        span=report.span,
    )
    return report.pdf(html)
