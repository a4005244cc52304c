"""The tables of an analysis, named in words; and as a workbook, one sheet each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from appliance.foundation.sheets import Row, xlsx_file
from nursecall.analysis import Analysis, Figures, Group, Spread
from nursecall.report_words import Words

TableName = Literal["ward", "type", "shift", "staff", "bed", "hour", "day"]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEADINGS = (
    "Nurse calls", "Still open", "Passed on",
    "Taken: calls", "Taken: mean (s)", "Taken: 50% (s)", "Taken: 90% (s)", "Taken: 99% (s)",
    "At the bed: calls", "At the bed: mean (s)", "At the bed: 50% (s)", "At the bed: 90% (s)", "At the bed: 99% (s)",
    "Ended: calls", "Ended: mean (s)", "Ended: 50% (s)", "Ended: 90% (s)", "Ended: 99% (s)",
    "Held against a target", "Over target", "Over target (%)",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a table. urgent: of a type that is."""

    name: str
    figures: Figures
    urgent: bool = False


@dataclass(frozen=True)
class Table:
    """One way to put the calls apart. title: in words."""

    key: TableName
    title: str
    lines: tuple[Line, ...]


def tables(analysis: Analysis, words: Words) -> list[Table]:
    """All of them, those that say most first; the wards only where there are several."""
    several = len(analysis.by_ward) > 1

    def bed(group: Group) -> str:
        return f"{words.ward(group.ward)} {group.key}" if several else group.key

    def shift(group: Group) -> str:
        name = words.shift(group.ward, group.key)
        return f"{words.ward(group.ward)} · {name}" if several else name

    found = [
        _table("type", words.say("By type"), analysis.by_type, lambda group: words.call_type(group.key), words.urgent),
        _table("shift", words.say("By shift"), analysis.by_shift, shift),
        _table("staff", words.say("By staff"), analysis.by_staff, lambda one: one.key or words.say("Nobody named")),
        _table("bed", words.say("By bed"), analysis.by_bed, bed),
        _table("hour", words.say("By hour"), analysis.by_hour, lambda group: f"{int(group.key):02}:00"),
        _table("day", words.say("By day"), analysis.by_day, lambda group: group.key),
    ]
    if several:
        found.insert(0, _table("ward", words.say("By ward"), analysis.by_ward, lambda group: words.ward(group.key)))
    return found


def basis(analysis: Analysis, words: Words) -> str:
    """What the calls for each patient-day are counted from, as a sentence."""
    lain = analysis.patient_days
    if lain is None:
        return words.say("Nothing is known of patients, so there are no calls per patient-day.")
    days = f"{lain.days:.1f}"
    if lain.basis == "stays":
        return words.say("Counted from {days} patient-days, from admissions, transfers and discharges.", days=days)
    return words.say("Counted from {days} patient-days, as if the beds occupied now had always been.", days=days)


def workbook(analysis: Analysis, words: Words) -> bytes:
    """As XLSX: the figures, each table, the hours of the week. Times in seconds, so that they can be reckoned with."""
    sheets: dict[str, Iterable[Row]] = {words.say("Figures"): _whole(analysis, words)}
    for table in tables(analysis, words):
        sheets[table.title] = _rows(table, words)
    sheets[words.say("Hours of the week")] = _heat(analysis, words)
    return xlsx_file(sheets)


def _table(
    key: TableName,
    title: str,
    groups: Iterable[Group],
    name: Callable[[Group], str],
    urgent: Callable[[str], bool] = lambda _key: False,
) -> Table:
    return Table(key, title, tuple(Line(name(group), group.figures, urgent(group.key)) for group in groups))


def _whole(analysis: Analysis, words: Words) -> Iterator[Row]:
    yield [words.say("Figure"), words.say("Value")]
    yield [words.say("First day"), analysis.first]
    yield [words.say("Last day"), analysis.last]
    wards = ", ".join(map(words.ward, analysis.wards)) or words.say("All wards")
    yield [words.say("Ward"), wards]
    yield from ([words.say(name), value] for name, value in zip(HEADINGS, _cells(analysis.figures), strict=True))
    per_day = analysis.per_patient_day
    yield [words.say("Calls per patient-day"), None if per_day is None else round(per_day, 2), basis(analysis, words)]
    yield [words.say("Troubles of terminals and lines, not counted"), analysis.troubles]


def _rows(table: Table, words: Words) -> Iterator[Row]:
    yield [table.title, *map(words.say, HEADINGS)]
    for line in table.lines:
        yield [line.name, *_cells(line.figures)]


def _cells(figures: Figures) -> Row:
    share = figures.share
    return [
        figures.count, figures.open, figures.escalated,
        *_spread(figures.acknowledge), *_spread(figures.arrive), *_spread(figures.resolve),
        figures.judged, figures.over, None if share is None else round(share, 1),
    ]  # fmt: skip


def _spread(spread: Spread) -> Iterator[float | None]:
    yield spread.count
    for value in (spread.mean, spread.p50, spread.p90, spread.p99):
        yield None if value is None else round(value, 1)


def _heat(analysis: Analysis, words: Words) -> Iterator[Row]:
    yield ["", *(f"{hour:02}:00" for hour in range(24))]
    for day, counts in zip(WEEKDAYS, analysis.heat, strict=True):
        yield [words.say(day), *counts]
