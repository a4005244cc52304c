"""What people change about calls from outside. What becomes of each is in `pbx.calls`."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class CallerBlocked(Event):
    """Calls from `number` are refused from now on."""

    number: str
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallerUnblocked(Event):
    """And no longer."""

    number: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ScheduleSwitched(Event):
    """A hand switched a schedule: open, closed, or empty for by its hours again. by: a user, or an extension."""

    schedule: str
    position: str
    by: str
