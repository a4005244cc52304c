"""Wards and their beds as a file: in, or every fault of every row at once; and a file to begin with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from appliance.foundation.config import PlanError
from appliance.foundation.sheets import Row
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import LANGUAGES, Language
from nursecall.board import printable
from nursecall.plan_wards import labels
from nursecall.roster_file import BadFile

COLUMNS = {"ward": "病区代码", "name_zh": "中文名称", "name_en": "英文名称", "room": "房间", "beds": "床位"}
"""Headings, in English or Chinese, in any order. A ward may have many rows: one a room, as a rule."""

REQUIRED = ("ward", "name_zh", "name_en", "beds")

MOST_BEDS = 200
"""In one ward; `1-4000` is a slip of the finger."""

LONGEST_NAME = 40


@dataclass
class NewWard:
    """One ward as its rows add up. names: by language; beds: their labels, those in rooms as `ROOM-BED`."""

    id: str
    names: dict[Language, str] = field(default_factory=dict)
    beds: list[str] = field(default_factory=list)


class _Wrong(Exception):
    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, tuple(facts.items())


def read_wards(content: bytes | str, taken: Collection[str]) -> list[NewWard]:
    """The wards in a CSV or XLSX with the columns of `COLUMNS`. taken: ids of the plan's own. Raises BadFile."""
    faults: list[BadRow] = []
    sheet = _Sheet(taken, faults)
    for number, cells in titled_rows(content, COLUMNS, REQUIRED, faults):
        sheet.read(number, cells)
    if not sheet.wards and not faults:
        faults.append(BadRow(1, "", "no ward follows the heading"))
    if faults:
        raise BadFile(faults)
    return list(sheet.wards.values())


def table(ward: NewWard) -> dict[str, object]:
    """The ward as the plan writes it; runs of beds as ranges."""
    return {"id": ward.id, "name": dict(ward.names), "beds": _spans(ward.beds)}


def example(language: Language) -> Iterator[Row]:
    """A table that `read_wards` reads: what a hospital's own may look like."""
    yield tuple(COLUMNS) if language == "en" else tuple(COLUMNS.values())
    yield ("w1", "内科一病区", "Internal medicine 1", "", "1-40, 加1, 加2")
    yield ("w2", "外科二病区", "Surgery 2", "1201", "1-3")
    yield ("w2", "", "", "1202", "1-3")


class _Sheet:
    """Rows as they add up to wards. What is wrong goes to `faults`, so that every fault is told at once."""

    def __init__(self, taken: Collection[str], faults: list[BadRow]) -> None:
        self.wards: dict[str, NewWard] = {}
        self._taken, self._faults, self._number = taken, faults, 0
        self._cells: Mapping[str, str] = {}
        self._rows: dict[tuple[str, str], int] = {}

    def read(self, number: int, cells: Mapping[str, str]) -> None:
        """One row; its cells by column."""
        self._number, self._cells, beds = number, cells, list[str]()
        with self._column("beds"):
            beds = _beds(cells.get("room", ""), cells.get("beds", ""))
        with self._column("ward"):
            name = _ward(cells.get("ward", ""), self._taken)
            ward = self.wards.setdefault(name, NewWard(name))
            for tongue in LANGUAGES:
                with self._column(f"name_{tongue}"):
                    ward.names[tongue] = _name(ward, tongue, cells.get(f"name_{tongue}", ""))
            with self._column("beds"):
                for bed in beds:
                    self._add(ward, bed)

    def _add(self, ward: NewWard, bed: str) -> None:
        row = self._rows.setdefault((ward.id, bed), self._number)
        if bed in ward.beds:
            raise _Wrong("bed {bed} is in row {row} already", bed=bed, row=str(row))
        if len(ward.beds) == MOST_BEDS:
            raise _Wrong("a ward has at most {most} beds", most=str(MOST_BEDS))
        ward.beds.append(bed)

    @contextmanager
    def _column(self, column: str) -> Iterator[None]:
        try:
            yield
        except _Wrong as why:
            # A column that is missing was named once, with the heading.
            if column in self._cells or column not in REQUIRED:
                self._faults.append(BadRow(self._number, column, why.reason, why.facts))


def _ward(cell: str, taken: Collection[str]) -> str:
    name = cell.lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise _Wrong("{cell} is no ward code: letters a to z, digits and hyphens", cell=repr(cell))
    if name in taken:
        raise _Wrong("ward {ward} is in the plan already", ward=name)
    return name


def _name(ward: NewWard, tongue: Language, cell: str) -> str:
    """What the row calls the ward; rows after the first may say nothing, but nothing else."""
    known = ward.names.get(tongue, "")
    if not cell and not known:
        raise _Wrong("must not be empty")
    if printable(cell, LONGEST_NAME) != cell:
        raise _Wrong("is longer than {most} characters, or cannot be printed", most=str(LONGEST_NAME))
    if cell and known not in ("", cell):
        raise _Wrong("ward {ward} is called {name} in a row above", ward=ward.id, name=repr(known))
    return cell or known


def _beds(room: str, cell: str) -> list[str]:
    if room and not re.fullmatch(r"\w{1,8}", room):
        raise _Wrong("{cell} is no room: letters and digits, at most 8", cell=repr(room))
    parts = [part for part in re.split(r"[\s,;、\uff0c\uff1b]+", cell) if part]
    if not parts:
        raise _Wrong("must not be empty")
    found = [bed for part in parts for bed in _labels(re.sub("[–~～]", "-", part))]
    return [_in_room(room, bed) for bed in found] if room else found


def _labels(part: str) -> Sequence[str]:
    try:
        # A plan would take "1-" for a label: here it is a range that somebody did not end.
        return labels(part if not part.startswith("-") and not part.endswith("-") else "")
    except PlanError as why:
        raise _Wrong("{cell} is no bed: a label such as 28 or 加1, or a range such as 1-40", cell=repr(part)) from why


def _in_room(room: str, bed: str) -> str:
    label = f"{room}-{bed}"
    if list(_labels(label)) != [label]:
        # "1-2" is how a plan writes the beds 1 and 2.
        raise _Wrong("room {room} with bed {bed} would read as a range: give the room a letter", room=room, bed=bed)
    return label


def _spans(beds: Sequence[str]) -> list[str]:
    runs: list[list[str]] = []
    for bed in beds:
        before = runs[-1][-1] if runs else ""
        # "09" and "10" are no range: that would be read as 9 and 10.
        if before.isdecimal() and before == str(int(before)) and bed == str(int(before) + 1):
            runs[-1].append(bed)
        else:
            runs.append([bed])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else run[0] for run in runs]
