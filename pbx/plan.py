"""The exchange's sections of the plan: extensions, trunks, emergency numbers; messages are in `plan_messages`."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from pbx.plan_messages import MessageSections
from pbx.plan_messages import Modem as Modem

_RANGE = re.compile(r"([0-9]{2,6})-([0-9]{2,6})")


class ExtensionGroup(Section):
    """A run of extensions, `"8001-8100"` or one number."""

    numbers: str = Field(pattern=r"^[0-9]{2,6}(-[0-9]{2,6})?$")
    name: Text
    may_dial: tuple[Literal["internal", "billed"], ...] = ("internal", "billed")

    @field_validator("numbers")
    @classmethod
    def _ascending(cls, numbers: str) -> str:
        span = _RANGE.fullmatch(numbers)
        if span and (len(span[1]) != len(span[2]) or int(span[1]) > int(span[2])):
            raise PlanError((), "runs from a smaller to a larger number of the same length")
        return numbers

    def each(self) -> tuple[str, ...]:
        """Every number of the group."""
        span = _RANGE.fullmatch(self.numbers)
        if not span:
            return (self.numbers,)
        return tuple(str(n).zfill(len(span[1])) for n in range(int(span[1]), int(span[2]) + 1))


class Trunk(Section):
    """A SIP trunk to a carrier by IP address.

    tariff: name of the cost tariff; the cheapest healthy trunk is tried first.
    format: how the carrier wants numbers: `e164` 8613…, `plus` +8613…, `national` 013… / 0571… (00… abroad).
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: Text
    host: str
    port: int = Field(default=5060, ge=1, le=65535)
    tariff: str = Field(min_length=1, max_length=64)
    format: Literal["e164", "plus", "national"] = "national"
    channels: int = Field(default=30, ge=1, le=800)
    caller_id: str = Field(default="", pattern=r"^[0-9+]{0,20}$")


class PbxPlan(MessageSections):
    """All of the exchange's plan; `appliance.plan` gathers it."""

    extensions: tuple[ExtensionGroup, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    emergency: tuple[str, ...] = Field(default=("110", "119", "120", "122"))

    @model_validator(mode="after")
    def _unique(self) -> PbxPlan:
        seen: set[str] = set()
        for index, group in enumerate(self.extensions):
            for number in group.each():
                if number in seen:
                    raise PlanError(
                        ("extensions", index, "numbers"), "extension {number} is listed twice", number=number
                    )
                seen.add(number)
        ids = [trunk.id for trunk in self.trunks]
        for index, identity in enumerate(ids):
            if identity in ids[:index]:
                raise PlanError(("trunks", index, "id"), "{name!r} is used twice", name=identity)
        for index, number in enumerate(self.emergency):
            if not re.fullmatch(r"[0-9]{3,6}", number):
                said = "{number!r} is not a number of 3 to 6 digits"
                raise PlanError(("emergency", index), said, number=number)
            if number in seen:
                raise PlanError(("emergency", index), "{number} is an extension too", number=number)
        return self

    def numbers(self) -> tuple[str, ...]:
        """Every extension number."""
        return tuple(number for group in self.extensions for number in group.each())
