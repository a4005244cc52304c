"""The hospital's list of patients: CSV or XLSX in, patients out, or every fault of every row at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import harmless
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import Language
from nursecall.board import label, printable
from nursecall.occupancy import Facts, Place, Said
from nursecall.patient import GRADES, SEXES, Patient, by_number, by_visit
from nursecall.plan import NurseCallPlan

_PARTS = re.compile(r"\d+|\D+")

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
    "visit": "就诊号",
}
"""Headings, in English or Chinese, in any order."""

REQUIRED = ("ward", "bed", "number", "name", "care_grade")


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


def read_patients(content: str | bytes, plan: NurseCallPlan) -> list[Patient]:
    """The patients in a CSV text, or in a file with CSV or XLSX, with the columns of `COLUMNS`. Raises BadRows.

    An empty bed is a patient without one.
    """
    faults: list[BadRow] = []
    patients: list[tuple[int, Patient]] = []
    for number, cells in titled_rows(content, COLUMNS, REQUIRED, faults):
        patient = _patient(number, cells, plan, faults)
        if patient is not None:
            patients.append((number, patient))
    faults += _twice([one for one in patients if one[1].bed], "bed", lambda patient: (patient.ward, patient.bed))
    faults += _twice(patients, "number", lambda patient: patient.number)
    faults += _twice([one for one in patients if one[1].visit], "visit", lambda patient: patient.visit)
    if faults:
        raise BadRows(sorted(faults, key=lambda fault: fault.row))
    return [patient for _, patient in patients]


def write_patients(patients: Iterable[Patient]) -> str:
    """The CSV text that `read_patients` reads, in the order of the beds."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for patient in sorted(patients, key=lambda patient: (patient.ward, in_order(patient.bed))):
        writer.writerow(harmless(getattr(patient, name)) for name in COLUMNS)
    return text.getvalue()


def said_in_file(patient: Patient | None, at: datetime, *, key: str = "") -> Said:
    """What a row of the list says of its patient; or that the visit `key` is in it no longer."""
    if patient is None:
        return Said(key, "gone", at, at)
    facts = Facts(**{of.name: getattr(patient, of.name) for of in fields(Facts)})
    visit = by_visit(patient.visit) if patient.visit else by_number(patient.number)
    return Said(visit, "file", at, at, Place(patient.ward, patient.bed), facts=facts)


def in_order(bed: str) -> tuple[object, ...]:
    """Sorts bed labels as people do: 2 before 10, 加1 after both."""
    return (
        not bed[:1].isdecimal(),
        [(int(part), "") if part.isdecimal() else (0, part) for part in _PARTS.findall(bed)],
    )


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
    if there is None or not cell:
        return cell  # the fault is the ward's; or there is no bed yet
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
    "visit": _words(64, needed=False),
}
