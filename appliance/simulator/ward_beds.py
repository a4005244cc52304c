"""Which wire each bed of a ward is heard by, and what can be said of it there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from appliance.simulator.control import Answer, Refused, Request, word
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import MEANINGS, AnyLine, ModbusLine

SIGNS = ("present", "absent", "fault", "mended")
"""What a host may say of a bed besides calls and the reset."""


@dataclass(frozen=True)
class Place:
    """A bed and its wire. kinds: the call types it can raise there, the usual one first. signs: of `SIGNS`."""

    ward: str
    bed: str
    line: str
    kinds: tuple[str, ...]
    signs: tuple[str, ...]


def places(plan: NurseCallPlan, ward: str, simulated: Collection[str]) -> list[Place]:
    """The beds of `ward` that a simulated line can speak for. Contacts first: a wire that names its beds knows best."""
    lines = [line for line in plan.lines if line.id in simulated]
    beds = next((one.beds for one in plan.wards if one.id == ward), ())
    found = (_place(lines, ward, bed) for bed in beds)
    return [place for place in found if place is not None]


def _place(lines: list[AnyLine], ward: str, bed: str) -> Place | None:
    for line in lines:
        if isinstance(line, ModbusLine):
            means = tuple(_wired(line, ward, bed))
            kinds = tuple(kind for kind in means if kind not in MEANINGS)
            if kinds:
                signs = ("present", "absent") if "present" in means else ()
                return Place(ward, bed, line.id, kinds, (*signs, *(("fault", "mended") if "fault" in means else ())))
    for line in lines:
        if not isinstance(line, ModbusLine) and line.ward == ward:
            said = dict.fromkeys((line.default_type, *line.types.values()))
            words = {"present": line.present, "absent": line.absent, "fault": line.faults, "mended": line.mended}
            return Place(ward, bed, line.id, tuple(said), tuple(sign for sign in SIGNS if words[sign]))
    return None


def _wired(line: ModbusLine, ward: str, bed: str) -> Iterator[str]:
    for unit in line.units:
        for contact in unit.contacts:
            if contact.bed == bed and (contact.ward or line.ward) == ward:
                yield contact.means


@dataclass(frozen=True)
class Beds:
    """Answers the verb `beds`."""

    plan: NurseCallPlan
    simulated: Collection[str]

    def of(self, ward: str) -> list[Place]:
        """As `places`. Raises Refused where there are none."""
        found = places(self.plan, ward, self.simulated)
        if not found:
            raise Refused("No bed of ward {ward} has a simulated line.", ward=ward)
        return found

    def answer(self, request: Request) -> Answer:
        """`ward`: its beds, each with its line, the kinds of call it can raise, and its signs."""
        found = self.of(word(request, "ward"))
        return {"beds": [{"bed": p.bed, "line": p.line, "kinds": p.kinds, "signs": p.signs} for p in found]}
