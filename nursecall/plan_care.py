"""What is done on the wards besides answering calls: rounds by care grade, and services that are asked for."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from nursecall.plan_escalation import IDENTITY, NUMBER, ROLES
from nursecall.plan_values import Identity

Grade = Annotated[int, Field(ge=0, le=3)]
Minutes = Annotated[int, Field(ge=5, le=1440)]

GROUP = "group:"
TO = rf"{ROLES}|{NUMBER}|{GROUP}{IDENTITY}"
"""Who is told of a request: people by what they are now, a number, everybody of a group of `pbx.groups`."""


class Rounds(Section):
    """How often somebody looks in at each bed of `ward`: minutes by the care grade of who lies there.

    A grade that is left out, an empty bed and a patient on leave have no rounds.
    """

    ward: Identity
    minutes: dict[Grade, Minutes] = Field(min_length=1)


class Service(Section):
    """Something a patient may ask for that needs no nurse: water, a pillow, a wheelchair, a porter.

    wards: where it is offered; empty for all.
    to: who gets a short message: `duty`, `assigned`, `supervisor`, `role:ID`, a number, `group:ID`; empty: it is only
        on the station's list.
    call_type: calls of this type ask for this service, and asking for it at a station makes such a call.
    overdue: seconds after which it is told again, three times in all.
    """

    id: Identity
    name: Text
    icon: str = Field(default="service", pattern=r"^[a-z-]{1,24}$")
    wards: tuple[Identity, ...] = ()
    to: tuple[str, ...] = ()
    call_type: Identity | None = None
    overdue: int = Field(default=900, ge=60, le=86_400)

    @field_validator("to")
    @classmethod
    def _somebody(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for one in to:
            if not re.fullmatch(TO, one):
                raise PlanError((), "{to!r} is nobody who can be told", to=one)
        return to

    def in_ward(self, ward: str) -> bool:
        """Whether it is offered there."""
        return not self.wards or ward in self.wards

    def groups(self) -> tuple[str, ...]:
        """Ids of the groups that are told."""
        return tuple(one.removeprefix(GROUP) for one in self.to if one.startswith(GROUP))
