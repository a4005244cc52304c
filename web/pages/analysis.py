"""How wards answer their calls: a day, a week or a month in pictures and tables."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from nursecall.analysis import Analysis, Group
from nursecall.analysis_tables import WEEKDAYS, Table, TableName, basis, tables
from nursecall.report_words import Words
from web.charts import HIGH, WIDE, columns
from web.files import handed_out, kind_of, noted
from web.pages.history import wards_of
from web.panel import Answer, Panel
from web.periods import parse_day
from web.render import lasted
from web.visit import Visit

Period = Literal["day", "week", "month"]
PERIODS: dict[Period, str] = {"day": "By day", "week": "By week", "month": "By month"}
DEFAULT: Period = "week"
BARS = 8
"""Lines of a table that are drawn; the table below has all."""


@dataclass(frozen=True)
class Bar:
    """One lying bar: of `width`, at `y`."""

    label: str
    value: int
    y: int
    width: float
    over: float


@dataclass(frozen=True)
class Asked:
    """The days and wards somebody asked for; `day` is the one they picked."""

    period: Period
    day: date
    first: date
    last: date
    wards: tuple[str, ...]


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/analysis", "calls-report")
    async def analysis(visit: Visit) -> Answer:
        asked = _asked(panel, visit)
        found = await panel.house.reports.analysis(asked.first, asked.last, asked.wards)
        return _page(panel, visit, asked, found)

    @panel.route("/analysis/calls.<kind>", "calls-report")
    async def file(visit: Visit, kind: str) -> Answer:
        asked, kind = _asked(panel, visit), kind_of(kind, "pdf", "xlsx")
        content = await panel.house.reports.analysis_file(asked.first, asked.last, asked.wards, kind, visit.language)
        await noted(panel, visit, f"analysis {kind}", ",".join(asked.wards) or "all", asked.first, asked.last)
        return handed_out(visit, content, f"analysis-{asked.first}-{asked.last}.{kind}")


def _page(panel: Panel, visit: Visit, asked: Asked, found: Analysis) -> str:
    house = panel.house
    plan, zone = house.nursecall(), house.site().zone
    words = Words(plan, zone, visit.language)
    parts = tables(found, words)
    groups = found.by_hour if asked.period == "day" else found.by_day
    labels = [group.key if asked.period == "day" else str(int(group.key[8:])) for group in groups]
    ward = visit.field("ward")
    return panel.page(
        visit, "analysis.html", asked=asked, found=found, figures=found.figures, periods=PERIODS, ward=ward,
        wards=[known for known in plan.wards if visit.user.sees(known.id)], today=_today(panel),
        calls=columns(labels, [(group.figures.count, group.figures.over) for group in groups], "{:g}".format),
        arrive=columns(labels, [_arrival(group) for group in groups], lasted),
        heat=_heat(found, words), callers=_bars(parts, "bed"), types=_bars(parts, "type"), tables=parts,
        basis=basis(found, words),
        before=asked.first - timedelta(days=1), after=asked.last + timedelta(days=1), high=HIGH, wide=WIDE,
    )  # fmt: skip


def _arrival(group: Group) -> tuple[float, float]:
    arrive = group.figures.arrive
    return arrive.p90 or 0, arrive.p50 or 0


def _asked(panel: Panel, visit: Visit) -> Asked:
    today = _today(panel)
    day = min(parse_day(visit.field("day"), today), today)
    text = visit.field("period")
    period = next((known for known in PERIODS if known == text), DEFAULT)
    match period:
        case "day":
            first = last = day
        case "week":
            first = day - timedelta(days=day.weekday())
            last = first + timedelta(days=6)
        case "month":
            first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return Asked(period, day, first, last, wards_of(panel, visit))


def _heat(found: Analysis, words: Words) -> list[tuple[str, list[tuple[int, int]]]]:
    """Each weekday with its hours: the count, and a shade from 0 to 4."""
    most = max(map(max, found.heat)) or 1
    rows = [[(count, -(-4 * count // most)) for count in hours] for hours in found.heat]
    return [(words.say(day[:3]), row) for day, row in zip(WEEKDAYS, rows, strict=True)]


def _bars(parts: Sequence[Table], key: TableName) -> list[Bar]:
    """The lines of that table that have the most calls."""
    lines = next(table.lines for table in parts if table.key == key)[:BARS]
    most = max((line.figures.count for line in lines), default=1)
    return [
        Bar(
            line.name, line.figures.count, 20 * number, round(300 * line.figures.count / most, 1),
            round(300 * line.figures.over / most, 1),
        )
        for number, line in enumerate(lines)
    ]  # fmt: skip


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
