"""The comparison with the card system's list, on paper and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money, in_yuan
from billing.card.reconcile import Comparison, Difference
from billing.charge import decimals

TITLE = "Comparison with the card system"
HEADING = (
    "Date and time",
    "Number of the card",
    "Paying account",
    "Call concerned",
    "Ours",
    "Theirs",
    "What is different",
    "Who must act",
)


def comparison_pdf(
    found: Comparison, start: date, end: date, zone: tzinfo, language: Language, site: str, printed_at: datetime
) -> bytes:
    """As A4. start, end: days, both included."""
    page = report.page(
        "billing/card_comparison.html", language, site=site, title=translate(TITLE, language),
        about=[translate("{first} to {last}", language, first=start, last=end)],
        printed=report.stamp(printed_at, zone), money=_figure, found=found,
        rows=[(report.stamp(one.at, zone), one, one.text(language), one.act(language)) for one in found.differences],
    )  # fmt: skip
    return report.pdf(page)


def comparison_xlsx(found: Comparison, zone: tzinfo, language: Language) -> bytes:
    """One sheet, a row for each difference."""
    heading = tuple(translate(name, language) for name in HEADING)
    return xlsx_file({translate(TITLE, language): [heading, *_rows(found.differences, zone, language)]})


def _rows(differences: Sequence[Difference], zone: tzinfo, language: Language) -> list[Row]:
    return [
        (
            report.stamp(one.at, zone), one.card, one.account, one.call, _number(one.ours), _number(one.theirs),
            one.text(language), one.act(language),
        )
        for one in differences
    ]  # fmt: skip


def _number(amount: Money | None) -> float | None:
    return None if amount is None else float(in_yuan(amount))


def _figure(amount: Money | None) -> str:
    return "–" if amount is None else decimals(amount)
