"""The cheapest line for a number: healthy trunks by what their carriers ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.rating import NoRate, Tariff
from billing.tariff import NoTariff, Tariffs

USUAL = 180
"""Seconds of talk by which trunks are compared."""


def cost_tariff(tariffs: Tariffs, name: str | None, at: datetime) -> Tariff | None:
    """A trunk's cost tariff, None while none was imported."""
    try:
        return tariffs.current(name, at) if name else None
    except NoTariff:
        return None


def cheapest_first(
    healthy: Sequence[str], names: Mapping[str, str], tariffs: Tariffs, number: str, at: datetime
) -> list[str]:
    """Trunks that carry E.164 `number`, by the cost of three minutes begun `at` (in the site's zone); ties as given.

    A trunk whose tariff has no row for the number does not carry it. A trunk whose tariff was never imported comes
    last: a patient's call is worth more than knowing its margin.
    """
    priced: list[tuple[bool, int, str]] = []
    for trunk in healthy:
        tariff = cost_tariff(tariffs, names.get(trunk), at)
        try:
            cost = tariff.rate(number, at, USUAL).amount if tariff is not None else 0
        except NoRate:
            continue
        priced.append((tariff is None, cost, trunk))
    return [trunk for _, _, trunk in sorted(priced, key=lambda entry: entry[:2])]
