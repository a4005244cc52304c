"""Lists of staff and rosters of a month, as files: in, or every fault of every row at once; and out again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import Language
from nursecall.bed_spans import LONGEST, NoSuchBed, spelled, spread
from nursecall.board import printable
from nursecall.duties import roles
from nursecall.plan import NurseCallPlan
from nursecall.plan_wards import Ward
from nursecall.roster import Cell, Cells, Staff, Stint

STAFF = {
    "id": "工号",
    "ward": "病区",
    "name": "姓名",
    "role": "岗位",
    "mobile": "手机",
    "extension": "分机",
    "login": "登录名",
    "active": "在职",
}
"""Headings of a list of staff, in English or Chinese, in any order."""

MONTH = {"day": "日期", "shift": "班次", "id": "工号", "name": "姓名", "beds": "床位"}
"""Headings of a roster: one row for each stint. name: only to read."""

YES, NO = ("", "1", "yes", "是", "在职"), ("0", "no", "否", "离职")


class BadFile(Exception):
    """The file cannot be used; `rows` names every fault. Nothing of it was loaded."""

    def __init__(self, rows: Iterable[BadRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.row)
        super().__init__("; ".join(row.text("en") for row in self.rows))

    def text(self, language: Language) -> str:
        """All faults, a line each."""
        head = translate("Nothing was changed, because the file has faults:", language)
        return "\n".join([head, *(row.text(language) for row in self.rows)])


class _Wrong(Exception):
    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, tuple(facts.items())


def read_staff(content: bytes | str, plan: NurseCallPlan) -> list[Staff]:
    """The staff in a CSV or XLSX with the columns of `STAFF`. Raises BadFile."""
    faults: list[BadRow] = []
    found: list[tuple[int, Staff]] = []
    for number, cells in titled_rows(content, STAFF, ("id", "ward", "name"), faults):
        person: dict[str, object] = {}
        for field, cell in _CELLS.items():
            try:
                person[field] = cell(cells.get(field, ""), plan)
            except _Wrong as why:
                faults.append(BadRow(number, field, why.reason, why.facts))
        if len(person) == len(_CELLS):
            found.append((number, Staff(**person)))  # type: ignore[arg-type]
    faults += _twice((number, "id", one.id) for number, one in found)
    faults += _twice((number, "login", one.login) for number, one in found if one.login and one.active)
    if faults:
        raise BadFile(faults)
    return [one for _, one in found]


def checked(fields: Mapping[str, str], plan: NurseCallPlan) -> Staff:
    """One person, from a form. Raises BadFile with the fields that will not do, in row 1."""
    faults, person = list[BadRow](), dict[str, object]()
    for field, cell in _CELLS.items():
        try:
            person[field] = cell(fields.get(field, "").strip(), plan)
        except _Wrong as why:
            faults.append(BadRow(1, field, why.reason, why.facts))
    if faults:
        raise BadFile(faults)
    return Staff(**person)  # type: ignore[arg-type]


def staff_rows(people: Iterable[Staff]) -> Iterator[Row]:
    """The table that `read_staff` reads."""
    yield tuple(STAFF)
    for one in people:
        yield (one.id, one.ward, one.name, one.role, one.mobile, one.extension, one.login, int(one.active))


def read_month(content: bytes | str, ward: Ward, first: date, last: date, staff: Mapping[str, Staff]) -> Cells:
    """The ward's roster of these days, from a CSV or XLSX with the columns of `MONTH`. Raises BadFile."""
    faults: list[BadRow] = []
    cells: dict[Cell, tuple[Stint, ...]] = {}
    stints: list[tuple[int, str, object]] = []
    for number, row in titled_rows(content, MONTH, ("day", "shift", "id"), faults):
        try:
            cell = _day(row.get("day", ""), first, last), _shift(row.get("shift", ""), ward)
            stint = Stint(_works(row.get("id", ""), staff), _beds(row.get("beds", ""), ward))
        except _Wrong as why:
            faults.append(BadRow(number, "", why.reason, why.facts))
            continue
        stints.append((number, "id", (*cell, stint.staff)))
        cells[cell] = (*cells.get(cell, ()), stint)
    faults += _twice(stints)
    if faults:
        raise BadFile(faults)
    return cells


