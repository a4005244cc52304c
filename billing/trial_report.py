"""A trial of a tariff on paper and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from appliance.foundation import report
from appliance.foundation.charts import Pairs
from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money, in_yuan
from billing.trial import Outcome, Part

PRINTED = 40
"""Destinations on paper, those that change most; the workbook has all."""
DRAWN = 8
HEADING = ("Prefix", "Destination", "Calls", "Minutes", "As it was", "By this tariff", "Rise or fall")
SIDES = {"charge": "What callers would have paid", "cost": "What carriers would have asked"}


def trial_pdf(outcome: Outcome, language: Language, site_name: str, printed_at: datetime) -> bytes:
    """One page or a few. Takes seconds: never call it in the daemon."""
    say = _speaker(language)
    assert printed_at.tzinfo is not None
    html = report.page(
        "billing/trial.html",
        language,
        site=site_name,
        title=say("Trial of a tariff"),
        about=[about(outcome, language), say(SIDES[outcome.side]), f"{outcome.first} – {outcome.last}"],
        printed=report.stamp(printed_at, printed_at.tzinfo),
        outcome=outcome,
        parts=outcome.parts[:PRINTED],
        more=max(0, len(outcome.parts) - PRINTED),
        unrated=outcome.unrated[:PRINTED],
        more_unrated=max(0, len(outcome.unrated) - PRINTED),
        money=money,
        share=share,
        span=report.span,
    )
    return report.pdf(html, {"parts": _chart(outcome, say)} if outcome.parts else {})


def trial_workbook(outcome: Outcome, language: Language) -> bytes:
    """Three sheets: the whole, destinations, numbers that no row fits. Amounts in yuan."""
    say = _speaker(language)
    heading = [
        say(name)
        for name in ("Prefix", "Destination", "Calls", "Minutes", "As it was", "By this tariff", "Rise or fall")
    ]
    whole: list[Row] = [
        [say("Tariff"), about(outcome, language)],
        [say("First day"), outcome.first],
        [say("Last day"), outcome.last],
        [say("Calls"), outcome.whole.calls],
        [say("As it was"), _yuan(outcome.whole.before)],
        [say("By this tariff"), _yuan(outcome.whole.after)],
        [say("Rise or fall"), _yuan(outcome.whole.difference)],
        [say("Calls that no row fits"), sum(part.calls for part in outcome.unrated)],
    ]
    return xlsx_file({
        say("Trial of a tariff"): whole,
        say("By destination"): [heading, *map(_row, outcome.parts)],
        say("No row fits"): [heading[:5], *([*_row(part)[:5]] for part in outcome.unrated)],
    })  # fmt: skip


def about(outcome: Outcome, language: Language) -> str:
    """Which tariff was tried."""
    if outcome.version:
        return translate("{tariff}, version {version}", language, tariff=outcome.tariff, version=outcome.version)
    return translate("{tariff}, a file not imported yet", language, tariff=outcome.tariff)


def money(amount: Money, *, sign: bool = False) -> str:
    """To the fen, in columns."""
    return f"{in_yuan(amount):{'+' if sign and amount else ''},.2f}"


def share(part: Part) -> str:
    """The difference as a share of what was; empty where nothing was."""
    return f"{100 * part.difference / part.before:+.1f} %" if part.before else ""


def _chart(outcome: Outcome, say: Callable[..., str]) -> Pairs:
    parts = sorted(outcome.parts, key=lambda part: -max(part.before, part.after))[:DRAWN]
    return Pairs(
        [part.prefix for part in parts], [float(in_yuan(part.before)) for part in parts],
        [float(in_yuan(part.after)) for part in parts], (say("As it was"), say("By this tariff")),
        say("Prefix"), say("Yuan"),
    )  # fmt: skip


def _row(part: Part) -> Sequence[str | int | float]:
    minutes = round(part.seconds / 60, 1)
    amounts = (_yuan(part.before), _yuan(part.after), _yuan(part.difference))
    return [part.prefix, part.name, part.calls, minutes, *amounts]


def _yuan(amount: Money) -> float:
    return float(in_yuan(amount))


def _speaker(language: Language) -> Callable[..., str]:
    def say(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    return say
