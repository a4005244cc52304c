"""How an open call looks: its words, its icon, the patient in the bed."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.values import Language
from nursecall.board import LINE
from nursecall.calls import OpenCall
from nursecall.patients import Patient
from nursecall.plan_escalation import By
from nursecall.plan_types import CallType, Cancel, Colour
from nursecall.views import masked
from web.ports import House
from web.render import level

ICONS = frozenset({
    "bell", "siren", "toilet", "shower", "bath", "assist", "heart", "drip", "door", "plug", "unplug", "bed", "service",
    "nurse", "pain", "hand", "ambulance", "fire", "medicine", "message", "phone", "visit", "thermometer",
})  # fmt: skip
"""Icons a call type of the plan may name; anything else shows the bell."""


COLOURS: dict[str, Colour] = {"emergency": "red", "urgent": "orange", "call": "blue", "service": "grey"}
"""Of a kind whose row names none, by how urgent it is."""


STEPS: dict[By, str] = {
    "station": "station screen", "sms": "SMS", "desk": "desk phone", "mobile": "mobile phone", "pager": "pager",
    "ward": "neighbouring ward", "supervisor": "supervisor", "speaker": "loudspeaker", "mail": "e-mail",
}  # fmt: skip
"""What a call is passed on by, as a card says it: message ids."""


@dataclass(frozen=True)
class CallFace:
    """A call with what people read on it. level: emergency, urgent, call, service; colour: of its row in the plan.

    cancel: who may end it.
    """

    call: OpenCall
    name: str
    icon: str
    level: str
    ward: str
    patient: Patient | None
    patient_name: str
    grade: int | None
    colour: Colour
    cancel: Cancel

    @property
    def of_line(self) -> bool:
        """Whether it stands for a whole line, not for a bed."""
        return self.call.bed == LINE

    @property
    def told(self) -> str:
        """By what it was passed on last, as a message id; empty where it was not, or nobody was found."""
        return next((STEPS[one.by] for one in reversed(self.call.told) if one.serial == self.call.escalations), "")

    @property
    def next(self) -> str:
        """By what it is passed on next, as a message id; empty where somebody comes, or nothing is left."""
        return STEPS[self.call.next_step] if self.call.next_step else ""

    @property
    def may_end_here(self) -> bool:
        """Whether its kind lets a screen end it as it stands now; `Wards.cancel` has the last word."""
        spoken = self.call.spoken_with is not None and self.call.state != "talking"
        return self.cancel == "screen" or (self.cancel == "speech" and spoken)

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
        icon=icon(kind),
        level=level(call.priority),
        ward=ward.name[language] if ward else call.ward,
        patient=same,
        patient_name=name,
        grade=grade,
        colour=colour(kind, call.priority),
        cancel=kind.cancel if kind else "bedside",
    )


def icon(kind: CallType | None) -> str:
    """Of calls of `kind`; a bell where there is none of that name."""
    return kind.icon if kind and kind.icon in ICONS else "bell"


def colour(kind: CallType | None, priority: int) -> Colour:
    """As the plan's row says, else by how urgent it is."""
    return (kind.colour if kind else None) or COLOURS[level(priority)]
