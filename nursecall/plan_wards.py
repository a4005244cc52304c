"""Wards: beds, shifts, and who is on duty by the plan."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from nursecall.plan_phones import BedsidePhones
from nursecall.plan_places import StationSound
from nursecall.plan_values import Identity, Seconds

NO_BED = "there is no bed {bed!r} in ward {ward!r}"


class Hours(Section):
    """Hours of every day, in the site's time; may cross midnight. `end` is exclusive."""

    start: time
    end: time

    def covers(self, clock: time) -> bool:
        """Whether `clock` (local time of day) is one of them. Equal start and end mean all day."""
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


NIGHT = Hours(start=time(22), end=time(6))


class Shift(Hours):
    """Hours on duty."""

    id: Identity
    name: Text


class Duty(Section):
    """Who is on duty in one shift and the mobile an SMS goes to.

    role: `nurse`, `supervisor`, or whatever an escalation step names as `role:ID`. extension: a telephone they carry.
    beds: those assigned to them, labels and ranges; empty for no bed in particular.
    """

    shift: Identity
    nurse: str = Field(min_length=1, max_length=40)
    mobile: str = Field(pattern=r"^\+?[0-9]{5,15}$")
    role: Identity = "nurse"
    extension: str | None = Field(default=None, pattern=r"^[0-9]{2,6}$")
    beds: tuple[str, ...] = ()

    @field_validator("beds")
    @classmethod
    def _spread(cls, beds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(label for bed in beds for label in labels(bed))


Column = Annotated[int, Field(ge=1, le=40)]
Spot = tuple[Column, Column]
"""Column and row of a floor drawing, from 1."""


class Ward(Section):
    """One ward. `beds` lists labels (`"28"`, `"加5"`, `"1203-2"`) and ranges (`"1-40"`).

    escalation: the tree by which its calls are passed on, unless a rule or the kind of call says otherwise.
    neighbours: wards that are told when a step goes to the neighbours.
    night: the hours that rules call night, and in which it is quieter.
    sound: how its station screens are heard.
    phones: telephones at the beds.
    presence_off_ends: whether a nurse who leaves the bed has thereby reset its calls; else they wait anew.
    layout: where beds stand on a drawing of the floor: bed → [column, row], from 1.
    """

    id: Identity
    name: Text
    language: Language = "zh"
    beds: tuple[str, ...] = Field(min_length=1)
    layout: dict[str, Spot] = {}
    patience: Seconds = Field(default=120, description="seconds before a call is passed on by SMS")
    repeat: Seconds = Field(default=20, description="seconds between two announcements of an open call")
    desk: str | None = Field(default=None, pattern=r"^[0-9]{2,6}$", description="the station's desk phone")
    escalation: Identity | None = None
    neighbours: tuple[Identity, ...] = ()
    night: Hours = NIGHT
    sound: StationSound = StationSound()
    phones: BedsidePhones = BedsidePhones()
    presence_off_ends: bool = False
    shifts: tuple[Shift, ...] = ()
    roster: tuple[Duty, ...] = ()

    @field_validator("beds")
    @classmethod
    def _spread(cls, beds: tuple[str, ...]) -> tuple[str, ...]:
        spread = tuple(label for bed in beds for label in labels(bed))
        for label in spread:
            if spread.count(label) > 1:
                raise PlanError((), "bed {bed} is listed twice", bed=label)
        return spread

    @model_validator(mode="after")
    def _layout_fits(self) -> Ward:
        taken: dict[Spot, str] = {}
        for bed, spot in self.layout.items():
            if bed not in self.beds:
                raise PlanError(("layout", bed), NO_BED, bed=bed, ward=self.id)
            if spot in taken:
                said = "bed {bed} stands where bed {other} stands"
                raise PlanError(("layout", bed), said, bed=bed, other=taken[spot])
            taken[spot] = bed
        return self

    @property
    def as_they_stand(self) -> tuple[str, ...]:
        """The beds row by row as they are laid out, then those that are not; without a layout as they are listed."""
        placed = sorted(self.layout, key=lambda bed: (self.layout[bed][1], self.layout[bed][0]))
        return (*placed, *(bed for bed in self.beds if bed not in self.layout))

    @model_validator(mode="after")
    def _duties_fit(self) -> Ward:
        known = {shift.id for shift in self.shifts}
        for index, duty in enumerate(self.roster):
            if duty.shift not in known:
                said = "there is no shift {shift!r} in ward {ward!r}"
                raise PlanError(("roster", index, "shift"), said, shift=duty.shift, ward=self.id)
            for bed in duty.beds:
                if bed not in self.beds:
                    raise PlanError(("roster", index, "beds"), NO_BED, bed=bed, ward=self.id)
        return self

    @model_validator(mode="after")
    def _phones_fit(self) -> Ward:
        for bed, extension in self.phones.beds.items():
            if bed not in self.beds:
                raise PlanError(("phones", "beds"), NO_BED, bed=bed, ward=self.id)
            if extension == self.desk:
                said = "the telephone of bed {bed} is the station's desk {extension}"
                raise PlanError(("phones", "beds"), said, bed=bed, extension=extension)
        return self


def labels(bed: str) -> tuple[str, ...]:
    """The labels that one entry of `beds` means: itself, or every bed of a range. Raises PlanError."""
    span = re.fullmatch(r"(\d{1,4})-(\d{1,4})", bed)
    if not span:
        if not re.fullmatch(r"[\w-]{1,12}", bed):
            raise PlanError((), "{bed!r} is no bed label", bed=bed)
        return (bed,)
    first, last = int(span[1]), int(span[2])
    # "1203-2" is room 1203, bed 2; "1-40" are the beds from 1 to 40.
    return tuple(str(n) for n in range(first, last + 1)) if first < last else (bed,)
