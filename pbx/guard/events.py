"""What becomes of who tries secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class AddressBanned(Event):
    """SIP from `address` is refused until then. times: how often it is now. names: some that it claimed."""

    address: str
    until: datetime
    failures: int
    times: int
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BanLifted(Event):
    """Somebody let `address` in again before its time."""

    address: str
    by: str
