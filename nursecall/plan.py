"""The ward's sections of the plan, put together: call types, wards, host lines, escalation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from nursecall.plan_adt import AdtFeed
from nursecall.plan_care import Rounds, Service
from nursecall.plan_escalation import USUAL, Tree, TreeRule
from nursecall.plan_lines import Line, SerialLine
from nursecall.plan_pagers import PagerSystem
from nursecall.plan_places import Place
from nursecall.plan_types import CallType, with_shipped
from nursecall.plan_wards import NO_BED, Ward

NO_WARD = "there is no ward {name!r}"
NO_OTHER_WARD = "there is no other ward {name!r}"
NO_TYPE = "there is no call type {name!r}"
NO_TREE = "there is no escalation {name!r}"
NO_PAGERS = "there is no pager system {name!r}"
NO_SHIFT = "there is no shift {name!r}"
USED_BY_LINE = "is already used by line {other!r}"
USED_BY_PAGERS = "is already used by pager system {other!r}"


class NurseCallPlan(Section):
    """All of the ward's plan; `appliance.plan` gathers it. `call_types` holds the shipped kinds too."""

    call_types: tuple[CallType, ...] = Field(default=(), validate_default=True)
    wards: tuple[Ward, ...] = ()
    lines: tuple[Line, ...] = ()
    places: tuple[Place, ...] = ()
    pagers: tuple[PagerSystem, ...] = ()
    escalations: tuple[Tree, ...] = ()
    escalation_rules: tuple[TreeRule, ...] = ()
    adt: tuple[AdtFeed, ...] = ()
    rounds: tuple[Rounds, ...] = ()
    services: tuple[Service, ...] = ()

    @field_validator("call_types")
    @classmethod
    def _with_shipped(cls, own: tuple[CallType, ...]) -> tuple[CallType, ...]:
        return with_shipped(own)

    @model_validator(mode="after")
    def _refer(self) -> NurseCallPlan:
        for name, identities in (
            ("call_types", [kind.id for kind in self.call_types]),
            ("wards", [ward.id for ward in self.wards]),
            ("lines", [line.id for line in self.lines]),
            ("places", [place.id for place in self.places]),
            ("pagers", [pagers.id for pagers in self.pagers]),
            ("escalations", [tree.id for tree in self.escalations]),
            ("adt", [feed.id for feed in self.adt]),
            ("services", [service.id for service in self.services]),
        ):
            for index, identity in enumerate(identities):
                if identity in identities[:index]:
                    raise PlanError((name, index, "id"), "{name!r} is used twice", name=identity)
        _lines_refer(self)
        _pagers_refer(self)
        for index, place in enumerate(self.places):
            _known([place.ward], {ward.id for ward in self.wards}, NO_WARD, ("places", index, "ward"))
        _escalations_refer(self)
        _feeds_refer(self)
        _care_refers(self)
        return self

    def ward(self, identity: str) -> Ward | None:
        """The ward named `identity`."""
        return next((ward for ward in self.wards if ward.id == identity), None)

    def call_type(self, identity: str) -> CallType | None:
        """The call type named `identity`."""
        return next((kind for kind in self.call_types if kind.id == identity), None)

    def service(self, identity: str) -> Service | None:
        """The service named `identity`."""
        return next((service for service in self.services if service.id == identity), None)

    def round_minutes(self, ward: str) -> Mapping[int, int]:
        """Minutes between two rounds in `ward`, by care grade."""
        return next((rounds.minutes for rounds in self.rounds if rounds.ward == ward), {})

    def escalation(self, identity: str | None) -> Tree | None:
        """The escalation tree named `identity`."""
        return next((tree for tree in self.escalations if tree.id == identity), None)


def _lines_refer(plan: NurseCallPlan) -> None:
    wards, types = {w.id for w in plan.wards}, {t.id for t in plan.call_types}
    beds = {ward.id: ward.beds for ward in plan.wards}
    devices: dict[str, str] = {}
    for index, line in enumerate(plan.lines):
        if isinstance(line, SerialLine) and line.device in devices:
            raise PlanError(("lines", index, "device"), USED_BY_LINE, other=devices[line.device])
        if isinstance(line, SerialLine):
            devices[line.device] = line.id
        for key, named in line.wards_named():
            if named not in wards:
                raise PlanError(("lines", index, key), NO_WARD, name=named)
        for key, named in line.types_named():
            if named not in types:
                raise PlanError(("lines", index, key), NO_TYPE, name=named)
        for place, ward, bed in line.beds_named():
            if bed not in beds[ward]:
                raise PlanError(("lines", index, *place), NO_BED, bed=bed, ward=ward)


