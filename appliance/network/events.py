"""Changes of the box's network in the journal: who tried what and when, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation import journal


@dataclass(frozen=True, kw_only=True)
class NetworkTried(journal.Event):
    """Somebody asked for another network. address, before: `dhcp` or `10.1.2.3/24`."""

    change: str
    address: str
    gateway: str
    dns: tuple[str, ...]
    ntp: tuple[str, ...]
    interface: str
    before: str
    by: str


@dataclass(frozen=True, kw_only=True)
class NetworkConfirmed(journal.Event):
    """It was reached where it leads, and holds from now on."""

    change: str
    address: str
    before: str
    by: str


@dataclass(frozen=True, kw_only=True)
class NetworkWentBack(journal.Event):
    """What held before holds again, or was never changed. why: in English. by: empty where it went by itself."""

    change: str
    address: str
    before: str
    why: str
    by: str
