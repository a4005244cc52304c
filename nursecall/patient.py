"""A patient as the house knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

SEXES = {"": "", "M": "M", "F": "F", "男": "M", "女": "F"}
GRADES = {"0": 0, "1": 1, "2": 2, "3": 3, "特级": 0, "一级": 1, "二级": 2, "三级": 3}
"""As files and hospital systems write them, with or without 护理 behind."""


@dataclass(frozen=True)
class Patient:
    """One patient. care_grade: 0 特级, 1 一级, 2 二级, 3 三级. sex: M, F or empty.

    bed: empty for who has none. said_bed: where the hospital's system last put them; another may have come there later.
    visit: PV1-19, empty where it is not known. key: what identifies the visit here. away: on leave, the bed is kept.
    source: the feed that told of them last, or `file`.
    """

    ward: str
    bed: str
    number: str
    name: str
    sex: str
    born: date | None
    care_grade: int
    admitted_on: date | None
    note: str
    visit: str = ""
    away: bool = False
    said_bed: str = field(default="", compare=False)
    key: str = field(default="", compare=False)
    updated_at: datetime | None = field(default=None, compare=False)
    source: str = field(default="", compare=False)


def by_visit(visit: str) -> str:
    """The key of a visit that has a number of its own."""
    return f"v:{visit}"


def by_number(number: str) -> str:
    """The key of the visit of a patient of whom only the patient's number is known."""
    return f"p:{number}"
