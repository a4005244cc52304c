"""A tariff as CSV: every bad row named, nothing loaded if any is bad.

Columns: prefix, name, day_kind, from, to, rate_per_minute, connect_fee, first_seconds, next_seconds, free_seconds,
minimum, cap; in any order. Those whose emptiness has a meaning may be left out. Money in yuan, at most four decimals.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, TypeVar

from appliance.foundation.i18n import translate
from appliance.foundation.sheets import meant
from appliance.foundation.values import Language, Money, yuan
from billing.charge import NOTHING, Rate
from billing.rating import DAY
from billing.refusal import Refusal

T = TypeVar("T")
S = TypeVar("S")

NEEDED = ("prefix", "rate_per_minute", "first_seconds", "next_seconds")
COLUMNS = (*NEEDED, "name", "day_kind", "from", "to", "connect_fee", "free_seconds", "minimum", "cap")
DAY_KINDS = ("", "workday", "restday", "holiday")
LONGEST_NAME = 64


@dataclass(frozen=True)
class RowFault:
    """One thing wrong in one row. row: as a spreadsheet numbers it, the header being 1. field: the column, or empty."""

    row: int
    field: str
    message: str
    facts: tuple[tuple[str, str], ...] = ()

    def text(self, language: Language) -> str:
        """Row, column and reason in `language`."""
        reason = translate(self.message, language, **dict(self.facts))
        if not self.field:
            return translate("Row {row}: {reason}", language, row=self.row, reason=reason)
        return translate("Row {row}, {field}: {reason}", language, row=self.row, field=self.field, reason=reason)


class TariffFaulty(Refusal):
    """A CSV file that cannot be a tariff; `faults` names every bad row. Nothing was loaded."""

    message = "The tariff was not loaded, the one before stays in force."

    def __init__(self, faults: list[RowFault]) -> None:
        super().__init__()
        self.faults = faults
        self.args = (self.text("en"),)

    def text(self, language: Language) -> str:
        return "\n".join([super().text(language), *(fault.text(language) for fault in self.faults)])


def parse(text: str) -> list[Rate]:
    """The rows of `text`. Raises TariffFaulty."""
    try:
        records = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as why:
        raise TariffFaulty([RowFault(1, "", "this is not a CSV file: {why}", (("why", str(why)),))]) from why
    columns = [column.strip() for column in records[0]] if records else []
    faults = list(_header_faults(columns))
    if faults:
        raise TariffFaulty(faults)
    rows: list[tuple[int, Rate]] = []
    for number, record in enumerate(records[1:], 2):
        if any(field.strip() for field in record):
            _read(number, columns, record, rows, faults)
    faults.extend(_overlaps(rows))
    if not rows and not faults:
        faults.append(RowFault(1, "", "there are no rows"))
    if faults:
        raise TariffFaulty(sorted(faults, key=lambda fault: fault.row))
    return [rate for _, rate in rows]


def _header_faults(columns: list[str]) -> Iterator[RowFault]:
    for column in NEEDED:
        if column not in columns:
            yield RowFault(1, column, "this column is missing")
    for index, column in enumerate(columns):
        if column not in COLUMNS:
            yield RowFault(1, column, "there is no such column")
        elif column in columns[:index]:
            yield RowFault(1, column, "this column stands there twice")


class _Bad(Exception):
    """A field that cannot be read: an English message id and its facts."""

    def __init__(self, message: str, **facts: str) -> None:
        super().__init__(message)
        self.message = message
        self.facts = tuple(facts.items())


def _read(
    number: int, columns: list[str], record: list[str], rows: list[tuple[int, Rate]], faults: list[RowFault]
) -> None:
    """Append the row to `rows`, or what is wrong with it to `faults`."""
    if len(record) > len(columns):
        faults.append(RowFault(number, "", "there are more fields than columns"))
        return
    fields = dict(zip(columns, (field.strip() for field in record), strict=False))
    found: dict[str, Any] = {}
    bad = False
    for (target, column), read in _READERS.items():
        try:
            found[target] = read(fields.get(column, ""))
        except _Bad as why:
            faults.append(RowFault(number, column, why.message, why.facts))
            bad = True
    bad = bad or not _whole(number, found, faults)
    if not bad:
        rows.append((number, Rate(**found)))


def _whole(number: int, found: dict[str, Any], faults: list[RowFault]) -> bool:
    """Whether fields that are good by themselves go together."""
    before = len(faults)
    if (found["begins"] is None) != (found["ends"] is None):
        faults.append(RowFault(number, "to", "from and to are both given or both empty"))
    elif found["begins"] is not None and found["begins"] == found["ends"]:
        faults.append(RowFault(number, "to", "from and to are the same; leave both empty for all day"))
    if found["cap"] is not None and found["cap"] < found["minimum"]:
        faults.append(RowFault(number, "cap", "the cap is below the minimum"))
    return len(faults) == before


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,14}", text):
        raise _Bad("{value} is not a prefix: 1 to 15 digits of E.164, without + or 00", value=repr(text))
    return text


def _name(text: str) -> str:
    text = meant(text)
    if len(text) > LONGEST_NAME:
        raise _Bad("longer than {most} characters", most=str(LONGEST_NAME))
    return text


def _day_kind(text: str) -> str:
    if text not in DAY_KINDS:
        raise _Bad("{value} is not workday, restday, holiday or empty", value=repr(text))
    return text


def _time(text: str) -> int:
    time = re.fullmatch(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", text)
    seconds = int(time[1]) * 3600 + int(time[2]) * 60 if time else DAY + 1
    if seconds > DAY:
        raise _Bad("{value} is not a time like 08:30", value=repr(text))
    return seconds


def _from(text: str) -> int:
    return _time(text) % DAY


def _amount(text: str) -> Money:
    try:
        # What else a decimal number may be, Python's underscores or other scripts' digits, is a slip of the pen here.
        return yuan(text if re.fullmatch(r"[0-9]{0,9}(\.[0-9]{0,9})?", text) else "")
    except ValueError as why:
        raise _Bad("{value} is not an amount in yuan, 0 or more, of at most four decimals", value=repr(text)) from why


def _or(empty: T, read: Callable[[str], S]) -> Callable[[str], T | S]:
    return lambda text: read(text) if text else empty


def _seconds(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) < least:
            raise _Bad("{value} is not a whole number of seconds, {least} or more", value=repr(text), least=str(least))
        return int(text)

    return read


_FIELDS: dict[tuple[str, str], Callable[[str], object]] = {
    ("prefix", "prefix"): _prefix,
    ("name", "name"): _name,
    ("day_kind", "day_kind"): _day_kind,
    ("begins", "from"): _or(None, _from),
    ("ends", "to"): _or(None, _time),
    ("per_minute", "rate_per_minute"): _amount,
    ("connect_fee", "connect_fee"): _or(NOTHING, _amount),
    ("first_seconds", "first_seconds"): _seconds(1),
    ("next_seconds", "next_seconds"): _seconds(1),
    ("free_seconds", "free_seconds"): _or(0, _seconds(0)),
    ("minimum", "minimum"): _or(NOTHING, _amount),
    ("cap", "cap"): _or(None, _amount),
}
_READERS = {names: lru_cache(1000)(read) for names, read in _FIELDS.items()}
"""What to read a row with: attribute of `Rate` and column. In 100 000 rows there are few different prices."""


def _overlaps(rows: list[tuple[int, Rate]]) -> Iterator[RowFault]:
    """Two rows of one prefix and day kind of which neither wins over the other."""

    def kind(numbered: tuple[int, Rate]) -> tuple[str, str, bool]:
        return numbered[1].prefix, numbered[1].day_kind, numbered[1].begins is None

    for (_, _, all_day), found in groupby(sorted(rows, key=kind), kind):
        if len(group := list(found)) == 1:
            continue
        spans = sorted(span for row in group for span in _spans(*row))
        if all_day:
            spans.sort(key=lambda span: span[2])
        for one, other in pairwise(spans):
            if all_day or other[0] < one[1]:
                first, second = sorted((one[2], other[2]))
                yield RowFault(second, "from", "row {row} already holds then", (("row", str(first)),))


def _spans(number: int, rate: Rate) -> Iterator[tuple[int, int, int]]:
    """When a row holds, in seconds of the day: from, to (exclusive), and the row's number."""
    begins, ends = rate.begins or 0, rate.ends or DAY
    if begins < ends:
        yield begins, ends, number
    else:
        yield begins, DAY, number
        yield 0, ends, number
