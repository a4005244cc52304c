"""What is done on the wards besides answering calls, as told and journalled. What was written in words stays out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from appliance.foundation.journal import Event

How = Literal["began", "presence", "tap", "ended"]
"""What a row of `rounds` says: from now on there are rounds at the bed, or others than before; a nurse was there;
somebody said so at the station; from now on there are none."""

Kind = Literal["turn", "infusion", "other"]
"""What a reminder is about."""


@dataclass(frozen=True, kw_only=True)
class CareEvent(Event):
    """Something at a bed."""

    ward: str
    bed: str


@dataclass(frozen=True, kw_only=True)
class RoundDone(CareEvent):
    """Somebody looked in, `after` seconds since the last time; `minutes` is how often that is to be.

    by: empty where a nurse was at the bed and nobody knows who.
    """

    how: How
    by: str
    after: float
    minutes: int


@dataclass(frozen=True, kw_only=True)
class ReminderSet(CareEvent):
    """Something is to be done at `due_at`, and every `every` minutes from then on."""

    reminder: str
    kind: Kind
    due_at: datetime
    every: int | None
    by: str


@dataclass(frozen=True, kw_only=True)
class ReminderDone(CareEvent):
    """It was done; `due_at` is the next time, None where there is none."""

    reminder: str
    kind: Kind
    due_at: datetime | None
    by: str


@dataclass(frozen=True, kw_only=True)
class ReminderWithdrawn(CareEvent):
    """It need not be done any more. by: empty where the patient has left."""

    reminder: str
    kind: Kind
    by: str


@dataclass(frozen=True, kw_only=True)
class ServiceEvent(CareEvent):
    """Something about a request for `service`."""

    request: str
    service: str


@dataclass(frozen=True, kw_only=True)
class ServiceRequested(ServiceEvent):
    """It was asked for, or (attempt 2 and 3) is overdue: those in `to` are told.

    to: names and mobile numbers. groups: ids of groups of people. call: the nurse call it came with.
    by: who asked at a screen; empty for the patient.
    """

    to: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    attempt: int
    call: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ServiceTaken(ServiceEvent):
    """`by` sees to it."""

    by: str


@dataclass(frozen=True, kw_only=True)
class ServiceDone(ServiceEvent):
    """It was done, `waited` seconds after it was asked for. by: empty where its call was ended at the bedside."""

    by: str
    waited: float


@dataclass(frozen=True, kw_only=True)
class NoteWritten(CareEvent):
    """Somebody wrote something down for the next shift. bed: empty for the whole ward."""

    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class HandoverTaken(Event):
    """The hand-over of a shift was read and the ward taken over. staff: their number, empty for who has none."""

    ward: str
    day: date
    shift: str
    staff: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CareChanged(Event):
    """What the station of `ward` shows besides calls may be different. Published only."""

    ward: str