def month_rows(cells: Cells, staff: Mapping[str, Staff]) -> Iterator[Row]:
    """The table that `read_month` reads."""
    yield tuple(MONTH)
    for day, shift in sorted(cells):
        for stint in cells[day, shift]:
            name = staff[stint.staff].name if stint.staff in staff else ""
            yield (day.isoformat(), shift, stint.staff, name, stint.beds)


def _twice(found: Iterable[tuple[int, str, object]]) -> Iterator[BadRow]:
    first: dict[object, int] = {}
    for number, field, what in found:
        before = first.setdefault(what, number)
        if before != number:
            yield BadRow(number, field, "is in row {row} already", (("row", str(before)),))


def _day(cell: str, first: date, last: date) -> date:
    parts = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", cell, re.ASCII)
    try:
        day = date(int(parts[1]), int(parts[3]), int(parts[4])) if parts else None
    except ValueError:
        day = None
    if day is None:
        raise _Wrong("{cell} is not a date such as 1950-03-04", cell=repr(cell))
    if not first <= day <= last:
        raise _Wrong("{day} is not between {first} and {last}", day=str(day), first=str(first), last=str(last))
    return day


def _shift(cell: str, ward: Ward) -> str:
    for shift in ward.shifts:
        if cell in (shift.id, shift.name.zh, shift.name.en):
            return shift.id
    raise _Wrong("there is no shift {shift} in this ward", shift=repr(cell))


def _works(cell: str, staff: Mapping[str, Staff]) -> str:
    if cell not in staff or not staff[cell].active:
        raise _Wrong("nobody of number {staff} works here", staff=repr(cell))
    return cell


def _beds(cell: str, ward: Ward) -> str:
    try:
        beds = spelled(spread(cell, ward.beds), ward.beds)
    except NoSuchBed as why:
        raise _Wrong("there is no bed {bed} in ward {ward}", bed=repr(str(why)), ward=ward.id) from why
    if len(beds) > LONGEST:
        raise _Wrong("is longer than {most} characters", most=str(LONGEST))
    return beds


def _ward(cell: str, plan: NurseCallPlan) -> str:
    if plan.ward(cell) is None:
        raise _Wrong("there is no ward {ward}", ward=repr(cell))
    return cell


def _name(cell: str, plan: NurseCallPlan) -> str:
    if not cell:
        raise _Wrong("must not be empty")
    if printable(cell, 40) != cell:
        raise _Wrong("is longer than {most} characters, or cannot be printed", most="40")
    return cell


def _role(cell: str, plan: NurseCallPlan) -> str:
    known = roles(plan)
    for role in known:
        if cell in (role, translate(role, "zh")):
            return role
    if cell:
        raise _Wrong("{role} is none of {roles}", role=repr(cell), roles=", ".join(known))
    return "nurse"


def _active(cell: str, plan: NurseCallPlan) -> bool:
    if cell.lower() not in (*YES, *NO):
        raise _Wrong("{cell} is neither 1 nor 0", cell=repr(cell))
    return cell.lower() in YES


def _fits(pattern: str, reason: str) -> Callable[[str, NurseCallPlan], str]:
    def fits(cell: str, plan: NurseCallPlan) -> str:
        if not re.fullmatch(pattern, cell, re.ASCII):
            raise _Wrong(reason, cell=repr(cell))
        return cell

    return fits


_CELLS: dict[str, Callable[[str, NurseCallPlan], object]] = {
    "id": _fits(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}", "{cell} is no staff number: letters, digits and hyphens"),
    "ward": _ward,
    "name": _name,
    "role": _role,
    "mobile": _fits(r"(\+?[0-9]{5,15})?", "{cell} is no telephone number"),
    "extension": _fits(r"([0-9]{2,6})?", "{cell} is no extension"),
    "login": _fits(r"([a-z0-9][a-z0-9._-]{0,31})?", "{cell} is no log-in"),
    "active": _active,
}
