"""The address book as a file: CSV or XLSX in, entries out, or every fault of every row at once; and out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import Row
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import Language
from pbx.addresses.entry import LONGEST_NOTE, Entry, Unfit, line_of, numbers_of

COLUMNS = {
    "name": "姓名",
    "department": "部门",
    "number": "电话",
    "number2": "电话2",
    "number3": "电话3",
    "note": "备注",
    "vip": "重要",
}
"""Headings, in English or Chinese, in any order. One cell may hold several numbers."""

NUMBERS = ("number", "number2", "number3")
REQUIRED = ("name", "number")
YES, NO = ("1", "yes", "y", "是", "重要"), ("", "0", "no", "n", "否")


class BadList(Exception):
    """The file cannot be used; `rows` names every fault. Nothing of it was loaded."""

    def __init__(self, rows: Iterable[BadRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.row)
        super().__init__("; ".join(row.text("en") for row in self.rows))

    def lines(self, file: str, language: Language) -> list[str]:
        """Each fault with its file, row and column as the file has it."""
        return [self._line(row, file, language) for row in self.rows]

    def _line(self, row: BadRow, file: str, language: Language) -> str:
        column = COLUMNS.get(row.field, row.field) if language == "zh" else row.field
        told = BadRow(row.row, column, row.reason, row.facts).text(language)
        return translate("{file}: {fault}", language, file=file, fault=told) if file else told


def read_list(content: bytes | str) -> list[Entry]:
    """The entries of a CSV or XLSX with the columns of `COLUMNS`. Raises BadList."""
    faults: list[BadRow] = []
    entries: list[Entry] = []
    first: dict[tuple[str, str], int] = {}
    for number, cells in titled_rows(content, COLUMNS, REQUIRED, faults):
        entry = _entry(number, cells, faults)
        if entry is None:
            continue
        before = first.setdefault(entry.who, number)
        if before != number:
            faults.append(BadRow(number, "name", "is in row {row} already", (("row", str(before)),)))
        entries.append(entry)
    if faults:
        raise BadList(faults)
    return entries


def checked(fields: Mapping[str, str]) -> Entry:
    """One entry, from a form. Raises BadList with the fields that will not do, in row 1."""
    faults: list[BadRow] = []
    entry = _entry(1, fields, faults)
    if entry is None:
        raise BadList(faults)
    return entry


def list_rows(entries: Iterable[Entry]) -> Iterator[Row]:
    """The table that `read_list` reads."""
    yield ("name", "department", "number", "note", "vip")
    for one in entries:
        yield (one.name, one.department, "; ".join(one.numbers), one.note, int(one.vip))


def _entry(row: int, cells: Mapping[str, str], faults: list[BadRow]) -> Entry | None:
    made: dict[str, object] = {}
    for field, make in _FIELDS.items():
        try:
            made[field] = make(cells)
        except Unfit as why:
            if why.field in cells or why.field not in REQUIRED:  # else the column is missing, which is said once
                faults.append(BadRow(row, why.field, why.reason, tuple(why.facts.items())))
    return Entry(**made) if len(made) == len(_FIELDS) else None  # type: ignore[arg-type]


def _numbers(cells: Mapping[str, str]) -> tuple[str, ...]:
    for field in NUMBERS:
        if cells.get(field, "").strip():
            numbers_of([cells[field]], field)
    return numbers_of([cells.get(field, "") for field in NUMBERS])


def _vip(cells: Mapping[str, str]) -> bool:
    cell = cells.get("vip", "").strip().lower()
    if cell not in (*YES, *NO):
        raise Unfit("vip", "{cell} is neither 1 nor 0", cell=repr(cell))
    return cell in YES


_FIELDS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "name": lambda cells: line_of(cells.get("name", ""), "name", needed=True),
    "department": lambda cells: line_of(cells.get("department", ""), "department"),
    "numbers": _numbers,
    "note": lambda cells: line_of(cells.get("note", ""), "note", LONGEST_NOTE),
    "vip": _vip,
}
