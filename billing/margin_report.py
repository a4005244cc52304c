"""The profit report: a page or a few on paper, and a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from appliance.foundation import report
from appliance.foundation.charts import Pairs
from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money, in_yuan
from billing.margin import Key, Margin, Sum
from billing.trial_report import money

TITLES: dict[Key, str] = {
    "destination": "By destination", "trunk": "By trunk", "group": "By telephones", "carrier": "By called carrier",
    "day": "By day",
}  # fmt: skip
PRINTED: dict[Key, int] = {"destination": 25, "trunk": 40, "group": 40, "carrier": 10, "day": 0}
"""Lines on paper; days are in the chart, and all of it in the workbook."""
ON_PAPER = tuple(key for key, lines in PRINTED.items() if lines)
HEADING = ("Calls", "Minutes", "Revenue", "Cost", "Margin", "Margin, %", "Calls of unknown cost")
DRAWN = 10
PRINTED_LOSSES = 15


class Names:
    """Words for what is counted by id. trunks, groups: id to name, in the language."""

    def __init__(self, trunks: Mapping[str, str], groups: Mapping[str, str], language: Language) -> None:
        self._known: Mapping[Key, Mapping[str, str]] = {"trunk": trunks, "group": groups}
        self.language = language

    def say(self, message: str, **facts: object) -> str:
        return translate(message, self.language, **facts)

    def of(self, key: Key, value: str) -> str:
        """What is no longer in the plan keeps its id."""
        return self._known.get(key, {}).get(value) or value or self.say("Unknown")


def margin_pdf(margin: Margin, names: Names, site_name: str, printed_at: datetime) -> bytes:
    """Takes seconds: never call it in the daemon. printed_at: aware, at the site."""
    assert printed_at.tzinfo is not None
    html = report.page(
        "billing/margin.html",
        names.language,
        site=site_name,
        title=names.say("Revenue and margin"),
        about=[f"{margin.first} – {margin.last}"],
        printed=report.stamp(printed_at, printed_at.tzinfo),
        margin=margin,
        tables=[(names.say(TITLES[key]), _printed(margin, key, names), _more(margin, key)) for key in ON_PAPER],
        losses=margin.losses[:PRINTED_LOSSES],
        names=names,
        money=money,
        span=report.span,
    )
    return report.pdf(html, _charts(margin, names) if margin.billed.calls else {})


def workbook(margin: Margin, names: Names) -> bytes:
    """A sheet for the whole, one for each way to put calls apart, one for calls at a loss. Amounts in yuan."""
    say = names.say
    heading = [say(name) for name in HEADING]
    whole: list[Row] = [
        ["", *heading],
        [say("Billed calls"), *_figures(margin.billed)],
        [say("Calls of the house"), *_figures(margin.house)],
    ]
    sheets: dict[str, list[Row]] = {say("Revenue and margin"): whole}
    for key, title in TITLES.items():
        sheets[say(title)] = [["", *heading], *([names.of(key, one.key), *_figures(one)] for one in margin.by[key])]
    sheets[say("House, by trunk")] = [
        ["", *heading], *([names.of("trunk", one.key), *_figures(one)] for one in margin.house_by_trunk)
    ]  # fmt: skip
    heads = ("Answered at", "Called number", "Trunk", "Talk time, s", "Revenue", "Cost", "Margin")
    sheets[say("At a loss")] = [[say(head) for head in heads]]
    for loss in margin.losses:
        amounts = (_yuan(loss.charge), _yuan(loss.cost), _yuan(Money(loss.charge - loss.cost)))
        row: Row = [loss.answered_at, loss.called, names.of("trunk", loss.trunk), loss.seconds, *amounts]
        sheets[say("At a loss")].append(row)
    return xlsx_file(sheets)


def _printed(margin: Margin, key: Key, names: Names) -> list[tuple[str, Sum]]:
    return [(names.of(key, one.key), one) for one in margin.by[key][: PRINTED[key]]]


def _more(margin: Margin, key: Key) -> int:
    return max(0, len(margin.by[key]) - PRINTED[key])


def _charts(margin: Margin, names: Names) -> dict[str, Pairs]:
    legend = (names.say("Revenue"), names.say("Cost"))
    days = margin.by["day"]
    large = margin.by["destination"][:DRAWN]

    def pairs(sums: Sequence[Sum], label: Callable[[Sum], str], across: str, every: int = 1) -> Pairs:
        revenue, cost = [_yuan(one.revenue) for one in sums], [_yuan(one.cost) for one in sums]
        return Pairs([label(one) for one in sums], revenue, cost, legend, across, names.say("Yuan"), every)

    return {
        "days": pairs(days, lambda one: one.key[8:].lstrip("0"), names.say("Day"), max(1, len(days) // 12)),
        "destinations": pairs(large, lambda one: one.key.partition(" ")[0], names.say("Prefix")),
    }


def _figures(one: Sum) -> Sequence[int | float | None]:
    share = None if one.share is None else round(one.share, 1)
    minutes = round(one.seconds / 60, 1)
    return [one.calls, minutes, _yuan(one.revenue), _yuan(one.cost), _yuan(one.margin), share, one.unknown]


def _yuan(amount: Money) -> float:
    return float(in_yuan(amount))
