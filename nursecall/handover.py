"""What one shift tells the next: its calls by bed, what is open, what went wrong, notes, rounds that were missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from nursecall.care_store import Look, Request
from nursecall.patient_file import in_order
from nursecall.plan_types import PLUG_OUT, TROUBLE
from nursecall.roster import Run
from nursecall.schema import handovers, nurse_calls, requests, rounds, ward_notes
from nursecall.views import PastCall

REMEMBERED = timedelta(days=2)


@dataclass(frozen=True)
class Note:
    """Something a nurse wrote down. bed: empty for the whole ward."""

    id: str
    ward: str
    bed: str
    text: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Taken:
    """Who took the ward over."""

    by: str
    at: datetime


@dataclass(frozen=True)
class BedCalls:
    """One bed's calls in a shift. kinds: types and how often. longest: the longest wait, in seconds so far."""

    bed: str
    patient: str
    count: int
    kinds: tuple[tuple[str, int], ...]
    longest: float


@dataclass(frozen=True)
class BedRounds:
    """One bed's rounds in a shift. missed: when those were due that were not done before the next was due."""

    bed: str
    done: int
    missed: tuple[datetime, ...]

    @property
    def count(self) -> int:
        """How many were missed."""
        return len(self.missed)


@dataclass(frozen=True)
class Handover:
    """One shift, as the next one reads it. until: the end of the shift, or now while it goes on.

    calls: raised in it, troubles left out. open: not ended at `until`, whenever raised; unanswered: those of them that
        nobody has taken. requests: for services, not done at `until`.
    """

    run: Run
    until: datetime
    calls: tuple[PastCall, ...]
    troubles: tuple[PastCall, ...]
    open: tuple[PastCall, ...]
    requests: tuple[Request, ...]
    rounds: tuple[BedRounds, ...]
    notes: tuple[Note, ...]
    taken: tuple[Taken, ...]

    @property
    def escalated(self) -> list[PastCall]:
        """Calls that were passed on because nobody came."""
        return [call for call in self.calls if call.escalations]

    @property
    def unanswered(self) -> list[PastCall]:
        """Open calls that nobody has taken."""
        return [call for call in self.open if not any(map(self._before, (call.acknowledged_at, call.attended_at)))]

    @property
    def missed(self) -> list[BedRounds]:
        """Beds at which rounds were missed."""
        return [bed for bed in self.rounds if bed.missed]

    @property
    def by_bed(self) -> list[BedCalls]:
        """The calls, bed by bed."""
        beds: dict[str, list[PastCall]] = {}
        for call in self.calls:
            beds.setdefault(call.bed, []).append(call)
        return [self._bed(bed, beds[bed]) for bed in sorted(beds, key=in_order)]

    def _before(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self.until

    def _bed(self, bed: str, calls: Sequence[PastCall]) -> BedCalls:
        waits = ((min(call.ended_at or self.until, self.until) - call.raised_at).total_seconds() for call in calls)
        kinds = Counter(call.call_type for call in calls)
        patient = next((call.patient for call in calls if call.patient), "")
        return BedCalls(bed, patient, len(calls), tuple(kinds.most_common()), max(waits))


async def handover(database: Transactions, ward: str, run: Run, now: datetime) -> Handover:
    """What is on record of one shift of `ward`."""
    until, end = max(run.start, min(run.end, now)), run.end

    def read(connection: sa.Connection) -> Handover:
        of_shift = sa.and_(nurse_calls.c.raised_at >= run.start, nurse_calls.c.raised_at < end)
        calls = _calls(connection, ward, of_shift)
        still = _calls(connection, ward, sa.and_(nurse_calls.c.raised_at < end, _open_at(nurse_calls, end)))
        asked = sa.select(requests).where(requests.c.ward == ward, requests.c.raised_at < end, _open_at(requests, end))
        written = sa.select(ward_notes).where(
            ward_notes.c.ward == ward, ward_notes.c.at >= run.start, ward_notes.c.at < end
        )
        this = (handovers.c.ward == ward, handovers.c.day == run.day, handovers.c.shift == run.shift.id)
        took = sa.select(handovers.c.by, handovers.c.at).where(*this).order_by(handovers.c.at)
        return Handover(
            run=run,
            until=until,
            calls=tuple(call for call in calls if not _is_trouble(call)),
            troubles=tuple(call for call in calls if _is_trouble(call)),
            open=tuple(still),
            requests=tuple(Request(**row._mapping) for row in connection.execute(asked.order_by(requests.c.raised_at))),
            rounds=tuple(_rounds(connection, ward, run.start, until)),
            notes=tuple(Note(**row._mapping) for row in connection.execute(written.order_by(ward_notes.c.at))),
            taken=tuple(Taken(row.by, row.at) for row in connection.execute(took)),
        )

    return await database.transact(read)


def rounds_of(looks: Iterable[Look], start: datetime, end: datetime) -> list[BedRounds]:
    """What was done and missed in [start, end) at each bed, from all looks lately, oldest first.

    A round counts as missed when the next was due and it was still not done.
    """
    beds: dict[str, list[Look]] = {}
    for look in looks:
        beds.setdefault(look.bed, []).append(look)
    found = [BedRounds(bed, _done(of, start, end), tuple(_missed(of, start, end))) for bed, of in beds.items()]
    return sorted((one for one in found if one.done or one.missed), key=lambda one: in_order(one.bed))


def _calls(connection: sa.Connection, ward: str, which: sa.ColumnElement[bool]) -> list[PastCall]:
    query = sa.select(*(nurse_calls.c[of.name] for of in fields(PastCall)))
    query = query.where(nurse_calls.c.ward == ward, which).order_by(nurse_calls.c.raised_at, nurse_calls.c.id)
    return [PastCall(**row._mapping) for row in connection.execute(query)]


def _open_at(table: sa.Table, moment: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.ended_at.is_(None), table.c.ended_at >= moment)


def _is_trouble(call: PastCall) -> bool:
    return call.call_type in (PLUG_OUT, TROUBLE)


def _rounds(connection: sa.Connection, ward: str, start: datetime, end: datetime) -> list[BedRounds]:
    lately = sa.and_(rounds.c.ward == ward, rounds.c.at >= start - REMEMBERED, rounds.c.at < end)
    query = sa.select(rounds).where(lately).order_by(rounds.c.at, rounds.c.id)
    return rounds_of((Look(**row._mapping) for row in connection.execute(query)), start, end)


def _done(looks: Sequence[Look], start: datetime, end: datetime) -> int:
    return sum(look.how in ("presence", "tap") and start <= look.at < end for look in looks)


def _missed(looks: Sequence[Look], start: datetime, end: datetime) -> Iterable[datetime]:
    for look, until in [*((one, other.at) for one, other in pairwise(looks)), (looks[-1], end)]:
        step = timedelta(minutes=look.minutes)
        due = look.at + step
        while look.how != "ended" and due + step <= until:
            if start <= due < end:
                yield due
            due += step
