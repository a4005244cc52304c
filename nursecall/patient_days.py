"""How many days patients spent in the beds of some wards, from what was said of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from nursecall.analysis import PatientDays
from nursecall.schema import patient_stays, patient_words, patients

LEAVING = ("A03", "A11", "A07", "gone")
"""What is said of a visit whose patient has left: discharged, never came, made an outpatient, no longer in the list."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stay:
    """`visit` (empty for a bed that was emptied) was put into a bed at `since`; open: has not been put elsewhere."""

    visit: str
    ward: str
    bed: str
    since: datetime
    rank: int
    open: bool


async def patient_days(
    database: Transactions, wards: tuple[str, ...], start: datetime, end: datetime
) -> PatientDays | None:
    """In [start, end), which is not in the future. wards: empty for all; None where nothing is known of patients."""

    def read(connection: sa.Connection) -> PatientDays | None:
        of = patient_stays.c
        rows = connection.execute(
            sa.select(of.key, of.ward, of.bed, of.since, of.rank, of.open).where(of.since < end)
        ).all()
        words = sa.select(patient_words.c.key, patient_words.c.at).where(patient_words.c.event.in_(LEAVING))
        left = [(row.key, row.at) for row in connection.execute(words)]
        days = lain([Stay(*row) for row in rows], left, wards, start, end)
        if days:
            return PatientDays(days, "stays")
        there = sa.select(sa.func.count()).select_from(patients).where(patients.c.bed.is_not(None))
        if wards:
            there = there.where(patients.c.ward.in_(wards))
        now = connection.execute(there).scalar_one()
        return PatientDays(now * ((end - start) / DAY), "now") if now else None

    return await database.transact(read)


def lain(
    stays: Iterable[Stay],
    left: Iterable[tuple[str, datetime]],
    wards: tuple[str, ...],
    start: datetime,
    end: datetime,
) -> float:
    """Days in [start, end). A stay ends when the bed is given to another, the patient is moved, or has left."""
    stays = sorted(stays, key=lambda stay: (stay.since, stay.rank))
    ends: dict[tuple[str, ...], list[datetime]] = {}
    for stay in stays:
        ends.setdefault((stay.ward, stay.bed), []).append(stay.since)
        ends.setdefault((stay.visit,), []).append(stay.since)
    for visit, at in left:
        ends.setdefault((visit,), []).append(at)
    total = timedelta()
    for stay in stays:
        if not stay.visit or (wards and stay.ward not in wards):
            continue
        later = [at for key in ((stay.ward, stay.bed), (stay.visit,)) for at in ends[key] if at > stay.since]
        # A stay that is over, nobody knows since when, is not counted.
        until = min(later, default=end if stay.open else stay.since)
        total += max(timedelta(), min(until, end) - max(stay.since, start))
    return total / DAY
