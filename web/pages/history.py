"""The history of calls: searched, one call with all that befell it, taken away as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast
from urllib.parse import urlencode

from appliance.foundation import journal
from nursecall.report_words import OUTCOMES, Words
from nursecall.timeline import timeline
from nursecall.views import ENDINGS, Ending, PastCall, Wanted
from web.events import ReportPrinted
from web.pages.faces import ICONS, colour
from web.panel import SENTENCES, Answer, Panel
from web.periods import ordered, parse_day, span
from web.visit import Refused, Visit

ROWS = 50
DAYS = 7
"""So many days are searched unless somebody says which."""

FIELDS = ("first", "last", "ward", "bed", "type", "patient", "staff", "ending", "waited")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENDING_WORDS: dict[Ending, str] = {
    "": "Any", "reset": "reset at the bed", "cancelled": "ended from afar", "cleared": "trouble over by itself",
    "escalated": "passed on", "open": "still open",
}  # fmt: skip
MOMENTS = {
    "CallRaised": "bell", "CallRepeated": "repeat", "CallUpgraded": "siren", "CallAcknowledged": "check",
    "CallAttended": "nurse", "CallLeft": "leave", "CallTalkBegan": "phone", "CallTalkEnded": "phone",
    "CallEscalated": "passed-on", "CallStepResult": "message", "CallTroubled": "unplug", "CallMended": "plug",
    "CallReset": "ok", "CallCancelled": "ok", "CallCleared": "ok",
}  # fmt: skip


@dataclass(frozen=True)
class Search:
    """What was asked for: the days, in order, and which calls of them."""

    first: date
    last: date
    wanted: Wanted


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/history", "history")
    async def history(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/history/calls.<kind>", "calls-report")
    async def export(visit: Visit, kind: str) -> Answer:
        if kind not in TYPES:
            raise Refused(404, SENTENCES[404])
        search = _search(panel, visit)
        first, last, wanted = search.first, search.last, search.wanted
        named = visit.may("station")
        content = await panel.house.reports.history_file(first, last, wanted, kind, visit.language, named=named)
        event = ReportPrinted(
            at=panel.house.clock.now(), report=f"history {kind}", subject=",".join(wanted.wards) or "all",
            first=str(first), last=str(last), by=visit.user.name,
        )  # fmt: skip
        await panel.house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", TYPES[cast(Literal["csv", "xlsx"], kind)])
        visit.request.setHeader("content-disposition", f'attachment; filename="history-{first}-{last}.{kind}"')
        return content

    @panel.route("/history/<call>", "history")
    async def one(visit: Visit, call: str) -> Answer:
        return await _one(panel, visit, call)


async def _page(panel: Panel, visit: Visit) -> str:
    house, search = panel.house, _search(panel, visit)
    found = await house.history.count(house.database, search.wanted)
    pages = max(1, -(-found // ROWS))
    number = min(max(1, _number(visit.field("page")) or 1), pages)
    calls = await house.history.history(house.database, search.wanted, limit=ROWS, after=(number - 1) * ROWS)
    asked = {name: visit.field(name) for name in FIELDS} | {"first": str(search.first), "last": str(search.last)}
    query = urlencode({name: value for name, value in asked.items() if value})
    plan = house.nursecall()
    return panel.page(
        visit, "history.html", calls=calls, found=found, number=number, pages=pages, query=query, asked=asked,
        first=search.first, last=search.last, today=_today(panel), endings=ENDING_WORDS,
        wards=[ward for ward in plan.wards if visit.user.sees(ward.id)], **_known(panel, visit),
    )  # fmt: skip


async def _one(panel: Panel, visit: Visit, identity: str) -> str:
    house = panel.house
    call = await house.history.one(house.database, identity[:32])
    if call is None or not visit.user.sees(call.ward):
        raise Refused(404, "No such call is on record.")
    names = {ward.id: ward.name[visit.language] for ward in house.nursecall().wards}
    happenings = await timeline(house.database, call, names)
    return panel.page(
        visit, "history_call.html", call=call, happenings=happenings, moments=MOMENTS, **_known(panel, visit),
    )  # fmt: skip


def _known(panel: Panel, visit: Visit) -> dict[str, object]:
    """What both pages need to show a call."""
    plan, zone = panel.house.nursecall(), panel.house.site().zone
    words = Words(plan, zone, visit.language)
    return {
        "kinds": {kind.id: kind for kind in plan.call_types},
        "icons": ICONS,
        "colour_of": colour,
        "ward_name": words.ward,
        "ended_as": _ended_as,
        "named": visit.may("station"),
    }


def _ended_as(call: PastCall) -> str:
    return OUTCOMES[call.outcome or ("reset" if call.ended_at else "")]


def _search(panel: Panel, visit: Visit) -> Search:
    house, today = panel.house, _today(panel)
    last = parse_day(visit.field("last"), today)
    first, last = ordered(parse_day(visit.field("first"), last - timedelta(days=DAYS - 1)), last)
    start, end = span(first, last, house.site().zone)
    minutes, ending = _number(visit.field("waited")), visit.field("ending")
    wanted = Wanted(
        start, end, wards_of(panel, visit), bed=visit.field("bed")[:16], call_type=visit.field("type")[:32],
        # A name that may not be seen may not be guessed either.
        patient=visit.field("patient")[:64] if visit.may("station") else "", staff=visit.field("staff")[:64],
        ending=ending if ending in ENDINGS else "",
        waited=timedelta(minutes=minutes) if minutes is not None else None, now=house.clock.now(),
    )  # fmt: skip
    return Search(first, last, wanted)


def wards_of(panel: Panel, visit: Visit) -> tuple[str, ...]:
    """The ward asked for, else all the visitor's; empty for every ward. Raises Refused."""
    ward = visit.field("ward")
    if not ward:
        return visit.user.wards
    if panel.house.nursecall().ward(ward) is None:
        raise Refused(404, "There is no such ward.")
    if not visit.user.sees(ward):
        raise Refused(403, SENTENCES[403])
    return (ward,)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else None


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
