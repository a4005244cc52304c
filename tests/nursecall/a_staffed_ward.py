"""The small hospital with a roster, rounds, reminders, services and hand-overs."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from nursecall.care import Care
from nursecall.patient import Patient
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.roster import Staff
from nursecall.roster_desk import Roster
from nursecall.store import CallStore
from nursecall.ward import Wards
from tests.nursecall.a_ward import ZONE, AWard, plan
from tests.support import now

MONDAY = date(2026, 3, 2)
"""Today: the clock starts at nine in the morning, in the day shift."""

DAY, NIGHT = (MONDAY, "day"), (MONDAY, "night")

STAFF = (
    Staff("1001", "w1", "沈敏", mobile="13900000001", extension="8101", login="shen"),
    Staff("1002", "w1", "葛晓芸", mobile="13900000002"),
    Staff("1003", "w1", "卜丽华", "supervisor", "13900000003"),
    Staff("1004", "w1", "何医生", "doctor", "13900000004"),
    Staff("2001", "w2", "Helen Fang", mobile="13900000011"),
)

SERVICES: list[dict[str, Any]] = [
    {"id": "water", "name": {"zh": "送水", "en": "Water"}, "to": ["role:porter", "13911112222"], "overdue": 600},
    {"id": "help", "name": {"zh": "协助", "en": "Help"}, "to": ["assigned"], "call_type": "service", "overdue": 300},
    {"id": "chair", "name": {"zh": "轮椅", "en": "Wheelchair"}, "to": ["group:porters"], "wards": ["w2"]},
]


def care_plan(**changes: Any) -> NurseCallPlan:
    """Rounds in ward w1: every 15 minutes in special care, hourly in grade 1."""
    return plan(rounds=[{"ward": "w1", "minutes": {"0": 15, "1": 60}}], services=SERVICES, **changes)


def at(clock: str, day: date = MONDAY, zone: ZoneInfo = ZONE) -> datetime:
    """That time of day at the site."""
    return datetime.combine(day, time.fromisoformat(clock), zone)


def a_patient(bed: str, grade: int, number: str = "", **facts: Any) -> Patient:
    """Somebody in a bed of w1."""
    usual: dict[str, Any] = {"sex": "F", "born": None, "admitted_on": None, "note": ""}
    return Patient(**usual | {"ward": "w1", "bed": bed, "number": number or f"P{bed}", "name": "王秀英",
                              "care_grade": grade} | facts)  # fmt: skip


class AStaffedWard(AWard):
    """With `roster` and `care`; nobody is on the roster yet."""

    def __init__(self, the_plan: NurseCallPlan | None = None, *patients: Patient) -> None:
        super().__init__(the_plan or care_plan(), start=False)
        if patients:
            now(self.patients.import_list(patients))
        self._begin()

    def restart(self, *, start: bool = True) -> None:
        """As after `kill -9`: everything in memory is gone."""
        self.care.rounding.stop()
        self.care.reminders.stop()
        self.care.services.stop()
        self.roster.stop()
        super().restart(start=False)
        self._begin()

    def admit(self, *patients: Patient) -> None:
        """These lie in w1 now, and nobody else."""
        now(self.patients.import_list(patients))

    def employ(self, *people: Staff) -> None:
        """They work here."""
        now(self.roster.keep_staff(people or STAFF, "boss"))

    def _build(self) -> None:
        super()._build()
        self.patients = Patients(self.database, self.bus, self.clock)
        self.roster = Roster(lambda: self.plan, ZONE, self.database, self.clock, self.bus)
        store = CallStore(self.database)
        self.wards.stop()
        self.wards = Wards(self.plan, ZONE, store, self.patients, self.clock, self.bus, self.roster)
        self.care = Care(lambda: self.plan, self.wards, self.patients, self.roster, self.database, self.clock, self.bus)

    def _begin(self) -> None:
        now(self.patients.load())
        now(self.wards.start())
        now(self.roster.load())
        self.care.start()
