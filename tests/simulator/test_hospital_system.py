"""The simulated hospital system at one end of a real socket, the box's feed at the other."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from appliance.simulator.control import Answer, Simulator
from appliance.simulator.hospital_census import Census, Inpatient, Writer
from appliance.simulator.hospital_verbs import ACTIONS, HospitalSystems
from nursecall.adt_server import AdtServers
from nursecall.events import PatientsChanged
from nursecall.patients import Patients
from tests.fakes.database import InlineDatabase
from tests.nursecall.adt_feed import ZONE, feed, plan
from tests.real_reactor import Heard, reactor, run


class Both:
    """Both ends, and all that was told."""

    def __init__(self, **changes: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        the_plan = plan().model_copy(update={"adt": (feed(listen=f"127.0.0.1:{port}", **changes),)})
        clock, bus = ReactorClock(reactor), Bus()
        self.told: Heard[Event] = Heard()
        self.database = InlineDatabase()
        self.patients = Patients(self.database, bus, clock)
        self.servers = AdtServers(the_plan, ZONE, self.patients, self.database, reactor=reactor, clock=clock, bus=bus)
        self.systems = HospitalSystems(the_plan, ZONE, reactor=reactor, clock=clock)
        self._simulator = Simulator()
        self.systems.register(self._simulator)
        bus.subscribe(Event, self.told.append)

    async def ask(self, verb: str, **request: Any) -> Answer:
        """As the control socket would."""
        return await self._simulator.answer({"verb": verb, **request})

    async def patient(self, action: str, bed: str, **request: Any) -> Answer:
        """Something that must succeed."""
        answer = await self.ask("patient", action=action, bed=bed, **request)
        assert answer["ok"], answer
        return answer

    def beds(self) -> dict[str, str]:
        """Names by bed."""
        return {f"{patient.ward}:{patient.bed}": patient.name for patient in self.patients.every()}


def story(tell: Callable[[Both], Awaitable[None]], **changes: Any) -> None:
    """Run `tell` in the reactor."""

    async def whole() -> None:
        both = Both(**changes)
        both.servers.start()
        try:
            await tell(both)
        finally:
            both.systems.stop()
            await both.servers.stop()

    run(whole())


def test_a_day_in_the_hospital() -> None:
    """Every action once, each taken by the box, which ends with the same beds."""

    async def tell(both: Both) -> None:
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("admit", "1", {"name": "李明", "grade": 0}),
            ("register", "2", {"name": "王芳"}),
            ("inpatient", "3", {"name": "赵敏"}),
            ("swap", "1", {"to": "2"}),
            ("transfer", "3", {"to": "4", "to_ward": "w2"}),
            ("cancel-transfer", "4", {"ward": "w2"}),
            ("update", "3", {"name": "赵敏敏", "grade": 1}),
            ("leave", "3", {}),
            ("return", "3", {}),
            ("discharge", "2", {}),
            ("cancel-discharge", "2", {}),
            ("admit", "5", {"name": "无名氏"}),
            ("merge", "5", {"to": "1001", "name": "钱进"}),
            ("admit", "6", {}),
            ("cancel-admit", "6", {}),
            ("outpatient", "1", {}),
        ]
        for action, bed, more in steps:
            answer = await both.patient(action, bed, **more)
            assert (answer["answer"], action) == ("AA", action), answer
        assert both.beds() == {"w1:2": "李明", "w1:3": "赵敏敏", "w1:5": "钱进"}
        assert {patient.bed: patient.care_grade for patient in both.patients.every()} == {"2": 0, "3": 1, "5": 2}
        await both.patient("empty", "2")
        assert "w1:" in both.beds()
        assert {action for action, _, _ in steps} | {"empty"} == set(ACTIONS)

    story(tell)


@pytest.mark.parametrize(
    "changes", [{"bed": "{room}-{bed}"}, {"care_grade": "OBX[HLJB]-5"}, {"care_grade": "PV1-15.2"}]
)
def test_it_writes_as_the_plan_expects_it(changes: dict[str, Any]) -> None:
    """Beds with rooms, grades wherever they stand."""

    async def tell(both: Both) -> None:
        await both.patient("admit", "12", name="李明", grade=3)
        (patient,) = both.patients.every()
        assert (patient.bed, patient.care_grade) == ("12", 3)

    story(tell, **changes)


def test_rooms_are_taken_out_of_a_label() -> None:
    """`1203-2` is room 1203, bed 2."""
    writer = Writer(feed(bed="{room}-{bed}"), ZONE)
    assert writer.place("w1", "1203-2") == "内一^1203^2"
    assert writer.place("w2", "7") == "W2^^7"


def test_a_message_that_comes_twice_counts_once() -> None:
    """And is answered alike."""

    async def tell(both: Both) -> None:
        await both.ask("feed", action="duplicate")
        answer = await both.patient("admit", "1")
        assert (answer["answer"], answer["again"]) == ("AA", "AA")
        assert len([event for event in both.told if isinstance(event, PatientsChanged)]) == 1

    story(tell)


def test_messages_out_of_order_end_in_the_right_bed() -> None:
    """The transfer overtakes the admission."""

    async def tell(both: Both) -> None:
        await both.ask("feed", action="out-of-order")
        assert (await both.patient("admit", "1", name="李明"))["answer"] == "held"
        assert (await both.patient("transfer", "1", to="2"))["answer"] == "AA"
        await both.told.until(lambda told: any(type(event).__name__ == "AdtWithoutEffect" for event in told))
        assert both.beds() == {"w1:2": "李明"}

    story(tell)


def test_a_wrong_character_set_is_refused_and_shown() -> None:
    """No name is shown that nobody can read."""

    async def tell(both: Both) -> None:
        await both.ask("feed", action="wrong-charset")
        answer = await both.patient("admit", "1", name="李明")
        assert answer["answer"] == "AR"
        assert "MSH-18 says utf-8" in answer["text"]
        assert both.beds() == {}
        health = [event for event in both.told if isinstance(event, HealthChanged)]
        assert health[-1].state is State.DEGRADED
        assert (await both.patient("admit", "2", name="王芳"))["answer"] == "AA"

    story(tell)


def test_a_message_that_was_cut_is_sent_again_and_counts() -> None:
    """By mending, here; after some seconds by itself."""

    async def tell(both: Both) -> None:
        await both.ask("feed", action="cut")
        assert (await both.patient("admit", "1", name="李明"))["answer"] == "cut"
        assert (await both.ask("feeds"))["feeds"][0]["pending"] == 1
        await both.ask("feed", action="ok")
        await both.told.until(lambda told: any(isinstance(event, PatientsChanged) for event in told))
        assert both.beds() == {"w1:1": "李明"}

    story(tell)


def test_a_silent_system_keeps_what_it_has_to_say() -> None:
    """Until it speaks again."""

    async def tell(both: Both) -> None:
        assert (await both.ask("feed", action="silent"))["state"] == "silent"
        assert (await both.patient("admit", "1"))["answer"] == "kept"
        await both.patient("admit", "2")
        await both.ask("feed", action="ok")
        await both.told.until(lambda told: sum(isinstance(event, PatientsChanged) for event in told) == 2)
        assert set(both.beds()) == {"w1:1", "w1:2"}

    story(tell)


def test_without_records_it_keeps_its_message() -> None:
    """AE, and sent again."""

    async def tell(both: Both) -> None:
        both.database.broken = RuntimeError("disk full")
        assert (await both.patient("admit", "1"))["answer"] == "AE"
        both.database.broken = None
        await both.ask("feed", action="ok")
        await both.told.until(lambda told: any(isinstance(event, PatientsChanged) for event in told))
        assert set(both.beds()) == {"w1:1"}

    story(tell)


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    """Empty beds, taken ones, unknown words."""

    async def tell(both: Both) -> None:
        await both.patient("admit", "1")
        refusals: list[tuple[str, dict[str, Any], str]] = [
            ("patient", {"action": "discharge", "bed": "9"}, "nobody lies in bed 9 of ward w1"),
            ("patient", {"action": "cancel-discharge", "bed": "9"}, "nobody lies in bed 9 of ward w1"),
            ("patient", {"action": "admit", "bed": "1"}, "somebody lies in bed 1 of ward w1"),
            ("patient", {"action": "cancel-transfer", "bed": "1"}, "was not transferred"),
            ("patient", {"action": "dance", "bed": "1"}, "A patient can do no dance"),
            ("patient", {"action": "transfer", "bed": "1"}, "needs to"),
            ("feed", {"action": "dance"}, "A feed can do no dance"),
            ("feed", {"action": "ok", "feed": "x"}, "no simulated feed x"),
        ]
        for verb, request, part in refusals:
            answer = await both.ask(verb, **request)
            assert not answer["ok"]
            assert part in answer["error"]

    story(tell)


def test_a_box_that_is_down_is_said_so() -> None:
    """The message stays with the system."""

    async def tell(both: Both) -> None:
        await both.servers.stop()
        assert (await both.patient("admit", "1"))["text"] == "nobody listens there"

    story(tell)


def test_who_left_last_can_come_back() -> None:
    """A census of its own."""
    census = Census([Inpatient("V1", "1", "李明", "", "", 2, "w1", "1")])
    census.take("w1", "1")
    assert (census.left("w1", "1").name, len(census)) == ("李明", 0)
