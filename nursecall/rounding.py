"""Rounds: how long ago somebody looked in at each bed, and where it is time to look in again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.values import new_id
from nursecall.care_events import CareChanged, How, RoundDone
from nursecall.care_store import Look, change
from nursecall.events import PatientsChanged, PresenceChanged
from nursecall.next_timer import NextTimer
from nursecall.patient import Patient
from nursecall.plan import NurseCallPlan
from nursecall.store import Change

REMEMBERED = timedelta(days=2)
"""Looks of longer ago are not brought back: no round is so rare."""


class Occupants(Protocol):
    """Who lies where; `nursecall.patients.Patients`."""

    @property
    def loaded(self) -> bool: ...
    def at(self, ward: str, bed: str) -> Patient | None: ...
    def every(self, ward: str | None = None) -> Sequence[Patient]: ...


Present = Callable[[str], Mapping[str, datetime]]
"""Beds of a ward at which a nurse is, and since when; `nursecall.ward.Wards.presence`."""

Keep = Callable[[Change], object]
"""Has a change written down and told; `nursecall.scribe.Scribe.keep`."""


@dataclass(frozen=True)
class DueRound:
    """Somebody should have looked in at `due_at`; `minutes` is how often."""

    ward: str
    bed: str
    due_at: datetime
    care_grade: int
    minutes: int


class Rounding:
    """Every bed that has rounds. A nurse at the bed is a look; while she is there nothing is due. One timer for all."""

    def __init__(
        self,
        plan: Callable[[], NurseCallPlan],
        patients: Occupants,
        present: Present,
        keep: Keep,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._plan, self._patients, self._present = plan, patients, present
        self._keep, self._clock, self._bus = keep, clock, bus
        self._last: dict[tuple[str, str], Look] = {}
        self._recalled = False
        self._timer = NextTimer(clock, self._moments, self._ring)
        self._deaf = (
            bus.subscribe(PresenceChanged, self._presence),
            bus.subscribe(PatientsChanged, lambda _: self.settle()),
        )

    def bring_back(self, looks: Iterable[Look]) -> None:
        """What the run before knew. Until then nothing is due."""
        self._recalled = True
        self._last = {(look.ward, look.bed): look for look in looks if look.how != "ended"}
        self.settle()

    def stop(self) -> None:
        """Nothing becomes due any more."""
        for stop_hearing in self._deaf:
            stop_hearing()
        self._timer.stop()

    def due(self, ward: str) -> list[DueRound]:
        """Where somebody should look in now, the longest overdue first; not where a nurse is."""
        now, present = self._clock.now(), self._present(ward)
        found = [self._due(look) for look in self._last.values() if look.ward == ward and look.bed not in present]
        return sorted((one for one in found if one and one.due_at <= now), key=lambda one: (one.due_at, one.bed))

    def done(self, ward: str, bed: str, by: str) -> bool:
        """Somebody has looked in and says so. False where that bed has no rounds."""
        return self._look(ward, bed, "tap", by)

    def settle(self) -> None:
        """The plan, or who lies where, is different. Who is new, or has another grade, is looked at from now on."""
        if not self._recalled or not self._patients.loaded:
            return
        here: dict[tuple[str, str], Look] = {}
        for ward in self._plan().wards:
            for bed in ward.beds:
                patient, minutes = self._occupant(ward.id, bed)
                if patient is None or minutes is None:
                    continue
                known = self._last.get((ward.id, bed))
                if known is None or (known.patient, known.minutes) != (patient.number, minutes):
                    known = self._write(ward.id, bed, patient.number, minutes, "began")
                here[ward.id, bed] = known
        for ward_id, bed in self._last.keys() - here.keys():
            self._write(ward_id, bed, self._last[ward_id, bed].patient, 0, "ended")
        self._last = here
        self._ring()

    def _occupant(self, ward: str, bed: str) -> tuple[Patient | None, int | None]:
        patient = self._patients.at(ward, bed)
        if patient is None or patient.away:
            return None, None
        return patient, self._plan().round_minutes(ward).get(patient.care_grade)

    def _write(self, ward: str, bed: str, patient: str, minutes: int, how: How) -> Look:
        look = Look(new_id(), ward, bed, patient, self._clock.now(), minutes, how)
        self._keep(change(look))
        return look

    def _due(self, look: Look) -> DueRound | None:
        patient, minutes = self._occupant(look.ward, look.bed)
        if patient is None or minutes is None:
            return None
        return DueRound(look.ward, look.bed, look.at + timedelta(minutes=minutes), patient.care_grade, minutes)

    def _presence(self, changed: PresenceChanged) -> None:
        look = self._last.get((changed.ward, changed.bed))
        due = self._due(look) if look else None
        # Who leaves has looked in too, if that became due while she was there.
        if changed.here or (due is not None and due.due_at <= self._clock.now()):
            self._look(changed.ward, changed.bed, "presence", "")
        self._bus.publish(CareChanged(at=self._clock.now(), ward=changed.ward))

    def _look(self, ward: str, bed: str, how: How, by: str) -> bool:
        patient, minutes = self._occupant(ward, bed)
        before, now = self._last.get((ward, bed)), self._clock.now()
        if patient is None or minutes is None or before is None:
            return False
        look = Look(new_id(), ward, bed, patient.number, now, minutes, how, by)
        self._last[ward, bed] = look
        after = (now - before.at).total_seconds()
        self._keep(change(look, RoundDone(at=now, ward=ward, bed=bed, how=how, by=by, after=after, minutes=minutes)))
        self._timer.set()
        self._bus.publish(CareChanged(at=now, ward=ward))
        return True

    def _moments(self) -> Iterator[datetime]:
        return (due.due_at for look in self._last.values() if (due := self._due(look)) is not None)

    def _ring(self) -> None:
        self._timer.set()
        for ward in {ward for ward, _ in self._last}:
            self._bus.publish(CareChanged(at=self._clock.now(), ward=ward))
