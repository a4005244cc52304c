"""Who lies where: looked up without waiting, changed as a whole or not at all, told when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa
from twisted.internet.defer import DeferredLock

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, CommandClock
from appliance.foundation.database import Transactions, serialise
from appliance.foundation.journal import Event, append
from nursecall.beds import read, settle
from nursecall.events import PatientsChanged
from nursecall.patient import Patient
from nursecall.patient_file import BadRows, read_patients, said_in_file
from nursecall.patient_words import after_all, note
from nursecall.plan import NurseCallPlan
from nursecall.schema import patients

__all__ = ["BadRows", "Patient", "Patients"]

T = TypeVar("T")
Work = Callable[[sa.Connection], tuple[Sequence[Event], T]]
"""Changes who lies where, within a transaction; returns what happened, and whatever the caller wants to know."""


class Patients:
    """The table `patients`, with a copy in memory: a call never waits for a name."""

    def __init__(self, database: Transactions, bus: Bus | None = None, clock: Clock | None = None) -> None:
        self._database = database
        self._bus = bus or Bus()
        self._clock = clock or CommandClock()
        self._beds: dict[tuple[str, str], Patient] = {}
        self._every: list[Patient] = []
        self._in_turn = DeferredLock()
        self.loaded = False

    async def load(self) -> None:
        """Read the table into memory."""
        await self._in_turn.run(self._load)

    async def reload(self) -> None:
        """Read the table anew, since another program has changed it, and tell the wards."""
        before = {patient.ward for patient in self._every}
        await self.load()
        wards = before | {patient.ward for patient in self._every}
        self._bus.publish(self._changed(wards, len(self._every)))

    def at(self, ward: str, bed: str) -> Patient | None:
        """Who lies in that bed."""
        return self._beds.get((ward, bed))

    def every(self, ward: str | None = None) -> list[Patient]:
        """All patients, or those of one ward; `bed` is empty for those who have none."""
        return [patient for patient in self._every if ward in (None, patient.ward)]

    async def import_csv(self, text: str, plan: NurseCallPlan) -> int:
        """Put the file's patients in place of all patients of the wards it names; how many there are.

        Raises BadRows with every fault of every row; then nothing was changed.
        """
        return await self.import_list(read_patients(text, plan))

    async def import_list(self, found: Sequence[Patient]) -> int:
        """Put these patients in place of all patients of the wards they are in; how many there are."""
        if not found:
            return 0
        now, wards = self._clock.now(), {patient.ward for patient in found}

        def replace(connection: sa.Connection) -> tuple[Sequence[Event], None]:
            at = after_all(connection, now)
            keys = note(connection, (said_in_file(patient, at) for patient in found))
            others = sa.select(patients.c.key).where(patients.c.ward.in_(wards))
            left = {row.key for row in connection.execute(others)} - keys
            note(connection, (said_in_file(None, at, key=key) for key in left))
            changes = settle(connection, keys | left, source="file", at=now)
            concerned = wards | {ward for change in changes for ward in change.wards}
            return [self._changed(concerned, len(found))], None

        await self.change(replace)
        return len(found)

    async def change(self, work: Work[T]) -> T:
        """Do `work` in one transaction with the journal, then tell what happened. Raises what it raises."""

        def whole(connection: sa.Connection) -> tuple[Sequence[Event], T, list[Patient]]:
            serialise(connection, "patients")
            events, result = work(connection)
            if events:
                append(connection, *events)
            return events, result, read(connection)

        async def in_turn() -> T:
            before = set(self._every)
            events, result, every = await self._database.transact(whole)
            self._hold(every)
            for event in events:
                self._bus.publish(event)
            # What is in memory counts: a change whose outcome was never heard of is found and told by the next one.
            wards = {patient.ward for patient in before ^ set(every)}
            if wards and not any(isinstance(event, PatientsChanged) for event in events):
                self._bus.publish(self._changed(wards, len(every)))
            return result

        return await self._in_turn.run(in_turn)

    async def _load(self) -> None:
        self._hold(await self._database.transact(read))

    def _hold(self, every: list[Patient]) -> None:
        self._every = sorted(every, key=lambda patient: (patient.ward, patient.bed, patient.key))
        self._beds = {(patient.ward, patient.bed): patient for patient in every if patient.bed}
        self.loaded = True

    def _changed(self, wards: Iterable[str], count: int) -> PatientsChanged:
        return PatientsChanged(at=self._clock.now(), wards=tuple(sorted(wards)), patients=count)
