"""Who lies where: looked up without waiting, read from the hospital's file as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import append
from nursecall.events import PatientsChanged
from nursecall.patient_file import BadRow, BadRows, Patient, read_patients
from nursecall.plan import NurseCallPlan
from nursecall.schema import patients

__all__ = ["BadRow", "BadRows", "Patient", "Patients"]


class Patients:
    """The table `patients`, with a copy in memory: a call never waits for a name."""

    def __init__(self, database: Transactions, bus: Bus | None = None, clock: Clock | None = None) -> None:
        self._database = database
        self._bus = bus or Bus()
        self._clock = clock or CommandClock()
        self._beds: dict[tuple[str, str], Patient] = {}
        self.loaded = False

    async def load(self) -> None:
        """Read the table into memory."""
        self._beds = await self._database.transact(_read)
        self.loaded = True

    async def reload(self) -> None:
        """Read the table anew, since another program has changed it, and tell the wards."""
        await self.load()
        wards = tuple(sorted({patient.ward for patient in self._beds.values()}))
        self._bus.publish(PatientsChanged(at=self._clock.now(), wards=wards, patients=len(self._beds)))

    def at(self, ward: str, bed: str) -> Patient | None:
        """Who lies in that bed."""
        return self._beds.get((ward, bed))

    def every(self, ward: str | None = None) -> list[Patient]:
        """All patients, or those of one ward."""
        return [patient for patient in self._beds.values() if ward in (None, patient.ward)]

    async def import_csv(self, text: str, plan: NurseCallPlan) -> int:
        """Put the file's patients in place of all patients of the wards it names; how many there are.

        Raises BadRows with every fault of every row; then nothing was changed.
        """
        found = read_patients(text, plan)
        wards = tuple(sorted({patient.ward for patient in found}))
        changed = PatientsChanged(at=self._clock.now(), wards=wards, patients=len(found))
        if found:
            self._beds = await self._database.transact(lambda connection: _replace(connection, found, changed))
            self.loaded = True
            self._bus.publish(changed)
        return len(found)


def _replace(
    connection: sa.Connection, found: Sequence[Patient], changed: PatientsChanged
) -> dict[tuple[str, str], Patient]:
    connection.execute(patients.delete().where(patients.c.ward.in_(changed.wards)))
    connection.execute(patients.insert(), [asdict(patient) for patient in found])
    append(connection, changed)
    return _read(connection)


def _read(connection: sa.Connection) -> dict[tuple[str, str], Patient]:
    return {(row.ward, row.bed): Patient(**row._mapping) for row in connection.execute(sa.select(patients))}
