"""Our pager lines and simulated pager systems at the two ends of real pseudo terminals, in one reactor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.control import Answer, Simulator
from appliance.simulator.pagers import PagerSystems
from nursecall.pagers import Pagers
from nursecall.paging import Outcome, Result
from nursecall.plan_pagers import AnyPagers, PagerSystem
from nursecall.traces import Traces
from tests.real_reactor import Heard, reactor, run

ROWS: list[dict[str, Any]] = [
    {"role": "control", "own": "1", "peer": "2"},
    {"role": "station", "own": "2", "peer": "1"},
    {"protocol": "tap", "encoding": "gb18030", "data_bits": 8, "parity": "none"},
]
WIRES = ("espa-control", "espa-station", "tap")


def row(wire: str, **more: Any) -> AnyPagers:
    """One of the three wires."""
    return TypeAdapter[AnyPagers](PagerSystem).validate_python(
        {"id": "pagers-a", "device": "pagers", **ROWS[WIRES.index(wire)], **more}
    )


class Hospital:
    """Both ends, and all that was told."""

    def __init__(self, devices: Path, *plans: AnyPagers) -> None:
        clock = ReactorClock(reactor)
        self.bus = bus = Bus()
        self.health: Heard[HealthChanged] = Heard()
        self.systems = PagerSystems(plans, devices, reactor=reactor, clock=clock)
        self.traces = Traces(clock, bus)
        self.pagers = Pagers(
            plans, devices, keep=devices / "keep", reactor=reactor, clock=clock, bus=bus, traces=self.traces
        )  # fmt: skip
        self.simulator = Simulator()
        self.systems.register(self.simulator)
        bus.subscribe(HealthChanged, self.health.append)

    async def ask(self, verb: str, **request: Any) -> Answer:
        """As the control socket would."""
        return await self.simulator.answer({"verb": verb, "pager": "pagers-a", **request})

    async def page(self, address: str, text: str, priority: int | None = None) -> Outcome:
        """Page at the only system."""
        return await self.pagers.page("pagers-a", address, text, priority)

    async def is_now(self, state: State) -> None:
        """Wait for the system's health."""
        await self.health.until(lambda told: bool(told) and told[-1].state is state)


def story(devices: Path, tell: Callable[[Hospital], Awaitable[None]], plan: AnyPagers, *, plugged: bool = True) -> None:
    """Run `tell` in the reactor."""

    async def whole() -> None:
        hospital = Hospital(devices, plan)
        if plugged:
            hospital.systems.start()
        hospital.pagers.start()
        try:
            await tell(hospital)
        finally:
            hospital.pagers.stop()
            hospital.systems.stop()

    run(whole())


@pytest.mark.parametrize("wire", WIRES)
def test_a_page_arrives_and_its_sender_knows(tmp_path: Path, wire: str) -> None:
    """Chinese and all; a second one too."""

    async def tell(hospital: Hospital) -> None:
        await hospital.is_now(State.UP)
        outcome = await hospital.page("17", "3病区 28床 呼叫", 1)
        assert outcome.result is Result.DELIVERED, outcome
        assert "pager system" in outcome.proof
        assert (await hospital.page("18", "再见")).delivered
        pages = (await hospital.ask("pages"))["pages"]
        assert [(page["address"], page["text"]) for page in pages] == [("17", "3病区 28床 呼叫"), ("18", "再见")]
        if wire != "tap":
            assert [page["priority"] for page in pages] == [1, 3]

    story(tmp_path, tell, row(wire))


@pytest.mark.parametrize("wire", WIRES)
def test_a_missing_device_is_unreachable_at_once(tmp_path: Path, wire: str) -> None:
    """With its reason; nothing is said later when it comes."""

    async def tell(hospital: Hospital) -> None:
        await hospital.is_now(State.DOWN)
        outcome = await hospital.page("17", "28床")
        assert outcome == Outcome(Result.UNREACHABLE, "The serial device is missing.")
        hospital.systems.start()
        await hospital.is_now(State.UP)
        assert (await hospital.page("18", "5床")).delivered
        assert [page["address"] for page in (await hospital.ask("pages"))["pages"]] == ["18"]

    story(tmp_path, tell, row(wire), plugged=False)


@pytest.mark.parametrize("wire", WIRES)
def test_a_page_that_waits_is_told_when_the_cord_is_pulled(tmp_path: Path, wire: str) -> None:
    """Not left waiting for its patience."""

    async def tell(hospital: Hospital) -> None:
        await hospital.is_now(State.UP)
        await hospital.ask("pager", action="silent")
        waiting = Deferred.fromCoroutine(hospital.page("17", "28床"))
        await hospital.ask("pager", action="drop")
        assert (await waiting).result is Result.UNREACHABLE
        await hospital.is_now(State.DOWN)

    story(tmp_path, tell, row(wire, patience=600))


@pytest.mark.parametrize("wire", WIRES)
def test_a_mute_pager_system_is_given_up_after_the_plans_patience(tmp_path: Path, wire: str) -> None:
    """And a page that was given up is not said later."""

    async def tell(hospital: Hospital) -> None:
        await hospital.is_now(State.UP)
        await hospital.ask("pager", action="silent")
        outcome = await hospital.page("17", "28床")
        assert outcome.result is Result.UNREACHABLE
        assert dict(outcome.facts) == {"seconds": "1"}
        await hospital.ask("pager", action="ok")
        while not (await hospital.page("18", "5床")).delivered:
            pass
        assert "17" not in [page["address"] for page in (await hospital.ask("pages"))["pages"]]

    story(tmp_path, tell, row(wire, patience=1))


def test_a_busy_pager_system_takes_the_page_when_it_is_free(tmp_path: Path) -> None:
    """2 NAK: unreachable when that lasts longer than the plan's patience."""

    async def tell(hospital: Hospital) -> None:
        await hospital.is_now(State.UP)
        await hospital.ask("pager", action="busy")
        assert (await hospital.page("17", "28床")).result is Result.UNREACHABLE
        assert (await hospital.ask("pager", action="ok"))["state"] == "ok"
        while not (await hospital.page("18", "5床")).delivered:
            pass
        assert [page["address"] for page in (await hospital.ask("pages"))["pages"]] == ["18"]

    story(tmp_path, tell, row("espa-control", patience=1))