def _pagers_refer(plan: NurseCallPlan) -> None:
    used = {line.device: (USED_BY_LINE, line.id) for line in plan.lines if isinstance(line, SerialLine)}
    for index, pagers in enumerate(plan.pagers):
        if pagers.device in used:
            message, other = used[pagers.device]
            raise PlanError(("pagers", index, "device"), message, other=other)
        used[pagers.device] = (USED_BY_PAGERS, pagers.id)


def _escalations_refer(plan: NurseCallPlan) -> None:
    trees = {USUAL, *(tree.id for tree in plan.escalations)}
    wards, types = {ward.id for ward in plan.wards}, {kind.id for kind in plan.call_types}
    shifts = {shift.id for ward in plan.wards for shift in ward.shifts}
    pagers = {system.id for system in plan.pagers}
    for index, kind in enumerate(plan.call_types):
        _known(filter(None, [kind.escalation]), trees, NO_TREE, ("call_types", index, "escalation"))
    for index, ward in enumerate(plan.wards):
        _known(filter(None, [ward.escalation]), trees, NO_TREE, ("wards", index, "escalation"))
        _known(ward.neighbours, wards - {ward.id}, NO_OTHER_WARD, ("wards", index, "neighbours"))
    for index, tree in enumerate(plan.escalations):
        for step, named in tree.wards_named():
            _known([named], wards, NO_WARD, ("escalations", index, *_place(tree, step), "to"))
        for step, named in tree.pagers_named():
            _known([named], pagers, NO_PAGERS, ("escalations", index, *_place(tree, step), "to"))
    for index, rule in enumerate(plan.escalation_rules):
        for key, identities, known, message in (
            ("tree", (rule.tree,), trees, NO_TREE),
            ("types", rule.types, types, NO_TYPE),
            ("wards", rule.wards, wards, NO_WARD),
            ("shifts", rule.shifts, shifts, NO_SHIFT),
        ):
            _known(identities, known, message, ("escalation_rules", index, key))


def _place(tree: Tree, step: int) -> tuple[str | int, ...]:
    return ("steps", step) if step < len(tree.steps) else ("failsafe",)


def _feeds_refer(plan: NurseCallPlan) -> None:
    taken: dict[str, str] = {}
    for index, feed in enumerate(plan.adt):
        for name, ward in feed.wards.items():
            _known([ward], {ward.id for ward in plan.wards}, NO_WARD, ("adt", index, "wards", name))
        if feed.listen in taken:
            raise PlanError(("adt", index, "listen"), "is already used by feed {other!r}", other=taken[feed.listen])
        taken[feed.listen] = feed.id


def _care_refers(plan: NurseCallPlan) -> None:
    wards, types = {ward.id for ward in plan.wards}, {kind.id for kind in plan.call_types}
    for index, rounds in enumerate(plan.rounds):
        _known([rounds.ward], wards, NO_WARD, ("rounds", index, "ward"))
        if any(other.ward == rounds.ward for other in plan.rounds[:index]):
            raise PlanError(("rounds", index, "ward"), "{name!r} is used twice", name=rounds.ward)
    meant: dict[str, str] = {}
    for index, service in enumerate(plan.services):
        _known(service.wards, wards, NO_WARD, ("services", index, "wards"))
        if service.call_type is not None:
            _known([service.call_type], types, NO_TYPE, ("services", index, "call_type"))
            if service.call_type in meant:
                fault = "already asks for service {other!r}"
                raise PlanError(("services", index, "call_type"), fault, other=meant[service.call_type])
            meant[service.call_type] = service.id


def _known(named: Iterable[str], known: Collection[str], message: str, where: tuple[str | int, ...]) -> None:
    for one in named:
        if one not in known:
            raise PlanError(where, message, name=one)
