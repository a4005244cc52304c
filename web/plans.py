"""What the plan pages hand over and are handed: what is to be changed, revisions, and why a plan is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from appliance.foundation.config import Fault
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan
from pbx.ivr.edit import Doc
from pbx.plan import PbxPlan

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
class Threat:
    """Under `revision` the health part `part`, which worked before, is down: the one before comes back at `due`."""

    revision: int
    part: str
    due: datetime


@dataclass(frozen=True)
class TakenBack:
    """The box has put `to` back in force by itself: under `revision` the health part `part` worked no more."""

    revision: int
    to: int
    part: str


@dataclass(frozen=True)
class Draft:
    """A revision to look at: the newest unless asked otherwise."""

    number: int
    active: bool
    nursecall: NurseCallPlan


@dataclass(frozen=True)
class MenuDraft:
    """The voice menus of a revision: their documents as they are written, by id, and the exchange's plan with them."""

    number: int
    active: bool
    docs: Mapping[str, Doc]
    pbx: PbxPlan


@dataclass(frozen=True)
class Put:
    """One value of the plan as it is to be: plain tables, lists and scalars at a path; None for gone.

    `Put(("pbx", "trunks", 3), {"id": "unicom", …})`; the index after the last adds to a list.
    """

    path: Path
    value: object


@dataclass(frozen=True)
class Order:
    """A list of the plan in another order: its old indices, each once."""

    path: Path
    order: Sequence[int]


Edit = Put | Order


@dataclass(frozen=True)
class Written:
    """A revision as it is written. tree: its TOML as plain tables, every default left out.

    tariffs: names of those that were imported, for trunks to name.
    """

    number: int
    active: bool
    text: str
    tree: Mapping[str, Any]
    nursecall: NurseCallPlan
    pbx: PbxPlan
    tariffs: Sequence[str] = ()


@dataclass(frozen=True)
class Tried:
    """A plan that would fit, not kept. diff: what turns the revision it is made of into it, as `diff -u` has it."""

    text: str
    diff: Sequence[str]
    pbx: PbxPlan
