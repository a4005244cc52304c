"""What the journal hears of backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class BackupMade(Event):
    """A file was written and read back. backup: its id in the plan, empty for one by hand."""

    backup: str
    file: str
    octets: int
    by: str


@dataclass(frozen=True, kw_only=True)
class BackupFailed(Event):
    """None was made. why: English."""

    backup: str
    why: str
    by: str


@dataclass(frozen=True, kw_only=True)
class BoxRestored(Event):
    """These records come from a file; it was made at `made_at` when the journal ended with line `line`."""

    file: str
    made_at: datetime
    line: int
    by: str
