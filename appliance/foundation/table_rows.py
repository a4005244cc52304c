"""A table as people save it, CSV or XLSX, as rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time

ZIP = b"PK\x03\x04"
MOST_ROWS = 20_000
BYTES_A_ROW = 2_500
"""Of a workbook, unpacked: far more than any list of ours. A bomb is refused before it is unpacked."""


class NoTable(Exception):
    """It cannot be read on from `row`; `reason` is a message id, `facts` fill it."""

    def __init__(self, row: int, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.row, self.reason, self.facts = row, reason, tuple(facts.items())


def rows_of(content: bytes | str, most: int = MOST_ROWS) -> Iterator[tuple[int, list[str]]]:
    """Row number, 1 being the first, and trimmed cells. Bytes are a workbook, or text in UTF-8 or GB18030.

    Raises NoTable, also for more than `most` rows.
    """
    if isinstance(content, bytes) and content.startswith(ZIP):
        rows = _workbook(content, most)
    else:
        rows = _csv(content if isinstance(content, str) else decoded(content))
    for number, cells in enumerate(rows, 1):
        if number > most:
            raise NoTable(number, "there are more than {most} rows", most=str(most))
        yield number, cells


def decoded(content: bytes) -> str:
    """Text in UTF-8 or GB18030. Raises NoTable."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoTable(1, "is neither a workbook (XLSX) nor text in UTF-8 or GB18030")


def _csv(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):  # noqa: B007 - the number of the last whole row is needed below
            yield [cell.strip() for cell in row]
    except csv.Error as why:
        raise NoTable(number + 1, "is not CSV: {why}", why=str(why)) from why


def _workbook(content: bytes, most: int) -> Iterator[list[str]]:
    import openpyxl  # takes a while, and is seldom wanted

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > BYTES_A_ROW * most:
                raise NoTable(1, "the workbook is too large")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True):
                yield [_cell(value) for value in row]
        finally:
            book.close()
    except (NoTable, GeneratorExit):
        raise
    except Exception as why:  # openpyxl raises whatever a broken file makes it stumble over
        raise NoTable(1, "is a workbook that cannot be read") from why


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return f"{value:.15g}"  # as spreadsheets show it: 0.1 + 0.2 is 0.3
    return str(value).strip()
