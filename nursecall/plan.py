"""The ward's sections of the plan: call types, wards with beds and rosters, host lines."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language

Identity = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Seconds = Annotated[int, Field(gt=0, le=86_400)]


class CallType(Section):
    """One kind of call. `priority` 1 is the most urgent; colours and icons follow from it."""

    id: Identity
    name: Text
    spoken: Text = Field(description="what is said after the bed, e.g. 呼叫 / is calling")
    priority: int = Field(ge=1, le=9)
    icon: str = Field(pattern=r"^[a-z-]{1,24}$")
    speakable: bool = True


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


class SerialLine(Section):
    """Line settings of a serial device; ESPA 4.4.4 says 7E2, the field mostly uses 8N1 at 9600."""

    device: str = Field(min_length=1, description="absolute, or relative to the box's devices directory")
    baud: Literal[300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class Line(SerialLine):
    """A wire from a nurse-call host.

    role: `station` is polled by the host; `control` polls the host.
    own, peer: ESPA addresses, one digit each.
    encoding: of the text record.
    bed_pattern: a regular expression with a group `bed`, searched in the record named by `bed_from`.
    types: text pattern → call type; the first that is found in the text wins, else `default_type`.
    """

    id: Identity
    ward: Identity
    protocol: Literal["espa444"] = "espa444"
    role: Literal["station", "control"] = "station"
    own: str = Field(default="2", pattern=r"^[0-9]$")
    peer: str = Field(default="1", pattern=r"^[0-9]$")
    encoding: Literal["ascii", "gb18030", "utf-8"] = "gb18030"
    bed_from: Literal["address", "text"] = "text"
    bed_pattern: str = r"(?P<bed>\d+(?:-\d+)?)"
    types: dict[str, Identity] = {}
    default_type: Identity = "call"
    silence: Seconds = Field(default=30, description="seconds without valid traffic before the line is in trouble")

    @field_validator("bed_pattern")
    @classmethod
    def _pattern(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as why:
            raise ValueError(f"is not a regular expression: {why}") from why
        if "bed" not in groups:
            raise ValueError("has no group named bed, such as (?P<bed>\\d+)")
        return pattern

    @field_validator("types")
    @classmethod
    def _types(cls, types: dict[str, str]) -> dict[str, str]:
        for pattern in types:
            try:
                re.compile(pattern)
            except re.error as why:
                raise ValueError(f"{pattern!r} is not a regular expression: {why}") from why
        return types


class NurseCallPlan(Section):
    """All of the ward's plan; `appliance.plan` gathers it."""

    call_types: tuple[CallType, ...] = Field(min_length=1)
    wards: tuple[Ward, ...] = ()
    lines: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _refer(self) -> NurseCallPlan:
        for name, identities in (
            ("call_types", [kind.id for kind in self.call_types]),
            ("wards", [ward.id for ward in self.wards]),
            ("lines", [line.id for line in self.lines]),
        ):
            for index, identity in enumerate(identities):
                if identity in identities[:index]:
                    raise PlanError((name, index, "id"), f"{identity!r} is used twice")
        wards, types = {w.id for w in self.wards}, {t.id for t in self.call_types}
        devices: dict[str, str] = {}
        for index, line in enumerate(self.lines):
            if line.ward not in wards:
                raise PlanError(("lines", index, "ward"), f"there is no ward {line.ward!r}")
            if line.device in devices:
                raise PlanError(("lines", index, "device"), f"is already used by line {devices[line.device]!r}")
            devices[line.device] = line.id
            for key, named in (("default_type", line.default_type), *(("types", t) for t in line.types.values())):
                if named not in types:
                    raise PlanError(("lines", index, key), f"there is no call type {named!r}")
        return self

    def ward(self, identity: str) -> Ward | None:
        """The ward named `identity`."""
        return next((ward for ward in self.wards if ward.id == identity), None)

    def call_type(self, identity: str) -> CallType | None:
        """The call type named `identity`."""
        return next((kind for kind in self.call_types if kind.id == identity), None)
