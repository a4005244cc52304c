"""What happens to patients' beds, as told and journalled. `visit` identifies a visit; names are never in here."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class PatientEvent(Event):
    """Something about one visit. `bed` is empty for who has none."""

    visit: str
    ward: str
    bed: str


@dataclass(frozen=True, kw_only=True)
class PatientCame(PatientEvent):
    """A patient who was in none of our wards is now."""


@dataclass(frozen=True, kw_only=True)
class PatientMoved(PatientEvent):
    """From one of our beds to another."""

    from_ward: str
    from_bed: str


@dataclass(frozen=True, kw_only=True)
class PatientLostBed(PatientEvent):
    """Somebody else was put into the patient's bed, or it was reported empty: `bed` is the one that was lost."""


@dataclass(frozen=True, kw_only=True)
class PatientLeft(PatientEvent):
    """Discharged, or in none of our wards any longer: `bed` is where the patient was."""


@dataclass(frozen=True, kw_only=True)
class PatientAway(PatientEvent):
    """On leave, or back from it; the bed is kept."""

    away: bool


@dataclass(frozen=True, kw_only=True)
class PatientsMerged(Event):
    """Two patient numbers were found to be of one person."""

    prior: str
    surviving: str


@dataclass(frozen=True, kw_only=True)
class AdtWithoutEffect(Event):
    """A message was taken that changed nobody's bed. control: its MSH-10; why: a sentence."""

    feed: str
    control: str
    event: str
    visit: str
    why: str
