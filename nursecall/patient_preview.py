"""What a list of patients would change, before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nursecall.patient import Patient


@dataclass(frozen=True)
class Preview:
    """Of one ward: how many come, change their bed, stay where they are, and leave (no longer in the list)."""

    ward: str
    come: int
    move: int
    stay: int
    leave: int


def preview(found: Sequence[Patient], now: Iterable[Patient]) -> list[Preview]:
    """What `found` would change of who lies where `now`, ward by ward in the order of the list."""
    known = {name: patient for patient in now for name in _names(patient)}
    listed = {name for patient in found for name in _names(patient)}
    rows = []
    for ward in dict.fromkeys(patient.ward for patient in found):
        there = [patient for patient in found if patient.ward == ward]
        before = [next((known[name] for name in _names(patient) if name in known), None) for patient in there]
        places = [was is not None and (was.ward, was.bed) == (patient.ward, patient.bed)
                  for was, patient in zip(before, there, strict=True)]  # fmt: skip
        leave = {patient.key or patient.number for patient in known.values()
                 if patient.ward == ward and listed.isdisjoint(_names(patient))}  # fmt: skip
        come = before.count(None)
        rows.append(Preview(ward, come, len(there) - come - sum(places), sum(places), len(leave)))
    return rows


def _names(patient: Patient) -> list[str]:
    return [f"v:{patient.visit}"] * bool(patient.visit) + [f"p:{patient.number}"]
