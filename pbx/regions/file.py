"""The table of regions as a file: CSV or XLSX, every bad row named, nothing loaded if any is bad."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from appliance.foundation.i18n import translate
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import Language
from pbx.regions.table import CARRIERS, Belonging

COLUMNS = {"number": "号码", "carrier": "运营商", "region": "归属地"}
"""Headings, in English or Chinese, in any order."""

MOST_ROWS = 1_000_000
LONGEST = 64

Row = tuple[str, Belonging]


class BadRegions(Exception):
    """The file cannot be used; `rows` names every fault. Nothing of it was loaded."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__("; ".join(row.text("en") for row in rows[:20]))
        self.rows = tuple(rows)

    def text(self, language: Language) -> str:
        """All faults, a line each."""
        head = translate("The table was not loaded, the one before stays in force.", language)
        return "\n".join([head, *(row.text(language) for row in self.rows)])


def read_regions(content: bytes | str, code: str = "") -> list[Row]:
    """The rows of a file. code: put before each number, such as 86 where the file has them without it.

    Raises BadRegions.
    """
    faults: list[BadRow] = []
    rows: list[Row] = []
    first: dict[str, int] = {}
    for number, cells in titled_rows(content, COLUMNS, ("number",), faults, most=MOST_ROWS):
        before = len(faults)
        digits = code + cells["number"].removeprefix("+") if "number" in cells else ""
        faults += _wrong(number, digits, cells)
        if digits and first.setdefault(digits, number) != number:
            faults.append(BadRow(number, "number", "row {row} has this number already", (("row", str(first[digits])),)))
        if len(faults) == before:
            carrier = cells.get("carrier", "")
            rows.append((digits, Belonging(CARRIERS.get(carrier, carrier), cells.get("region", ""))))
    if not rows and not faults:
        faults.append(BadRow(1, "", "there are no rows"))
    if faults:
        raise BadRegions(faults)
    return rows


def write_regions(rows: Iterable[Row]) -> str:
    """The CSV text that `read_regions` reads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((digits, belonging.carrier, belonging.region) for digits, belonging in rows)
    return text.getvalue()


def _wrong(number: int, digits: str, cells: dict[str, str]) -> Iterator[BadRow]:
    if not re.fullmatch(r"[1-9][0-9]{0,14}", digits):
        said = "{value} is not the beginning of a number: 1 to 15 digits with the country code, without 00"
        yield BadRow(number, "number", said, (("value", repr(cells.get("number", ""))),))
    if not cells.get("carrier") and not cells.get("region"):
        yield BadRow(number, "carrier", "neither carrier nor region is given")
    for column in ("carrier", "region"):
        if len(cells.get(column, "")) > LONGEST:
            yield BadRow(number, column, "longer than {most} characters", (("most", str(LONGEST)),))
