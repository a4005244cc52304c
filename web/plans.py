"""What the plan pages hand over and are handed: one ward as it is to be, revisions, and why a plan is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from appliance.foundation.config import Fault
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan

SLOTS = ("A", "B", "C", "D")


class Unfit(Exception):
    """The plan is not kept, or not put in force. faults: each with its place in the plan, as the checker says it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    def text(self, language: Language) -> str:
        """A line a fault."""
        return "\n".join(fault.text(language) for fault in self.faults)


class Overtaken(Exception):
    """Somebody has kept another revision meanwhile: `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True)
class Wired:
    """A call point on contacts: which input of which unit of which line means what, at which bed."""

    line: str
    unit: int
    input: int
    bed: str
    means: str


@dataclass(frozen=True)
class Named:
    """A call point that the host of `line` calls `says`, and the bed it is at."""

    line: str
    says: str
    bed: str


@dataclass(frozen=True)
class WardEdit:
    """One ward as it is to be.

    beds: every label, in order. layout: bed → (column, row), from 1. renamed: old label → new.
    wired: every contact of the ward; named: every call point of it that its host calls otherwise; None leaves them
        as they are.
    """

    ward: str
    beds: Sequence[str]
    layout: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    wired: Sequence[Wired] | None = None
    named: Sequence[Named] | None = None


@dataclass(frozen=True)
class Revised:
    """One kept revision. slots: the letters that stand for it; former: what was in force before the one that is."""

    number: int
    made_at: datetime
    by: str
    note: str
    active: bool
    former: bool
    slots: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A revision to look at: the newest unless asked otherwise."""

    number: int
    active: bool
    nursecall: NurseCallPlan
