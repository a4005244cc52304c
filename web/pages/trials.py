"""Tariffs tried on calls that were made, before they count."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from billing.trial_report import SIDES
from web.pages.tariffs import TYPES, find
from web.panel import SENTENCES, Answer, Panel
from web.periods import ordered, parse_day
from web.tariffs import Attempt, NotDone
from web.visit import Redirect, Refused, Visit

SHOWN = 100
FILES = {"pdf": "application/pdf", "xlsx": TYPES["xlsx"]}


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    tariffs = panel.house.tariffs

    @panel.route("/tariffs/try", "tariffs")
    async def trials(visit: Visit) -> Answer:
        first, last = last_month(panel.house.clock.now().astimezone(panel.house.site().zone).date())
        at = panel.house.clock.now()
        versions = sorted(await tariffs.versions(), key=lambda one: (one.state(at) != "future", one.name, -one.id))
        return panel.page(
            visit, "trials.html", trials=tariffs.trials(), versions=versions, first=first, last=last, at=at,
            chosen=visit.field("version"),
        )  # fmt: skip

    @panel.route("/tariffs/try", "tariffs", method="POST")
    async def begin(visit: Visit) -> Answer:
        version = await find(panel, visit.field("version"))
        begin, end = last_month(panel.house.clock.now().astimezone(panel.house.site().zone).date())
        first, last = ordered(parse_day(visit.field("first"), begin), parse_day(visit.field("last"), end))
        raise Redirect(f"/tariffs/try/{tariffs.try_out(version, first, last, visit.user.name)}")

    @panel.route("/tariffs/try/<identity>", "tariffs")
    async def one(visit: Visit, identity: str) -> Answer:
        found = _trial(panel, identity)
        return panel.page(
            visit, "trial.html", trial=found, outcome=found.outcome, shown=SHOWN, sides=SIDES,
            share=_share(found), going=found.outcome is None and not found.fault,
        )  # fmt: skip

    @panel.route("/tariffs/try/<identity>/trial.<kind>", "tariffs")
    async def file(visit: Visit, identity: str, kind: str) -> Answer:
        found = _trial(panel, identity)
        if kind not in FILES or found.outcome is None:
            raise Refused(404, SENTENCES[404])
        try:
            content = await tariffs.trial_file(identity, kind, visit.language)
        except NotDone as why:
            raise Refused(500, str(why)) from why
        visit.request.setHeader("content-type", FILES[kind])
        how = "inline" if kind == "pdf" else "attachment"
        visit.request.setHeader("content-disposition", f'{how}; filename="trial-{found.ask.version}.{kind}"')
        return content


def last_month(today: date) -> tuple[date, date]:
    """The first and the last day of the month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1])


def _trial(panel: Panel, identity: str) -> Attempt:
    found = panel.house.tariffs.trial(identity)
    if found is None:
        raise Refused(404, "This trial is no longer kept. Begin it again.")
    return found


def _share(found: Attempt) -> int:
    """How much of it is done, of a hundred."""
    return 100 * found.done // found.whole if found.whole else 0
