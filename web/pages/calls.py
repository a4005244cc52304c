"""Telephone calls on record: found, and each explained step by step, on screen and as PDF."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from appliance.foundation import journal
from pbx.calls.events import OUTCOMES
from pbx.calls.views import Story, Wanted, search, story
from web.call_story import DIRECTIONS, Happening, happenings
from web.events import ReportPrinted
from web.panel import Answer, Panel
from web.periods import ordered, parse_day, span
from web.visit import Refused, Visit

ROWS = 50
FIELDS = ("first", "last", "number", "direction", "trunk", "outcome")


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/exchange/calls", "exchange")
    async def calls(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/exchange/calls/<call>", "exchange")
    async def one(visit: Visit, call: str) -> Answer:
        told = await _story(panel, call)
        return panel.page(
            visit, "exchange_call.html", call=told.call, kin=told.kin, happenings=_happenings(panel, told, visit),
            outcomes=OUTCOMES, directions=DIRECTIONS, trunks=_trunks(panel, visit),
        )  # fmt: skip

    @panel.route("/exchange/calls/<call>.pdf", "exchange")
    async def printed(visit: Visit, call: str) -> Answer:
        told = await _story(panel, call)
        pdf = await panel.house.reports.telephone_call(told.call.id, visit.language)
        day = str(told.call.began_at.astimezone(panel.house.site().zone).date())
        event = ReportPrinted(
            at=panel.house.clock.now(), report="telephone call", subject=told.call.id, first=day, last=day,
            by=visit.user.name,
        )  # fmt: skip
        await panel.house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", "application/pdf")
        visit.request.setHeader("content-disposition", f'inline; filename="call-{told.call.id[:8]}.pdf"')
        return pdf


async def _page(panel: Panel, visit: Visit) -> str:
    house, today = panel.house, _today(panel)
    last = parse_day(visit.field("last"), today)
    first, last = ordered(parse_day(visit.field("first"), last - timedelta(days=6)), last)
    asked = {name: visit.field(name)[:32] for name in FIELDS} | {"first": str(first), "last": str(last)}
    page = int(text) if (text := visit.field("page")[:4]).isdecimal() else 1
    wanted = Wanted(
        *span(first, last, house.site().zone), number=asked["number"], direction=asked["direction"],
        trunk=asked["trunk"], outcome=asked["outcome"],
    )  # fmt: skip
    found = await search(house.database, wanted, ROWS + 1, max(0, page - 1) * ROWS)
    query = urlencode({name: value for name, value in asked.items() if value})
    return panel.page(
        visit, "exchange_calls.html", calls=found[:ROWS], more=len(found) > ROWS, number=max(1, page), query=query,
        asked=asked, first=first, last=last, today=today, outcomes=OUTCOMES, directions=DIRECTIONS,
        trunks=_trunks(panel, visit),
    )  # fmt: skip


async def _story(panel: Panel, call: str) -> Story:
    told = await story(panel.house.database, call[:32])
    if told is None:
        raise Refused(404, "No such call is on record.")
    return told


def _happenings(panel: Panel, told: Story, visit: Visit) -> list[Happening]:
    records = [record for row in told.kin for record in panel.house.exchange().recorded(row.id)]
    return happenings(told, records, _trunks(panel, visit), visit.language)


def _trunks(panel: Panel, visit: Visit) -> dict[str, str]:
    return {trunk.id: trunk.name[visit.language] for trunk in panel.house.pbx().trunks}


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
