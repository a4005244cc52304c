"""Reports: the day's nurse calls with response times, on screen and as PDF; statements of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing import till_views
from nursecall.views import Wanted
from web.files import handed_out, kind_of, noted
from web.pages.accounts import period
from web.pages.faces import ICONS, colour
from web.panel import SENTENCES, Answer, Panel
from web.periods import parse_day, span
from web.visit import Refused, Visit

ROWS = 100
"""Calls on one page of the day."""


@dataclass(frozen=True)
class Bar:
    """One hour of the chart, in the units of its drawing: 24 bars of 40, 160 high."""

    hour: int
    count: int
    x: int
    y: float
    height: float


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/reports", "statement")
    async def reports(visit: Visit) -> Answer:
        if visit.may("calls-report"):
            return await _calls(panel, visit)
        today = _today(panel)
        return panel.page(visit, "reports.html", calls=None, first=today.replace(day=1), last=today)

    @panel.route("/reports/calls.pdf", "calls-report")
    async def calls_pdf(visit: Visit) -> Answer:
        day, ward = _choice(panel, visit)
        pdf = await panel.house.reports.daily_calls(day, ward, visit.language)
        await noted(panel, visit, "daily calls", ward or "all", day, day)
        return handed_out(visit, pdf, f"calls-{ward or 'all'}-{day}.pdf")

    @panel.route("/reports/statement.<kind>", "statement")
    async def statement(visit: Visit, kind: str) -> Answer:
        number, kind = visit.field("account"), kind_of(kind, "pdf", "xlsx")
        if await panel.house.books.account(panel.house.database, number) is None:
            raise Refused(404, "There is no account {number}.", number=number[:12])
        first, last = period(visit, _today(panel))
        made = await panel.house.reports.statement(number, first, last, kind, visit.language)
        await noted(panel, visit, "statement", number, first, last)
        return handed_out(visit, made, f"statement-{number}-{first}-{last}.{kind}")

    @panel.route("/reports/receipt.<kind>", "accounts")
    async def receipt(visit: Visit, kind: str) -> Answer:
        entry, kind = visit.field("entry"), kind_of(kind, "pdf", "xlsx")
        if not entry[:12].isdecimal() or await till_views.receipt(panel.house.database, int(entry[:12])) is None:
            raise Refused(404, "There is no such receipt.")
        made = await panel.house.reports.receipt(int(entry), kind, visit.language)
        return handed_out(visit, made, f"receipt-{int(entry)}.{kind}")


async def _calls(panel: Panel, visit: Visit) -> str:
    house, zone = panel.house, panel.house.site().zone
    day, ward = _choice(panel, visit)
    wanted = Wanted(*span(day, day, zone), (ward,) if ward else visit.user.wards)
    calls = await house.history.history(house.database, wanted)
    figures = house.history.summary(calls, zone)
    pages = max(1, -(-len(calls) // ROWS))
    number = min(int(page), pages) if (page := visit.field("page")[:5]).isdecimal() and int(page) else 1
    plan, today = house.nursecall(), _today(panel)
    return panel.page(
        visit, "reports.html", calls=calls[(number - 1) * ROWS : number * ROWS], figures=figures,
        bars=_bars(figures.by_hour), day=day, ward=ward,
        before=day - timedelta(days=1), after=day + timedelta(days=1), today=today, number=number, pages=pages,
        wards=[known for known in plan.wards if visit.user.sees(known.id)],
        kinds={kind.id: kind for kind in plan.call_types}, ward_names={known.id: known.name for known in plan.wards},
        icons=ICONS, colour_of=colour, first=today.replace(day=1), last=today,
    )  # fmt: skip


def _bars(by_hour: Sequence[int]) -> list[Bar]:
    most = max(max(by_hour, default=0), 1)
    heights = [160 * count / most for count in by_hour]
    return [
        Bar(hour, count, hour * 40, round(160 - height, 1), round(height, 1))
        for hour, (count, height) in enumerate(zip(by_hour, heights, strict=True))
    ]


def _choice(panel: Panel, visit: Visit) -> tuple[date, str | None]:
    ward = visit.field("ward") or None
    if ward is not None and panel.house.nursecall().ward(ward) is None:
        raise Refused(404, "There is no such ward.")
    if ward is None and len(visit.user.wards) == 1:
        ward = visit.user.wards[0]
    if ward is None and visit.user.wards and visit.path.endswith(".pdf"):
        raise Refused(403, "Choose one of your wards for the PDF.")
    if ward is not None and not visit.user.sees(ward):
        raise Refused(403, SENTENCES[403])
    return parse_day(visit.field("day"), _today(panel)), ward


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
