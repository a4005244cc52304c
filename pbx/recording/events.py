"""What happens to recordings, for the journal and the bus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class TalkRecorded(Event):
    """A leg of talk was recorded and is sealed. about: what it belongs to, empty for nothing but its call."""

    recording: str
    call: str
    caller: str
    called: str
    began_at: datetime
    seconds: float
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordingHeard(Event):
    """Somebody listened, or began to."""

    recording: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RecordingExported(Event):
    """Somebody took its sound out of the box."""

    recording: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RecordingMarked(Event):
    """It is kept for good from now on, and why; or, with `marked` false, no longer."""

    recording: str
    by: str
    marked: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordingDeleted(Event):
    """Its sound is gone. by: `plan` where it was kept as long as the plan says."""

    recording: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RecordingAsked(Event):
    """Somebody began, or ended, a recording during talk. by: a log-in, or the extension that pressed the key."""

    call: str
    by: str
    begins: bool
