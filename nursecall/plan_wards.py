"""Wards: beds, shifts, and who is on duty by the plan."""

from __future__ import annotations

import re
from datetime import time

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from nursecall.plan_values import Identity, Seconds


class Shift(Section):
    """Hours on duty, in the site's time; may cross midnight. `end` is exclusive."""

    id: Identity
    name: Text
    start: time
    end: time

    def covers(self, clock: time) -> bool:
        """Whether `clock` (local time of day) falls into this shift. Equal start and end mean all day."""
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


class Duty(Section):
    """Who is on duty in one shift and the mobile an SMS goes to."""

    shift: Identity
    nurse: str = Field(min_length=1, max_length=40)
    mobile: str = Field(pattern=r"^\+?[0-9]{5,15}$")


class Ward(Section):
    """One ward. `beds` lists labels (`"28"`, `"加5"`, `"1203-2"`) and ranges (`"1-40"`)."""

    id: Identity
    name: Text
    language: Language = "zh"
    beds: tuple[str, ...] = Field(min_length=1)
    patience: Seconds = Field(default=120, description="seconds before a call is passed on by SMS")
    repeat: Seconds = Field(default=20, description="seconds between two announcements of an open call")
    desk: str | None = Field(default=None, pattern=r"^[0-9]{2,6}$", description="the station's desk phone")
    shifts: tuple[Shift, ...] = ()
    roster: tuple[Duty, ...] = ()

    @field_validator("beds")
    @classmethod
    def _spread(cls, beds: tuple[str, ...]) -> tuple[str, ...]:
        spread = tuple(label for bed in beds for label in _range(bed))
        for label in spread:
            if spread.count(label) > 1:
                raise ValueError(f"bed {label} is listed twice")
        return spread

    @model_validator(mode="after")
    def _duties_fit(self) -> Ward:
        known = {shift.id for shift in self.shifts}
        for index, duty in enumerate(self.roster):
            if duty.shift not in known:
                raise PlanError(("roster", index, "shift"), f"there is no shift {duty.shift!r} in ward {self.id!r}")
        return self

    def on_duty(self, clock: time) -> tuple[Duty, ...]:
        """Who is on duty at `clock`, the site's local time of day."""
        now = {shift.id for shift in self.shifts if shift.covers(clock)}
        return tuple(duty for duty in self.roster if duty.shift in now)


def _range(bed: str) -> tuple[str, ...]:
    span = re.fullmatch(r"(\d{1,4})-(\d{1,4})", bed)
    if not span:
        if not re.fullmatch(r"[\w-]{1,12}", bed):
            raise ValueError(f"{bed!r} is no bed label")
        return (bed,)
    first, last = int(span[1]), int(span[2])
    # "1203-2" is room 1203, bed 2; "1-40" are the beds from 1 to 40.
    return tuple(str(n) for n in range(first, last + 1)) if first < last else (bed,)
