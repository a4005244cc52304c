"""Trials, rows and comparisons of tariffs as lines of text, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from appliance.cli.language import say
from appliance.foundation.values import Money
from billing.charge import Rate, decimals
from billing.tariff_compare import COLUMN, Change
from billing.tariff_file import cells, clock
from billing.trial import Outcome


def said(found: Outcome) -> Iterator[str]:
    """A trial, a line for the whole, one a destination, one a number that no row fits."""
    whole = found.whole
    yield say(
        "{calls} calls, {minutes} minutes: {before} yuan as it was, {after} yuan by this tariff ({difference})",
        calls=whole.calls, minutes=f"{whole.seconds / 60:.0f}", before=decimals(whole.before),
        after=decimals(whole.after), difference=_signed(whole.difference),
    )  # fmt: skip
    for part in found.parts:
        figures = (
            f"{part.calls:7} {decimals(part.before):>14} {decimals(part.after):>14} {_signed(part.difference):>14}"
        )
        print_name = f"{part.prefix} {part.name}".rstrip()
        yield f"{figures}  {print_name}"
    for part in found.unrated:
        yield say(
            "No row fits {number}: {calls} calls, {before} yuan.",
            number=part.prefix, calls=part.calls, before=decimals(part.before),
        )  # fmt: skip


def _signed(money: Money) -> str:
    return f"{'+' if money > 0 else ''}{decimals(money)}"


def told(change: Change) -> str:
    """What differs, in a line."""
    sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    row = change.row
    hours = f"{clock(row.begins)}-{clock(row.ends)}" if row.begins is not None else ""
    where = " ".join(part for part in (row.prefix, row.name, row.day_kind, hours) if part)
    if change.before is None or change.after is None:
        return f"{sign} {where}: {_price(row)}"
    return f"{sign} {where}: {_price(change.before)} → {_price(change.after)}"


def _price(rate: Rate) -> str:
    parts = [decimals(rate.per_minute), f"{rate.first_seconds}/{rate.next_seconds}"]
    extras = (
        ("connect_fee", decimals(rate.connect_fee) if rate.connect_fee else ""),
        ("free_seconds", str(rate.free_seconds or "")),
        ("minimum", decimals(rate.minimum) if rate.minimum else ""),
        ("cap", "" if rate.cap is None else decimals(rate.cap)),
    )
    return " ".join([*parts, *(f"{name}={value}" for name, value in extras if value)])


def shown(rates: Sequence[Rate], most: int) -> str:
    """Rows as a JSON object: how many there are, and the first of them by column."""
    return json.dumps({"count": len(rates), "rows": [cells(rate) for rate in rates[:most]]}, ensure_ascii=False)


def comparison(changes: Sequence[Change], most: int) -> str:
    """What differs as a JSON object: how many of each kind, and the first of them with both rows."""
    counts = Counter(change.kind for change in changes)
    rows = [
        {
            "kind": change.kind,
            "before": change.before and cells(change.before),
            "after": change.after and cells(change.after),
            "columns": sorted(COLUMN.get(name, name) for name in change.columns),
            "dearer": change.dearer,
        }
        for change in changes[:most]
    ]
    return json.dumps(
        {kind: counts[kind] for kind in ("added", "removed", "changed")} | {"rows": rows}, ensure_ascii=False
    )
