"""A table with a heading, CSV or XLSX, as rows by column; every fault of the heading named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import meant
from appliance.foundation.table_rows import MOST_ROWS, NoTable, rows_of
from appliance.foundation.values import Language


@dataclass(frozen=True)
class BadRow:
    """One fault. row: as spreadsheets count, the heading being 1; field: a column, or empty for the whole row."""

    row: int
    field: str
    reason: str
    facts: tuple[tuple[str, str], ...] = ()

    def words(self, language: Language) -> str:
        """The fault alone."""
        return translate(self.reason, language, **dict(self.facts))

    def text(self, language: Language) -> str:
        """The fault as a sentence."""
        reason = self.words(language)
        if not self.field:
            return translate("Row {row}: {reason}", language, row=self.row, reason=reason)
        return translate("Row {row}, {field}: {reason}", language, row=self.row, field=self.field, reason=reason)


def titled_rows(
    content: bytes | str,
    columns: Mapping[str, str],
    required: Collection[str],
    faults: list[BadRow],
    *,
    most: int = MOST_ROWS,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and cells by column. columns: English and Chinese headings; others are faults, as missing ones are.

    most: rows, the heading among them; more are a fault.
    """
    headings: list[str] = []
    try:
        for number, cells in rows_of(content, most):
            if number == 1:
                headings = [next((name for name in columns if cell in (name, columns[name])), cell) for cell in cells]
                faults += _bad(headings, columns, required)
            elif len(cells) > len(headings) and any(cells[len(headings) :]):
                faults.append(BadRow(number, "", "has more cells than the heading"))
            elif any(cells):
                yield number, dict(zip_longest(headings, map(meant, cells[: len(headings)]), fillvalue=""))
    except NoTable as why:
        faults.append(BadRow(why.row, "", why.reason, why.facts))
    if not headings and not faults:
        faults += _bad([], columns, required)


def _bad(headings: Sequence[str], columns: Collection[str], required: Collection[str]) -> Iterator[BadRow]:
    for name in required:
        if name not in headings:
            yield BadRow(1, name, "this column is missing")
    for heading in sorted(set(headings)):
        if heading and heading not in columns:
            yield BadRow(1, heading, "there is no such column")
        if heading and headings.count(heading) > 1:
            yield BadRow(1, heading, "this column is there twice")
