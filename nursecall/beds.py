"""Who lies in which bed, after something was said: `patient_stays` and `patients`, made anew where it matters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from nursecall.occupancy import Place, Visit, tell
from nursecall.patient import Patient
from nursecall.patient_events import PatientAway, PatientCame, PatientEvent, PatientLeft, PatientLostBed, PatientMoved
from nursecall.patient_words import portions, words_of
from nursecall.schema import patient_stays, patients


@dataclass(frozen=True)
class Change:
    """What one visit was before and is now; None while in none of our wards."""

    key: str
    before: Patient | None
    now: Patient | None

    @property
    def wards(self) -> set[str]:
        """Where it is seen."""
        return {patient.ward for patient in (self.before, self.now) if patient}

    def events(self, at: datetime) -> list[PatientEvent]:
        """What happened to the visit's bed."""
        before, now = self.before, self.now
        if now is None:
            return [] if before is None else [PatientLeft(at=at, visit=self.key, ward=before.ward, bed=before.bed)]
        if before is None:
            return [PatientCame(at=at, visit=self.key, ward=now.ward, bed=now.bed)]
        found: list[PatientEvent] = []
        if (before.ward, before.said_bed, before.bed) != (now.ward, now.said_bed, now.bed):
            found.append(self._moved(before, now, at))
        if before.away != now.away:
            found.append(PatientAway(at=at, visit=self.key, ward=now.ward, bed=now.bed, away=now.away))
        return found

    def _moved(self, before: Patient, now: Patient, at: datetime) -> PatientEvent:
        if before.bed and not now.bed and before.said_bed == now.said_bed:
            return PatientLostBed(at=at, visit=self.key, ward=before.ward, bed=before.bed)
        return PatientMoved(
            at=at, visit=self.key, ward=now.ward, bed=now.bed, from_ward=before.ward, from_bed=before.bed
        )


def settle(
    connection: sa.Connection,
    keys: Collection[str],
    *,
    emptied: Iterable[Place] = (),
    source: str,
    at: datetime,
    default_grade: int = 2,
) -> list[Change]:
    """After something was said of the visits `keys`, or of `emptied` beds: what is different now, all written."""
    visits = {key: tell(said) for key, said in words_of(connection, keys).items()}
    beds = set(emptied) | _beds_of(connection, keys)
    _write_stays(connection, visits)
    beds |= _beds_of(connection, keys)
    owners = _owners(connection, beds)
    others = {key for claimants in owners.values() for key in claimants} - set(keys)
    before = {patient.key: patient for patient in read(connection, {*keys, *others})}
    now = {key: _patient(key, visit, owners, source, at, default_grade) for key, visit in visits.items()}
    now |= {key: _placed(before[key], owners) for key in others if key in before}
    changes = [Change(key, before.get(key), now[key]) for key in now]
    _write(connection, changes)
    return [change for change in changes if change.before != change.now or change.events(at)]


def read(connection: sa.Connection, keys: Collection[str] | None = None) -> list[Patient]:
    """These patients, or all of them."""
    if keys is None:
        return [_of_row(row) for row in connection.execute(sa.select(patients))]
    return [
        _of_row(row)
        for part in portions(keys)
        for row in connection.execute(sa.select(patients).where(patients.c.key.in_(part)))
    ]


def _of_row(row: sa.Row[tuple[object, ...]]) -> Patient:
    return Patient(**dict(row._mapping) | {"bed": row.bed or ""})


def _write_stays(connection: sa.Connection, visits: Mapping[str, Visit]) -> None:
    for part in portions(visits):
        connection.execute(patient_stays.delete().where(patient_stays.c.key.in_(part)))
    rows = [
        {"key": key, "rank": stay.rank, "since": stay.since, "open": stay.open, **asdict(stay.place)}
        for key, visit in visits.items()
        for stay in visit.stays
        if stay.place.ward and stay.place.bed
    ]
    if rows:
        connection.execute(patient_stays.insert(), rows)


def _beds_of(connection: sa.Connection, keys: Collection[str]) -> set[Place]:
    columns = (patient_stays.c.ward, patient_stays.c.bed)
    return {
        Place(row.ward, row.bed)
        for part in portions(keys)
        for row in connection.execute(sa.select(*columns).where(patient_stays.c.key.in_(part)))
    }


def _owners(connection: sa.Connection, beds: Collection[Place]) -> dict[Place, dict[str, bool]]:
    """Of each bed those who were put there and not away again; True for the one who has it."""
    latest: dict[Place, tuple[datetime, int, str]] = {}
    claims: dict[Place, set[str]] = {place: set() for place in beds}
    for ward in {place.ward for place in beds}:
        labels = {place.bed for place in beds if place.ward == ward}
        for part in portions(labels):
            there = sa.and_(patient_stays.c.ward == ward, patient_stays.c.bed.in_(part))
            for row in connection.execute(sa.select(patient_stays).where(there)):
                place = Place(row.ward, row.bed)
                latest[place] = max(latest.get(place, (row.since, -1, "")), (row.since, row.rank, row.key))
                if row.open:
                    claims[place].add(row.key)
    return {place: {key: latest[place][2] == key for key in keys} for place, keys in claims.items()}


def _patient(
    key: str,
    visit: Visit,
    owners: Mapping[Place, Mapping[str, bool]],
    source: str,
    at: datetime,
    default_grade: int,
) -> Patient | None:
    place, facts = visit.place, visit.facts
    if not visit.here or not place.ward:
        return None
    return Patient(
        ward=place.ward,
        bed=place.bed if owners.get(place, {}).get(key) else "",
        said_bed=place.bed,
        number=facts.number or "",
        name=facts.name or "",
        sex=facts.sex or "",
        born=facts.born,
        care_grade=default_grade if facts.care_grade is None else facts.care_grade,
        admitted_on=facts.admitted_on,
        note=facts.note or "",
        visit=key[2:] if key.startswith("v:") else "",
        away=visit.away,
        key=key,
        updated_at=at,
        source=source,
    )


def _placed(patient: Patient, owners: Mapping[Place, Mapping[str, bool]]) -> Patient:
    has = owners.get(Place(patient.ward, patient.said_bed), {}).get(patient.key)
    return Patient(**vars(patient) | {"bed": patient.said_bed if has else ""})


def _write(connection: sa.Connection, changes: Iterable[Change]) -> None:
    """All rows go before any comes, so that no bed is ever taken twice in between."""
    changes = list(changes)
    for part in portions([change.key for change in changes if change.before]):
        connection.execute(patients.delete().where(patients.c.key.in_(part)))
    rows = [_row(change.now) for change in changes if change.now]
    if rows:
        connection.execute(patients.insert(), rows)


def _row(patient: Patient) -> dict[str, object]:
    return {of.name: getattr(patient, of.name) for of in fields(Patient)} | {"bed": patient.bed or None}
