"""The hospital's list of patients: CSV in, patients out, or every fault of every row at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.board import label, printable
from nursecall.plan import NurseCallPlan

COLUMNS = {
    "ward": "病区",
    "bed": "床号",
    "number": "住院号",
    "name": "姓名",
    "sex": "性别",
    "born": "出生日期",
    "care_grade": "护理级别",
    "admitted_on": "入院日期",
    "note": "备注",
}
"""Headings, in English or Chinese, in any order."""

REQUIRED = ("ward", "bed", "number", "name", "care_grade")
SEXES = {"": "", "M": "M", "F": "F", "男": "M", "女": "F"}
GRADES = {"0": 0, "1": 1, "2": 2, "3": 3, "特级": 0, "一级": 1, "二级": 2, "三级": 3}


@dataclass(frozen=True)
class Patient:
    """One patient in one bed. care_grade: 0 特级, 1 一级, 2 二级, 3 三级. sex: M, F or empty."""

    ward: str
    bed: str
    number: str
    name: str
    sex: str
    born: date | None
    care_grade: int
    admitted_on: date | None
    note: str


@dataclass(frozen=True)
class BadRow:
    """One fault. row: as spreadsheets count, the heading being 1; field: a column, or empty for the whole row."""

    row: int
    field: str
    reason: str
    facts: tuple[tuple[str, str], ...] = ()

    def text(self, language: Language) -> str:
        """The fault as a sentence."""
        reason = translate(self.reason, language, **dict(self.facts))
        if not self.field:
            return translate("Row {row}: {reason}", language, row=self.row, reason=reason)
        return translate("Row {row}, {field}: {reason}", language, row=self.row, field=self.field, reason=reason)


class BadRows(Exception):
    """The file cannot be used; `rows` names every fault. Nothing of it was loaded."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__("; ".join(row.text("en") for row in rows))
        self.rows = tuple(rows)

    def text(self, language: Language) -> str:
        """All faults, a line each."""
        head = translate("No patient was changed, because the file has faults:", language)
        return "\n".join([head, *(row.text(language) for row in self.rows)])


class _Wrong(Exception):
    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, tuple(facts.items())


def read_patients(text: str, plan: NurseCallPlan) -> list[Patient]:
    """The patients in a CSV text with the columns of `COLUMNS`. Raises BadRows."""
    faults: list[BadRow] = []
    patients: list[tuple[int, Patient]] = []
    for number, cells in _rows(text, faults):
        patient = _patient(number, cells, plan, faults)
        if patient is not None:
            patients.append((number, patient))
    faults += _twice(patients, "bed", lambda patient: (patient.ward, patient.bed))
    faults += _twice(patients, "number", lambda patient: patient.number)
    if faults:
        raise BadRows(sorted(faults, key=lambda fault: fault.row))
    return [patient for _, patient in patients]


def _rows(text: str, faults: list[BadRow]) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    headings: list[str] = []
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            cells = [cell.strip() for cell in row]
            if number == 1:
                headings = [_column(cell) for cell in cells]
                faults += _bad_headings(headings)
            elif len(cells) > len(headings) and any(cells[len(headings) :]):
                faults.append(BadRow(number, "", "has more cells than the heading"))
            elif any(cells):
                yield number, dict(zip_longest(headings, cells[: len(headings)], fillvalue=""))
    except csv.Error as why:
        faults.append(BadRow(number + 1, "", "is not CSV: {why}", (("why", str(why)),)))
    if not headings and not faults:
        faults += _bad_headings([])


def _column(heading: str) -> str:
    return next((name for name, chinese in COLUMNS.items() if heading in (name, chinese)), heading)


def _bad_headings(headings: list[str]) -> Iterator[BadRow]:
    for name in REQUIRED:
        if name not in headings:
            yield BadRow(1, name, "this column is missing")
    for heading in sorted(set(headings)):
        if heading and heading not in COLUMNS:
            yield BadRow(1, heading, "there is no such column")
        if heading and headings.count(heading) > 1:
            yield BadRow(1, heading, "this column is there twice")


def _patient(number: int, cells: Mapping[str, str], plan: NurseCallPlan, faults: list[BadRow]) -> Patient | None:
    found: dict[str, object] = {}
    for field in COLUMNS:
        cell = cells.get(field, "")
        try:
            found[field] = _bed(cells.get("ward", ""), cell, plan) if field == "bed" else _CELLS[field](cell, plan)
        except _Wrong as why:
            if field in cells or field not in REQUIRED:
                faults.append(BadRow(number, field, why.reason, why.facts))
    return Patient(**found) if len(found) == len(COLUMNS) else None  # type: ignore[arg-type]


def _twice(patients: list[tuple[int, Patient]], field: str, key: Callable[[Patient], object]) -> Iterator[BadRow]:
    first: dict[object, int] = {}
    for number, patient in patients:
        before = first.setdefault(key(patient), number)
        if before != number:
            yield BadRow(number, field, "is in row {row} already", (("row", str(before)),))


def _ward(cell: str, plan: NurseCallPlan) -> str:
    if plan.ward(cell) is None:
        raise _Wrong("there is no ward {ward}", ward=repr(cell))
    return cell


def _bed(ward: str, cell: str, plan: NurseCallPlan) -> str:
    there = plan.ward(ward)
    if there is None:
        return cell  # the fault is the ward's
    bed = label(cell, there.beds)
    if bed not in there.beds:
        raise _Wrong("there is no bed {bed} in ward {ward}", bed=repr(cell), ward=ward)
    return bed


def _words(most: int, *, needed: bool) -> Callable[[str, NurseCallPlan], str]:
    def words(cell: str, plan: NurseCallPlan) -> str:
        if needed and not cell:
            raise _Wrong("must not be empty")
        if len(cell) > most:
            raise _Wrong("is longer than {most} characters", most=str(most))
        if printable(cell, most) != cell:
            raise _Wrong("has characters that cannot be printed")
        return cell

    return words


def _sex(cell: str, plan: NurseCallPlan) -> str:
    if cell.upper() not in SEXES:
        raise _Wrong("{cell} is not M, F, 男 or 女", cell=repr(cell))
    return SEXES[cell.upper()]


def _grade(cell: str, plan: NurseCallPlan) -> int:
    grade = cell.removesuffix("护理")
    if grade not in GRADES:
        raise _Wrong("{cell} is not a care grade: 0 to 3, or 特级, 一级, 二级, 三级", cell=repr(cell))
    return GRADES[grade]


def _day(cell: str, plan: NurseCallPlan) -> date | None:
    if not cell:
        return None
    parts = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", cell, re.ASCII)
    try:
        if parts is not None:
            return date(int(parts[1]), int(parts[3]), int(parts[4]))
    except ValueError:
        pass
    raise _Wrong("{cell} is not a date such as 1950-03-04", cell=repr(cell))


_CELLS: dict[str, Callable[[str, NurseCallPlan], object]] = {
    "ward": _ward,
    "number": _words(32, needed=True),
    "name": _words(64, needed=True),
    "sex": _sex,
    "born": _day,
    "care_grade": _grade,
    "admitted_on": _day,
    "note": _words(200, needed=False),
}
