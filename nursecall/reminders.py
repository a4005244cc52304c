"""Reminders: turn the patient, look at the infusion. Shown when due, hidden while a nurse is at the bed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.values import new_id
from nursecall.care_events import CareChanged, CareEvent, Kind, ReminderDone, ReminderSet, ReminderWithdrawn
from nursecall.care_store import Reminder, change
from nursecall.events import PatientsChanged, PresenceChanged
from nursecall.next_timer import NextTimer
from nursecall.rounding import Keep, Occupants, Present

GONE = timedelta(days=1)
"""A reminder whose patient is in none of our beds for so long after it was due is over."""


@dataclass(frozen=True)
class Placed:
    """A reminder at the bed where its patient lies now."""

    reminder: Reminder
    ward: str
    bed: str


class Reminders:
    """All that are not over. One that goes with a patient follows them from bed to bed. One timer for all."""

    def __init__(self, patients: Occupants, present: Present, keep: Keep, clock: Clock, bus: Bus) -> None:
        self._patients, self._present = patients, present
        self._keep, self._clock, self._bus = keep, clock, bus
        self._set: dict[str, Reminder] = {}
        self._where: dict[str, tuple[str, str]] = {}
        self._timer = NextTimer(clock, self._moments, self._ring)
        self._deaf = (
            bus.subscribe(PatientsChanged, lambda _: self.settle()),
            bus.subscribe(PresenceChanged, lambda event: self._tell(event.ward)),
        )

    def bring_back(self, reminders: Iterable[Reminder]) -> None:
        """Those of the run before."""
        self._set = {one.id: one for one in reminders} | self._set
        self.settle()

    def stop(self) -> None:
        """Nothing becomes due any more."""
        for stop_hearing in self._deaf:
            stop_hearing()
        self._timer.stop()

    def of(self, ward: str) -> list[Placed]:
        """All of a ward's, the next one first."""
        placed = ((one, self._place(one)) for one in self._set.values())
        found = [Placed(one, *place) for one, place in placed if place is not None and place[0] == ward]
        return sorted(found, key=lambda one: (one.reminder.due_at, one.bed))

    def due(self, ward: str) -> list[Placed]:
        """Those that are to be done now; not where a nurse is."""
        now, present = self._clock.now(), self._present(ward)
        return [one for one in self.of(ward) if one.reminder.due_at <= now and one.bed not in present]

    def add(self, ward: str, bed: str, kind: Kind, text: str, due_at: datetime, every: int | None, by: str) -> Reminder:
        """Remind of it at `due_at`, and every `every` minutes after it was done."""
        patient, now = self._patients.at(ward, bed), self._clock.now()
        number = patient.number if patient else ""
        one = Reminder(new_id(), ward, bed, number, kind, text, due_at, every, now, by)
        if number:
            self._where[number] = (ward, bed)
        event = ReminderSet(at=now, ward=ward, bed=bed, reminder=one.id, kind=kind, due_at=due_at, every=every, by=by)
        self._change(one, event)
        return one

    def done(self, reminder: str, by: str) -> bool:
        """It was done. False where it is over."""
        one, now = self._set.get(reminder), self._clock.now()
        if one is None:
            return False
        next_at = now + timedelta(minutes=one.every) if one.every else None
        ward, bed = self._place(one) or (one.ward, one.bed)
        new = replace(
            one, done_at=now, done_by=by, due_at=next_at or one.due_at, ended_at=None if next_at else now,
            changes=one.changes + 1,
        )  # fmt: skip
        self._change(
            new, ReminderDone(at=now, ward=ward, bed=bed, reminder=one.id, kind=one.kind, due_at=next_at, by=by)
        )
        return True

    def withdraw(self, reminder: str, by: str) -> bool:
        """It need not be done any more. False where it is over."""
        one, now = self._set.get(reminder), self._clock.now()
        if one is None:
            return False
        ward, bed = self._place(one) or (one.ward, one.bed)
        new = replace(one, ended_at=now, changes=one.changes + 1)
        self._change(new, ReminderWithdrawn(at=now, ward=ward, bed=bed, reminder=one.id, kind=one.kind, by=by))
        return True

    def settle(self) -> None:
        """Who lies where is different: reminders go with their patients."""
        if not self._patients.loaded:
            return
        self._where = {one.number: (one.ward, one.bed) for one in self._patients.every() if one.bed}
        long_ago = self._clock.now() - GONE
        for one in [one for one in self._set.values() if self._place(one) is None and one.due_at < long_ago]:
            self.withdraw(one.id, "")
        self._ring()

    def _place(self, one: Reminder) -> tuple[str, str] | None:
        # Better at the bed where it was set than nowhere, as long as nobody knows who lies where.
        follows = one.patient and self._patients.loaded
        return self._where.get(one.patient) if follows else (one.ward, one.bed)

    def _change(self, one: Reminder, event: CareEvent) -> None:
        if one.ended_at is None:
            self._set[one.id] = one
        else:
            self._set.pop(one.id, None)
        self._keep(change(one, event))
        self._timer.set()
        self._tell(event.ward)

    def _moments(self) -> Iterator[datetime]:
        return (one.due_at for one in self._set.values())

    def _ring(self) -> None:
        self._timer.set()
        for ward in {place[0] for one in self._set.values() if (place := self._place(one)) is not None}:
            self._tell(ward)

    def _tell(self, ward: str) -> None:
        self._bus.publish(CareChanged(at=self._clock.now(), ward=ward))
