"""What outside calls brought and what they cost: a day, a week or a month in a picture and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.foundation.values import Language, in_yuan
from billing.margin import Key, Margin, Sum
from billing.margin_report import TITLES, Names
from web.asked import PERIODS, asked, today_at
from web.charts import HIGH, WIDE, Pair, pairs
from web.files import handed_out, kind_of, noted
from web.panel import Answer, Panel
from web.visit import Visit

SHOWN = 50
"""Lines of a table; the workbook has all."""
LEGIBLE = 16


@dataclass(frozen=True)
class Table:
    """One way to put calls apart; `more` lines are left out."""

    title: str
    rows: Sequence[tuple[str, Sum]]
    more: int


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/tariffs/margin", "margin")
    async def margin(visit: Visit) -> Answer:
        chosen = asked(panel, visit, "month")
        found = await panel.house.reports.margin(chosen.first, chosen.last, visit.language)
        names = _names(panel, visit.language)
        return panel.page(
            visit, "margin.html", asked=chosen, found=found, tables=_tables(found, names), names=names,
            days=_days(found), periods=PERIODS, today=today_at(panel), wide=WIDE, high=HIGH,
        )  # fmt: skip

    @panel.route("/tariffs/margin/calls.<kind>", "margin")
    async def file(visit: Visit, kind: str) -> Answer:
        chosen, kind = asked(panel, visit, "month"), kind_of(kind, "pdf", "xlsx")
        content = await panel.house.reports.margin_file(chosen.first, chosen.last, kind, visit.language)
        await noted(panel, visit, f"margin {kind}", "all", chosen.first, chosen.last)
        return handed_out(visit, content, f"margin-{chosen.first}-{chosen.last}.{kind}")


def _tables(found: Margin, names: Names) -> list[Table]:
    keys: list[Key] = [key for key in TITLES if key != "day"]
    return [
        Table(
            names.say(TITLES[key]), [(names.of(key, one.key), one) for one in found.by[key][:SHOWN]],
            max(0, len(found.by[key]) - SHOWN),
        )
        for key in keys
    ]  # fmt: skip


def _days(found: Margin) -> list[Pair]:
    days = found.by["day"]
    values = [(float(in_yuan(one.revenue)), float(in_yuan(one.cost))) for one in days]
    every = 1 if len(days) <= LEGIBLE else 2
    return pairs([one.key[8:].lstrip("0") for one in days], values, "{:,.2f}".format, every)


def _names(panel: Panel, language: Language) -> Names:
    plan = panel.house.pbx()
    trunks = {trunk.id: trunk.name[language] for trunk in plan.trunks}
    return Names(trunks, {group.name.en: group.name[language] for group in plan.extensions}, language)
