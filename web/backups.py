"""What pages of backups ask for and get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appliance.foundation.backup_plan import Destination


@dataclass(frozen=True)
class Try:
    """A backup that was made, or was to be. backup: its id in the plan, empty for one by hand.

    why: a message id, `facts` fill its fields.
    """

    id: str
    backup: str
    began_at: datetime
    ended_at: datetime | None
    state: Literal["going", "made", "failed"]
    by: str
    file: str
    octets: int
    why: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Progress:
    """How far one is that is being made. stage: a message id. done, whole: octets; whole is 0 while nobody knows."""

    stage: str = "Beginning …"
    done: int = 0
    whole: int = 0


@dataclass(frozen=True)
class Planned:
    """A backup of the plan. next_at: None where it is made by hand only. going: None while none is being made."""

    plan: Destination
    next_at: datetime | None
    last: Try | None
    going: Progress | None
