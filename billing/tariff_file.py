"""A tariff as the file people keep: CSV or XLSX in, CSV or XLSX out. What was written is read again as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from appliance.foundation.sheets import Cell, csv_file, xlsx_file
from appliance.foundation.table_rows import ZIP, NoTable, decoded, rows_of
from appliance.foundation.values import Money, in_yuan
from billing.charge import Rate, decimals
from billing.tariff_csv import RowFault, TariffFaulty

MOST_ROWS = 400_000
HEADING = (
    "prefix", "name", "day_kind", "from", "to", "rate_per_minute", "connect_fee", "first_seconds", "next_seconds",
    "free_seconds", "minimum", "cap",
)  # fmt: skip


def text_of(content: bytes) -> str:
    """The CSV text of a file: itself in UTF-8 or GB18030, or the first sheet of a workbook, row for row.

    Raises TariffFaulty for what is neither.
    """
    try:
        if not content.startswith(ZIP):
            return decoded(content).removeprefix("\ufeff")
        text = io.StringIO(newline="")
        csv.writer(text).writerows(_trimmed(cells) for _, cells in rows_of(content, MOST_ROWS))
        return text.getvalue()
    except NoTable as why:
        raise TariffFaulty([RowFault(why.row, "", why.reason, why.facts)]) from why


def as_csv(rates: Iterable[Rate]) -> bytes:
    """UTF-8 with the mark that spreadsheets need; amounts exactly."""
    return csv_file([HEADING, *_rows(rates, decimals)])


def as_xlsx(rates: Iterable[Rate], title: str) -> bytes:
    """A workbook; prefixes and hours are texts, amounts are numbers."""
    return xlsx_file({title: [HEADING, *_rows(rates, lambda money: float(in_yuan(money)))]})


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Without the empty cells at the end, which spreadsheets add where somebody once typed."""
    last = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:last]


def _rows(rates: Iterable[Rate], money: Callable[[Money], Cell]) -> Iterator[list[Cell]]:
    for rate in rates:
        yield [
            rate.prefix, rate.name, rate.day_kind, clock(rate.begins), clock(rate.ends), money(rate.per_minute),
            money(rate.connect_fee) if rate.connect_fee else None, rate.first_seconds, rate.next_seconds,
            rate.free_seconds or None, money(rate.minimum) if rate.minimum else None,
            None if rate.cap is None else money(rate.cap),
        ]  # fmt: skip


def clock(second: int | None) -> str:
    """Seconds of the day as `21:00`; empty for None."""
    return "" if second is None else f"{second // 3600:02}:{second % 3600 // 60:02}"


def cells(rate: Rate) -> dict[str, str]:
    """A row as its file has it, column by column; what is empty there is empty."""
    [row] = _rows([rate], decimals)
    return {column: "" if cell is None else str(cell) for column, cell in zip(HEADING, row, strict=True)}
