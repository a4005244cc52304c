"""The beds of a ward as a station shows them: who lies there, who calls, who is with them, whether the bed is heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from appliance.foundation.values import Language
from nursecall.patients import Patient
from nursecall.plan_wards import Ward
from nursecall.troubles import Watched
from web.pages.faces import CallFace
from web.ports import House
from web.render import fragment

REMEMBERED = 2048
"""Tiles that are not drawn anew while nothing about their bed changes; a big hospital has some 600 beds."""


def tiles(house: House, plan: Ward, faces: Sequence[CallFace], language: Language) -> dict[str, str]:
    """One tile a bed, as they stand on the floor. faces: the open calls of the ward, the most urgent first."""
    calling: dict[str, CallFace] = {}
    for one in faces:
        calling.setdefault(one.call.bed, one)
    now = house.clock.now()
    nurses, present = house.roster.shared(plan.id, now), house.wards.presence(plan.id)
    watched = house.wards.terminals(plan.id)
    terminals, deaf = {one.bed: one for one in watched}, any(one.bed is None and one.well is False for one in watched)
    drawn = {}
    for bed in plan.as_they_stand:
        patient = house.patients.at(plan.id, bed)
        age = None if patient is None else _age(patient.born, now.date())
        drawn[f"bed-{bed}"] = _tile(
            language, bed, patient, age, calling.get(bed), tuple(nurses.get(bed, ())), bed in present,
            _trouble(terminals.get(bed), deaf),
        )  # fmt: skip
    return drawn


@lru_cache(REMEMBERED)
def _tile(
    language: Language, bed: str, patient: Patient | None, age: int | None, one: CallFace | None,
    nurses: tuple[str, ...], present: bool, trouble: str,
) -> str:  # fmt: skip
    return fragment(
        "bed.html", language, bed=bed, patient=patient, age=age, one=one, nurses=nurses, present=present,
        trouble=trouble,
    )  # fmt: skip


def _trouble(terminal: Watched | None, deaf: bool) -> str:
    """What is wrong with the terminal: `broken`, `unheard` where its line is in trouble, or nothing."""
    if terminal is None or terminal.well:
        return ""
    if terminal.well is False:
        return "broken"
    # Before a line has said anything nobody knows of its terminals either; that is no trouble.
    return "unheard" if deaf else ""


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
