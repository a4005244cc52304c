"""What the journal hears of mains and battery."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class MainsFailed(Event):
    """The box runs on its battery. charge: per cent; runtime: seconds; None where the UPS does not say."""

    charge: int | None
    runtime: int | None


@dataclass(frozen=True, kw_only=True)
class MainsReturned(Event):
    """As it was."""

    charge: int | None


@dataclass(frozen=True, kw_only=True)
class BatteryLow(Event):
    """The box is about to be switched off."""

    charge: int | None
    runtime: int | None
