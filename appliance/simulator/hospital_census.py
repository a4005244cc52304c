"""Who lies where as the simulated hospital system sees it, and how it writes that in HL7."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.simulator.control import Refused
from nursecall.patient import Patient
from nursecall.patient_file import BadRows, read_patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_adt import BED_PARTS, AdtFeed
from nursecall.wire.hl7 import escape
from nursecall.wire.hl7_path import FieldPath

LIST = Path(__file__).parent.parent.parent / "hospital" / "patients.csv"
GRADES = ("特级护理", "一级护理", "二级护理", "三级护理")
Segments = dict[str, dict[int, str]]
"""Raw fields of a message's segments, by name and number."""

NOBODY = "In the simulated hospital system nobody lies in bed {bed} of ward {ward}."
SOMEBODY = "In the simulated hospital system somebody lies in bed {bed} of ward {ward} already."


@dataclass(frozen=True)
class Inpatient:
    """One patient of the simulated system. before: ward and bed of the last transfer."""

    visit: str
    number: str
    name: str
    sex: str
    born: str
    grade: int
    ward: str
    bed: str
    before: tuple[str, str] | None = None

    def at(self, ward: str, bed: str) -> Inpatient:
        """The same, transferred."""
        return replace(self, ward=ward, bed=bed, before=(self.ward, self.bed))


def known(patient: Patient) -> Inpatient:
    """A patient of the hospital's list, of whom the system knows the visit too."""
    born = f"{patient.born:%Y%m%d}" if patient.born else ""
    return Inpatient(
        patient.visit or f"V{patient.number}", patient.number, patient.name, patient.sex, born, patient.care_grade,
        patient.ward, patient.bed,
    )  # fmt: skip


def listed(plan: NurseCallPlan) -> list[Patient]:
    """The patients of the sample hospital, as far as they fit the plan: none where it is another hospital's."""
    try:
        return read_patients(LIST.read_bytes(), plan)
    except (OSError, BadRows):
        return []


class Census:
    """Beds by ward and label; whoever left a bed last can be brought back to it."""

    def __init__(self, patients: Iterable[Inpatient]) -> None:
        self._beds = {(patient.ward, patient.bed): patient for patient in patients}
        self._left: dict[tuple[str, str], Inpatient] = {}

    def __len__(self) -> int:
        return len(self._beds)

    def at(self, ward: str, bed: str) -> Inpatient:
        """Who lies there. Raises Refused."""
        if (ward, bed) not in self._beds:
            raise Refused(NOBODY, ward=ward, bed=bed)
        return self._beds[ward, bed]

    def put(self, patient: Inpatient) -> Inpatient:
        """Into the patient's bed. Raises Refused where somebody lies there."""
        if (patient.ward, patient.bed) in self._beds:
            raise Refused(SOMEBODY, ward=patient.ward, bed=patient.bed)
        return self.change(patient)

    def change(self, patient: Inpatient) -> Inpatient:
        """What is known of the patient is different."""
        self._beds[patient.ward, patient.bed] = patient
        return patient

    def take(self, ward: str, bed: str) -> Inpatient:
        """Out of the bed. Raises Refused."""
        patient = self.at(ward, bed)
        self._left[ward, bed] = self._beds.pop((ward, bed))
        return patient

    def left(self, ward: str, bed: str) -> Inpatient:
        """Who was there last. Raises Refused."""
        if (ward, bed) not in self._left:
            raise Refused(NOBODY, ward=ward, bed=bed)
        return self._left.pop((ward, bed))


class Writer:
    """Writes messages as the plan expects them of this feed."""

    def __init__(self, feed: AdtFeed, zone: ZoneInfo) -> None:
        self._feed, self._zone = feed, zone
        self._wards = {ward: name for name, ward in reversed(feed.wards.items())}

    def message(self, event: str, control: str, at: datetime, people: Iterable[Segments], charset: str) -> str:
        """The whole message; `people` are its segments after EVN."""
        local = at.astimezone(self._zone)
        now = f"{local:%Y%m%d%H%M%S}.{local.microsecond // 1000:03}"
        application, facility = self._feed.application or "HIS", self._feed.facility
        rows = [
            f"MSH|^~\\&|{escape(application)}|{escape(facility)}|NIGHTBELL||{now}||ADT^{event}|{control}|P|2.4||||||{charset}",
            f"EVN|{event}|{now}",
        ]
        rows += [_row(name, fields) for segments in people for name, fields in segments.items()]
        return "".join(f"{row}\r" for row in rows)

    def person(self, patient: Inpatient) -> Segments:
        """PID, PV1, and the care grade where the plan looks for it."""
        segments: Segments = {
            "PID": {
                3: f"{escape(patient.number)}^^^H",
                5: escape(patient.name),
                7: patient.born,
                8: patient.sex,
            },
            "PV1": {
                2: "I",
                3: self.place(patient.ward, patient.bed),
                6: self.place(*patient.before) if patient.before else "",
                19: escape(patient.visit),
            },
        }
        if self._feed.care_grade is not None:
            path = FieldPath.parse(self._feed.care_grade)
            value = "^" * (path.component - 1) + GRADES[patient.grade]
            segments.setdefault(path.segment, {})[path.field] = value
            if path.which and not path.which.isdecimal():
                segments[path.segment][3] = escape(path.which)
        return segments

    def place(self, ward: str, bed: str) -> str:
        """PV1-3 of a bed, so that the plan's rule makes its label of it."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(self._feed.bed))
        found = re.fullmatch(pattern, bed)
        parts = (found.groupdict() if found else {"bed": bed}) | {"ward": self._wards.get(ward, ward)}
        return "^".join(escape(parts.get(name, "")) for name in BED_PARTS).rstrip("^")


def _row(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])
