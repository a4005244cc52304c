"""The ward's sections of the plan, put together: call types, wards, host lines."""

from __future__ import annotations

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from nursecall.plan_lines import Line, SerialLine
from nursecall.plan_types import CallType
from nursecall.plan_wards import Ward


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
        _lines_refer(self)
        return self

    def ward(self, identity: str) -> Ward | None:
        """The ward named `identity`."""
        return next((ward for ward in self.wards if ward.id == identity), None)

    def call_type(self, identity: str) -> CallType | None:
        """The call type named `identity`."""
        return next((kind for kind in self.call_types if kind.id == identity), None)


def _lines_refer(plan: NurseCallPlan) -> None:
    wards, types = {w.id for w in plan.wards}, {t.id for t in plan.call_types}
    devices: dict[str, str] = {}
    for index, line in enumerate(plan.lines):
        if isinstance(line, SerialLine) and line.device in devices:
            raise PlanError(("lines", index, "device"), f"is already used by line {devices[line.device]!r}")
        if isinstance(line, SerialLine):
            devices[line.device] = line.id
        for key, named in line.wards_named():
            if named not in wards:
                raise PlanError(("lines", index, key), f"there is no ward {named!r}")
        for key, named in line.types_named():
            if named not in types:
                raise PlanError(("lines", index, key), f"there is no call type {named!r}")
