"""What the simulated hospital system can be told: to move its patients, and to go wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.hospital_census import Inpatient, listed
from appliance.simulator.hospital_system import HospitalSystem
from nursecall.plan import NurseCallPlan

FAULTS = ("duplicate", "out-of-order", "wrong-charset", "cut", "silent", "ok")


class HospitalSystems:
    """The sender of each feed of the plan, and the verbs that move its patients."""

    def __init__(self, plan: NurseCallPlan, zone: ZoneInfo, *, reactor: ReactorBase, clock: Clock) -> None:
        patients = listed(plan) if plan.adt else []
        self._systems = {
            feed.id: HospitalSystem(feed, zone, patients, reactor=reactor, clock=clock) for feed in plan.adt
        }

    def start(self) -> None:
        """Nothing to say until somebody is moved."""

    def stop(self) -> None:
        """Send nothing more."""
        for system in self._systems.values():
            system.stop()

    def register(self, simulator: Simulator) -> None:
        """Answer `patient`, `feed` and `feeds`."""
        simulator.register("patient", self.patient)
        simulator.register("feed", self.trouble)
        simulator.register("feeds", lambda _request: {"feeds": [one.state() for one in self._systems.values()]})

    def trouble(self, request: Request) -> Answer:
        """`action`, and for some `count`; `feed` (default: the first)."""
        system, action = self._system(request), word(request, "action")
        if action not in FAULTS:
            raise Refused("A feed can do no {action}. It can: {known}.", action=action, known=", ".join(FAULTS))
        system.break_down(action, int(number(request, "count", 1, least=1, most=1000)))
        return system.state()

    async def patient(self, request: Request) -> Answer:
        """`action`, `bed`, for some `to`, `name`, `grade`; `ward` (default: the feed's first), `feed`."""
        system, action = self._system(request), word(request, "action")
        act: Callable[[HospitalSystem, str, str, Request], Any] | None = ACTIONS.get(action)
        if act is None:
            raise Refused("A patient can do no {action}. It can: {known}.", action=action, known=", ".join(ACTIONS))
        ward = word(request, "ward", next(iter(system.feed.wards.values())))
        answer: Answer = await act(system, ward, word(request, "bed"), request)
        return {"ward": ward, **answer}

    def _system(self, request: Request) -> HospitalSystem:
        named = word(request, "feed", next(iter(self._systems), ""))
        if named not in self._systems:
            known_feeds = ", ".join(self._systems) or "none"
            raise Refused("There is no simulated feed {feed}. Simulated are: {known}.", feed=named, known=known_feeds)
        return self._systems[named]


def _elsewhere(request: Request, ward: str) -> tuple[str, str]:
    return word(request, "to_ward", ward), word(request, "to")


async def _admit(system: HospitalSystem, ward: str, bed: str, request: Request, *, event: str = "A01") -> Answer:
    number_ = str(secrets.randbelow(9 * 10**9) + 10**9)
    grade = int(number(request, "grade", 2, most=3))
    patient = Inpatient(f"V{number_}", number_, word(request, "name", "新病人"), "", "", grade, ward, bed)
    return await system.tell(event, system.person(system.census.put(patient)))


async def _transfer(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    there = _elsewhere(request, ward)
    moved = system.census.at(ward, bed).at(*there)
    system.census.put(moved)
    system.census.take(ward, bed)
    return await system.tell("A02", system.person(moved))


async def _swap(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    there = _elsewhere(request, ward)
    one, other = system.census.at(ward, bed), system.census.at(*there)
    both = system.census.change(one.at(*there)), system.census.change(other.at(ward, bed))
    return await system.tell("A17", *map(system.person, both))


async def _update(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    patient = system.census.at(ward, bed)
    grade = int(number(request, "grade", patient.grade, most=3))
    changed = system.census.change(replace(patient, name=word(request, "name", patient.name), grade=grade))
    return await system.tell("A08", system.person(changed))


async def _discharge(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A03", system.person(system.census.take(ward, bed)))


async def _make_outpatient(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    patient = system.census.take(ward, bed)
    return await system.tell("A07", system.person(replace(patient, ward="", bed="")))


async def _cancel_admit(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A11", system.person(system.census.take(ward, bed)))


async def _cancel_transfer(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    patient = system.census.at(ward, bed)
    if patient.before is None:
        raise Refused("The patient in bed {bed} was not transferred.", bed=bed)
    back = patient.at(*patient.before)
    system.census.put(back)
    system.census.take(ward, bed)
    return await system.tell("A12", system.person(patient))


async def _cancel_discharge(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A13", system.person(system.census.put(system.census.left(ward, bed))))


async def _leave(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A21", system.person(system.census.at(ward, bed)))


async def _come_back(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A22", system.person(system.census.at(ward, bed)))


async def _empty(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    return await system.tell("A20", {"NPU": {1: system.place(ward, bed), 2: "U"}})


async def _merge(system: HospitalSystem, ward: str, bed: str, request: Request) -> Answer:
    patient, surviving = system.census.at(ward, bed), word(request, "to")
    merged = system.census.change(replace(patient, number=surviving, name=word(request, "name", patient.name)))
    person = {"PID": system.person(merged)["PID"]}
    return await system.tell("A40", person, {"MRG": {1: f"{patient.number}^^^H"}})


ACTIONS: dict[str, Callable[[HospitalSystem, str, str, Request], Any]] = {
    "admit": _admit,
    "register": partial(_admit, event="A04"),
    "inpatient": partial(_admit, event="A06"),
    "outpatient": _make_outpatient,
    "transfer": _transfer,
    "swap": _swap,
    "update": _update,
    "discharge": _discharge,
    "leave": _leave,
    "return": _come_back,
    "cancel-admit": _cancel_admit,
    "cancel-transfer": _cancel_transfer,
    "cancel-discharge": _cancel_discharge,
    "empty": _empty,
    "merge": _merge,
}
"""What a patient of the simulated hospital can do."""
