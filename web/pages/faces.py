"""How an open call looks: its words, its icon, the patient in the bed."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.values import Language
from nursecall.calls import OpenCall
from nursecall.patients import Patient
from nursecall.views import masked
from web.ports import House
from web.render import level

ICONS = frozenset({
    "bell", "siren", "toilet", "shower", "bath", "assist", "heart", "drip", "door", "plug", "unplug", "bed", "service",
    "nurse", "pain", "hand", "ambulance", "fire", "medicine", "message", "phone", "visit", "thermometer",
})  # fmt: skip
"""Icons a call type of the plan may name; anything else shows the bell."""


@dataclass(frozen=True)
class CallFace:
    """A call with what people read on it. level: emergency, urgent, call, service."""

    call: OpenCall
    name: str
    icon: str
    level: str
    ward: str
    patient: Patient | None
    patient_name: str
    grade: int | None

    @property
    def masked(self) -> str:
        """The patient as a stranger may see them."""
        return masked(self.patient_name)


def face(house: House, call: OpenCall, language: Language) -> CallFace:
    """`call` as it is shown. The name noted when it was raised counts, also when the bed has changed hands."""
    plan = house.nursecall()
    kind, ward = plan.call_type(call.call_type), plan.ward(call.ward)
    now = house.patients.at(call.ward, call.bed)
    same = now if now is not None and call.patient in (None, now.name) else None
    name = call.patient or (same.name if same else "")
    grade = call.care_grade if call.care_grade is not None else same.care_grade if same else None
    return CallFace(
        call=call,
        name=kind.name[language] if kind else call.call_type,
        icon=kind.icon if kind and kind.icon in ICONS else "bell",
        level=level(call.priority),
        ward=ward.name[language] if ward else call.ward,
        patient=same,
        patient_name=name,
        grade=grade,
    )
