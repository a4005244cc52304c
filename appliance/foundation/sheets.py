"""Tables as files for spreadsheets: CSV and XLSX. What people typed is never taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

Cell = str | int | float | datetime | date | None
Row = Sequence[Cell]

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""How a formula begins; spreadsheets take the wide signs too."""

MOST = 1_000_000
"""Rows of a sheet; a spreadsheet takes a few more."""

_CALCULATED = re.compile(rf"'*\s*[{re.escape(''.join(FORMULA))}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


class TooManyRows(ValueError):
    """No spreadsheet holds so many."""

    def __init__(self) -> None:
        super().__init__(f"There are more than {MOST} rows: choose a shorter period.")


def harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would calculate gets an apostrophe before it; numbers and times stay what they are.

    A text that begins as if it had got one gets another: `meant` takes away one and no more.
    """
    if not isinstance(cell, str):
        return cell
    text = _CONTROL.sub(" ", cell)
    return f"'{text}" if _CALCULATED.match(text) else text


def meant(cell: str) -> str:
    """What a cell of such a file said before it was made harmless."""
    return cell[1:].strip() if cell.startswith("'") and _CALCULATED.match(cell) else cell


def table_file(kind: str, title: str, rows: Iterable[Row]) -> bytes:
    """One table; kind: xlsx, or else csv; title: of the sheet."""
    return xlsx_file({title: rows}) if kind == "xlsx" else csv_file(rows)


def csv_file(rows: Iterable[Row]) -> bytes:
    """UTF-8 with the mark that spreadsheets need to see that it is."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_plain(harmless(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_file(sheets: Mapping[str, Iterable[Row]]) -> bytes:
    """One sheet each, by its title; the first row is its heading, which stays in sight."""
    import openpyxl  # takes a while, and is seldom wanted
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet: Any = book.create_sheet(_NO_TITLE.sub(" ", title)[:31])
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows):
            cells: list[Any] = [harmless(cell) for cell in row]
            if number == 0:
                for index, text in enumerate(cells):
                    sheet.column_dimensions[get_column_letter(index + 1)].width = 18 if index == 0 else 14
                    cells[index] = WriteOnlyCell(sheet, text)
                    cells[index].font = Font(bold=True)
            sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _plain(cell: Cell) -> object:
    return cell.isoformat(" ") if isinstance(cell, datetime) else cell
