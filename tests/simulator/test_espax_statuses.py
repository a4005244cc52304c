"""What an ESPA-X host hears of its processes: a real ward, real TCP, and the simulated host at the far end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory

from appliance.foundation.clock import ReactorClock, sleep
from appliance.simulator.control import Answer, Simulator
from appliance.simulator.ward import WardHost, WardHosts
from appliance.simulator.ward_statuses import WardStatuses
from nursecall.events import CallEscalated, Outcome
from nursecall.lines import Lines
from nursecall.plan_lines import EspaxLine
from nursecall.traces import Traces
from nursecall.wire.espax import Indicated, LoggedIn, Started
from tests.nursecall.a_ward import AWard, ward_with
from tests.nursecall.test_listening import Host
from tests.ports import free_port
from tests.real_reactor import Heard, reactor, run
from tests.support import now

STARTED = ("P-STARTED", "Queued", "")


def status(means: str) -> tuple[str, str, str]:
    """How far it is."""
    return "P-STATUS", means, ""


def event(means: str, by: str = "") -> tuple[str, str, str]:
    """What somebody did."""
    return "P-EVENT", means, by


def ended(means: str) -> tuple[str, str, str]:
    """The last of it."""
    return "P-ENDED", means, ""


class House:
    """A ward with an ESPA-X line, and its simulated host."""

    def __init__(self, keep: Path, ward: AWard | None = None, port: int = 0) -> None:
        self.ward = ward or AWard(ward_with(0, roster=[]))
        self.port = port or free_port()
        said = {
            "id": "l1",
            "ward": "w1",
            "protocol": "espax",
            "listen": f"127.0.0.1:{self.port}",
            "types": {"WC": "wc"},
            # The ward's two minutes pass in a moment of the host's, whose heart has no time to beat.
            "silence": 86_400,
        }
        self.plan, self.keep = EspaxLine.model_validate(said), keep
        self.hosts = WardHosts([self.plan], keep, reactor=reactor, clock=ReactorClock(reactor))
        self.events: Heard[object] = Heard()
        self.hosts.host("l1").listeners.append(self._heard)
        self._simulator = Simulator()
        self.hosts.register(self._simulator)
        WardStatuses(self.hosts, ReactorClock(reactor)).register(self._simulator)
        self.open()

    def open(self) -> None:
        """Our line, as at the start of the box."""
        self.lines = Lines(
            [self.plan], self.keep, keep=self.keep, reactor=reactor, clock=self.ward.clock, bus=self.ward.bus,
            heard=self.ward.wards.heard, stands=self.ward.wards.standing, becomes=self.ward.wards.became,
            traces=Traces(self.ward.clock, self.ward.bus),
        )  # fmt: skip
        self.lines.start()

    def stop(self) -> None:
        """All of it."""
        self.hosts.stop()
        self.lines.stop()
        self.ward.wards.stop()

    async def ask(self, verb: str, **request: Any) -> Answer:
        """As the control socket would."""
        return await self._simulator.answer({"verb": verb, "line": "l1", **request})

    async def did(self, verb: str, **request: Any) -> Answer:
        """What must succeed."""
        answer = await self.ask(verb, **request)
        assert answer["ok"], answer
        return answer

    async def told(self) -> list[tuple[str, str, str]]:
        """All that the host was told: the answer to another call comes after all that was said before it."""
        await self.did("press", bed="39", type="wc")
        return [(one["indication"], one["means"], one["by"]) for one in await self.rows() if one["bed"] != "39"]

    async def rows(self) -> list[Answer]:
        """The same, row by row."""
        rows = (await self.ask("statuses"))["statuses"]
        return [{**one, "bed": one["reference"].partition("-")[0]} for one in rows]

    async def logged_in(self, count: int = 1) -> None:
        """So many times."""
        await self.events.until(lambda events: sum(isinstance(one, LoggedIn) for one in events) >= count)

    async def alone(self) -> None:
        """Until our end has noticed that the host is gone."""
        link: Any = self.lines._lines[0]._link
        while link._connections:
            await sleep(ReactorClock(reactor), timedelta())

    def escalate(self, *outcomes: Outcome | None) -> None:
        """Two minutes later two nurses are told; what became of each."""
        self.ward.wait(120)
        step = self.ward.heard(CallEscalated)[-1]
        for (who, device), outcome in zip(step.to, outcomes, strict=False):
            if outcome is not None:
                now(self.ward.wards.step_result(step.call, step.serial, device, who, outcome, self.ward.clock.now()))

    def _heard(self, _host: WardHost, event: object) -> None:
        self.events.append(event)


def story(keep: Path, tell: Callable[[House], Awaitable[None]], roster: bool = True) -> None:
    """Run `tell` in the reactor: the host has logged in, and bed 8 has called."""

    async def whole() -> None:
        house = House(keep, AWard() if roster else AWard(ward_with(0, roster=[])))
        house.hosts.start()
        try:
            await house.logged_in()
            await house.did("press", bed="8", type="call")
            await tell(house)
        finally:
            house.stop()

    run(whole())


def test_a_call_is_queued_then_active_then_accepted(tmp_path: Path) -> None:
    """By whom; it goes on until the bedside reset, which the host says itself."""

    async def tell(house: House) -> None:
        house.escalate("delivered", "accepted")
        assert await house.told() == [STARTED, status("Active"), event("Accepted", "王芳")]
        await house.did("reset", bed="8")
        assert (await house.told())[3:] == [ended("None")]

    story(tmp_path, tell)


def test_who_does_not_come_is_told_one_by_one(tmp_path: Path) -> None:
    """Rejected, not reached, no answer; the process is active all the while."""

    async def tell(house: House) -> None:
        house.escalate("declined", "failed")
        house.ward.clock.advance(0)
        expected = [STARTED, status("Active"), event("Rejected", "李静"), event("Not reached", "王芳")]
        assert await house.told() == expected
        step = house.ward.heard(CallEscalated)[0]
        at = house.ward.clock.now()
        now(house.ward.wards.step_result(step.call, 1, "13800000001", "李静", "no-answer", at))
        now(house.ward.wards.step_result(step.call, 1, "13800000001", "李静", "no-answer", at))
        assert await house.told() == [*expected, event("No answer", "李静")]

    story(tmp_path, tell)


def test_a_call_that_finds_nobody_is_off_duty(tmp_path: Path) -> None:
    """No nurse is on the roster; the station is told in the next turn."""

    async def tell(house: House) -> None:
        house.ward.wait(120)
        assert await house.told() == [STARTED, status("Active"), event("Off duty")]

    story(tmp_path, tell, roster=False)


def test_speech_with_the_bed_is_a_conversation(tmp_path: Path) -> None:
    """And whoever speaks has accepted."""

    async def tell(house: House) -> None:
        call = house.ward.open("8").id
        now(house.ward.wards.talk_began(call, "李静"))
        now(house.ward.wards.talk_ended(call, "李静"))
        assert await house.told() == [STARTED, status("Conversation"), event("Accepted", "李静"), status("Active")]

    story(tmp_path, tell)


def test_a_call_that_waits_anew_is_queued_again(tmp_path: Path) -> None:
    """And may be accepted again, by another."""

    async def tell(house: House) -> None:
        house.ward.acknowledge("8", "李静")
        house.ward.press("8")
        house.ward.acknowledge("8", "王芳")
        assert await house.told() == [
            STARTED, status("Active"), event("Accepted", "李静"),
            status("Queued"), status("Active"), event("Accepted", "王芳"),
        ]  # fmt: skip

    story(tmp_path, tell)


@pytest.mark.parametrize(
    ("taken", "result"), [("accepted", "Positive confirmed"), ("declined", "Negative"), (None, "None")]
)
def test_what_ends_without_the_host_is_told(tmp_path: Path, taken: Outcome | None, result: str) -> None:
    """With the result of the last one; the same press after that is another call."""

    async def tell(house: House) -> None:
        house.escalate(taken)
        house.ward.reset("8")
        told = await house.told()
        assert told[-1] == ended(result)
        assert sum(one[0] == "P-ENDED" for one in told) == 1
        await house.did("press", bed="8", type="call")
        assert (await house.told())[len(told) :] == [STARTED]
        assert house.ward.open("8").state == "raised"

    story(tmp_path, tell)


def test_a_host_asks_and_is_answered(tmp_path: Path) -> None:
    """P-GETSTAT: how far it is, and what somebody did last."""

    async def tell(house: House) -> None:
        assert (await house.did("status", bed="8"))["means"] == "Queued"
        house.ward.acknowledge("8", "李静")
        answer = await house.did("status", bed="8", type="call")
        assert (answer["indication"], answer["means"], answer["asked"]) == ("P-STATUS", "Active", True)
        assert (await house.told())[-2:] == [status("Active"), event("Accepted", "李静")]
        assert "has called for nothing" in (await house.ask("status", bed="9"))["error"]
        house.ward.reset("8")
        assert (await house.told())[-1] == ended("Positive confirmed")
        assert "has called for nothing" in (await house.ask("status", bed="8"))["error"]

    story(tmp_path, tell)


def test_a_host_that_was_away_hears_what_it_missed(tmp_path: Path) -> None:
    """Where what goes on stands, and what ended meanwhile; in that connection alone, and once."""

    async def tell(house: House) -> None:
        await house.did("press", bed="9", type="call")
        assert await house.told() == [STARTED, STARTED]
        await house.did("line", action="drop")
        await house.alone()
        house.ward.acknowledge("8", "李静")
        house.ward.reset("9")
        await house.did("line", action="restore")
        await house.logged_in(2)
        told = await house.told()
        assert sorted(told[2:]) == [ended("None"), event("Accepted", "李静"), status("Active")]
        await house.did("line", action="drop")
        await house.did("line", action="restore")
        await house.logged_in(3)
        assert sorted((await house.told())[5:]) == [event("Accepted", "李静"), status("Active")]

    story(tmp_path, tell)


def test_after_a_restart_the_host_hears_what_became_of_its_calls(tmp_path: Path) -> None:
    """Of the one that was accepted and of the one that ended while the box was down; no old results."""

    async def tell(house: House) -> None:
        await house.did("press", bed="9", type="call")
        house.escalate("declined", None)
        await house.told()
        house.lines.stop()
        house.ward.reset("9")
        house.ward.acknowledge("8", "李静")
        house.ward.restart()
        before = len(await house.rows())
        # A port is closed in the next turn of the reactor.
        await sleep(ReactorClock(reactor), timedelta())
        house.open()
        await house.logged_in(2)
        await house.told()
        told = [(one["bed"], one["indication"], one["means"]) for one in (await house.rows())[before:]]
        assert [one for one in told if one[0] != "39"] == [
            ("8", "P-EVENT", "Accepted"),
            ("9", "P-ENDED", "Negative"),
        ]

    story(tmp_path, tell)


def test_another_host_on_the_line_is_told_nothing_of_it(tmp_path: Path) -> None:
    """It may well use the same reference for a lamp of its own."""

    async def tell(house: House) -> None:
        endpoint = HostnameEndpoint(cast(Any, reactor), "127.0.0.1", house.port)
        other: Host = await endpoint.connect(cast(Any, Factory.forProtocol(Host)))
        await other.events.until(lambda events: any(isinstance(one, LoggedIn) for one in events))
        house.ward.acknowledge("8", "李静")
        assert len(await house.told()) == 3
        await other.done(lambda now: other.client.start(Started("8-0", bed="7", text="call"), now))
        house.ward.reset("8")
        house.ward.acknowledge("7", "王芳")
        await other.done(lambda now: other.client.stop("8-0", now))
        references = {one.message["CP-PR-REF"] for one in other.events if isinstance(one, Indicated)}
        assert references == {"8-0"}
        assert (await house.told())[-1] == ended("Positive confirmed")
        cast(Any, other.transport).abortConnection()
        await other.gone

    story(tmp_path, tell)
