"""What people change in the address book."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class AddressKept(Event):
    """Somebody is in the address book from now on, or is there differently."""

    entry: str
    name: str
    department: str
    numbers: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class AddressRemoved(Event):
    """And no longer."""

    entry: str
    name: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AddressesImported(Event):
    """A list was loaded as a whole. file: as its owner called it."""

    file: str
    added: int
    changed: int
    removed: int
    by: str
