"""What happens to rosters, as told and journalled. People are named by their staff ids, never by their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from appliance.foundation.journal import Event

How = Literal["assign", "beds", "swap", "copy", "import"]


@dataclass(frozen=True, kw_only=True)
class StaffChanged(Event):
    """Somebody works here from now on, or something else is known of them. fields: what is new, by its name."""

    staff: str
    ward: str
    role: str
    active: bool
    fields: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class RosterChanged(Event):
    """Shifts of `ward` are worked by others, or the beds are shared out differently.

    cells: day, shift, and who works in it now with which beds; nobody where the plan's rows count again.
    """

    ward: str
    how: How
    cells: tuple[tuple[date, str, tuple[tuple[str, str], ...]], ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class CoverChanged(Event):
    """`staff` covers for `ward` from `start` until `end`; or, withdrawn, does not."""

    cover: str
    ward: str
    staff: str
    start: datetime
    end: datetime
    withdrawn: bool
    by: str


@dataclass(frozen=True, kw_only=True)
class OnDutyChanged(Event):
    """Others may be on duty in `wards` now: the roster was changed, or a shift began. Published only."""

    wards: tuple[str, ...]
