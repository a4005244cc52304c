"""What carriers ask: the cost tariffs of trunks, by which they are compared."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from billing.rating import Tariff
from billing.tariff import NoTariff

USUAL = 180
"""Seconds of talk by which trunks are compared."""


class Versions(Protocol):
    """Tariffs by name; `billing.tariff.Tariffs`."""

    def current(self, name: str, at: datetime) -> Tariff:
        """The version that counts at `at`. Raises NoTariff."""
        ...


def cost_tariff(tariffs: Versions, name: str | None, at: datetime) -> Tariff | None:
    """A trunk's cost tariff, None while none was imported."""
    try:
        return tariffs.current(name, at) if name else None
    except NoTariff:
        return None
