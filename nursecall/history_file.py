"""The call history as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from appliance.foundation import sheets
from appliance.foundation.sheets import Cell, Row, TooManyRows, table_file
from nursecall.report_words import OUTCOMES, Words
from nursecall.views import PastCall

TableFormat = Literal["csv", "xlsx"]

HEADINGS = (
    "Raised at", "Ward", "Bed", "Patient", "Care grade", "Type", "Priority", "Presses", "Passed on", "Taken at",
    "Taken by", "Taken after (s)", "At the bed at", "At the bed after (s)", "Spoken with by", "Ended at", "Outcome",
    "Ended by", "Lasted (s)",
)  # fmt: skip
PATIENT = HEADINGS.index("Patient")


def history_file(calls: Sequence[PastCall], words: Words, *, kind: TableFormat, named: bool) -> bytes:
    """All of `calls`, in their order. named: with the names of patients. Raises TooManyRows."""
    if kind == "xlsx" and len(calls) > sheets.MOST:
        raise TooManyRows
    rows = _rows(calls, words, named)
    return table_file(kind, words.say("Nurse calls"), rows)


def _rows(calls: Iterable[PastCall], words: Words, named: bool) -> Iterator[Row]:
    yield _without([words.say(heading) for heading in HEADINGS], named)
    for call in calls:
        yield _without(_row(call, words), named)


def _without(row: list[Cell], named: bool) -> Row:
    return row if named else row[:PATIENT] + row[PATIENT + 1 :]


def _row(call: PastCall, words: Words) -> list[Cell]:
    came = call.came_after
    outcome = call.outcome or ("reset" if call.ended_at else "")
    return [
        _at(call.raised_at, words), words.ward(call.ward), call.bed, call.patient, words.grade(call.care_grade),
        words.call_type(call.call_type), call.priority, call.presses, call.escalations,
        _at(call.acknowledged_at, words), call.acknowledged_by, _seconds(call.taken_after),
        _at(None if came is None else call.raised_at + came, words), _seconds(came), call.spoken_with,
        _at(call.ended_at, words), words.say(OUTCOMES[outcome]), call.ended_by, _seconds(call.waited),
    ]  # fmt: skip


def _at(at: datetime | None, words: Words) -> datetime | None:
    # Spreadsheets know no zones: the hours of the site, as its clocks show them.
    return None if at is None else words.local(at).replace(tzinfo=None, microsecond=0)


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())
