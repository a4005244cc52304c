"""A simulated pager system says what became of pages, over a real pseudo terminal, to a ward that passes calls on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import State
from appliance.simulator.page_statuses import STATUSES, PageStatuses
from nursecall.events import CallAcknowledged, CallStepResult
from nursecall.page_answers import NOT_OURS, PageAnswered
from nursecall.pager_health import TRANSMITTER_FAILED
from nursecall.paging import TAKEN
from nursecall.plan_pagers import AnyPagers
from nursecall.traces import Meant
from tests.appliance.reach.a_paged_ward import TEXT, APagedWard
from tests.real_reactor import Heard, reactor, run
from tests.simulator.test_pagers import Hospital, row

ROLES = ("espa-control", "espa-station")


class Ward:
    """Both ends of the pager line; calls in time that moves when told, the line in real time."""

    def __init__(self, devices: Path, plan: AnyPagers) -> None:
        self.line = Hospital(devices, plan.model_copy(update={"id": "p"}))
        self.ward = APagedWard(self.line.pagers)
        self.results: Heard[CallStepResult] = Heard()
        self.answers: Heard[PageAnswered] = Heard()
        self.ward.bus.subscribe(CallStepResult, self.results.append)
        self.line.bus.subscribe(PageAnswered, self.answers.append)
        # One bus in the house.
        self.line.bus.subscribe(PageAnswered, self.ward.bus.publish)
        PageStatuses(self.line.systems, ReactorClock(reactor)).register(self.line.simulator)

    async def says(self, status: str, **more: Any) -> None:
        """By the verb of the simulator, which returns when the box has taken it."""
        answer = await self.line.ask("page-status", pager="p", status=status, **more)
        assert answer["ok"], answer

    async def noted(self, count: int) -> list[tuple[str, str]]:
        """Device and outcome of so many results."""
        await self.results.until(lambda results: len(results) >= count)
        return [(one.device, one.outcome) for one in self.results]


def story(devices: Path, wire: str, tell: Callable[[Ward], Awaitable[None]]) -> None:
    """Run `tell` in the reactor: bed 28 has called, and pager 17 was paged."""

    async def whole() -> None:
        ward = Ward(devices, row(wire))
        ward.line.systems.start()
        ward.line.pagers.start()
        try:
            await ward.line.is_now(State.UP)
            ward.ward.paged("28")
            assert await ward.noted(1) == [("p:17", "delivered")]
            await tell(ward)
        finally:
            ward.line.pagers.stop()
            ward.line.systems.stop()
            ward.ward.wards.stop()

    run(whole())


@pytest.mark.parametrize("wire", ROLES)
def test_a_nurse_acknowledges_on_her_pager(tmp_path: Path, wire: str) -> None:
    """Called, then acknowledged: in Chinese, in both roles."""

    async def tell(ward: Ward) -> None:
        await ward.says("paged")
        assert await ward.noted(2) == [("p:17", "delivered")] * 2
        await ward.says("acknowledged", times=2)
        await ward.answers.until(lambda answers: len(answers) == 3)
        assert (await ward.noted(3))[2:] == [("p:17", "accepted")]
        assert len(ward.results) == 3
        assert ward.ward.open("28").acknowledged_by == "寻呼机 17"
        assert len(ward.ward.heard(CallAcknowledged)) == 1

    story(tmp_path, wire, tell)


@pytest.mark.parametrize("wire", ROLES)
@pytest.mark.parametrize("status", ["absent", "fault", "transmitter-failure"])
def test_a_pager_that_fails_gives_way_to_the_next(tmp_path: Path, wire: str, status: str) -> None:
    """Without a moment of the ward's time."""

    async def tell(ward: Ward) -> None:
        await ward.says(status)
        await ward.noted(2)
        ward.ward.clock.advance(0)
        assert await ward.noted(3) == [("p:17", "delivered"), ("p:17", "failed"), ("p:18", "delivered")]
        pages = (await ward.line.ask("pages", pager="p"))["pages"]
        assert [(page["address"], page["text"]) for page in pages] == [
            (to, TEXT.format(bed="28")) for to in ("17", "18")
        ]

    story(tmp_path, wire, tell)


def test_each_status_can_be_said_of_whatever_page(tmp_path: Path) -> None:
    """By address, by another text, of a pager that was never paged: the box takes them all, and knows its own."""

    async def tell(ward: Ward) -> None:
        for status in STATUSES:
            await ward.says(status, text="其他")
            await ward.says(status, address="99")
        for status in STATUSES:
            await ward.says(status, address="17")
        said = {"queued", "paged", "absent", "acknowledged", "speech-open", "fault", "transmitter-failure"}
        await ward.answers.until(lambda answers: len(answers) == len(said))
        # A status and its acknowledgement: whatever was said before has been told by then.
        await ward.says("busy")
        assert len(ward.answers) == len(said)

    story(tmp_path, "espa-control", tell)


def test_what_cannot_be_said_is_refused(tmp_path: Path) -> None:
    """A status that is none, a system that is not there, one that has taken no page, is unplugged, or speaks TAP."""

    async def tell() -> None:
        for wire, error in (("espa-control", "took no such page"), ("tap", "knows no statuses")):
            hospital = Hospital(tmp_path / wire, row(wire, patience=1))
            PageStatuses(hospital.systems, ReactorClock(reactor)).register(hospital.simulator)
            assert "can say no sorry" in (await hospital.ask("page-status", status="sorry"))["error"]
            assert (
                "no simulated pager system" in (await hospital.ask("page-status", pager="q", status="paged"))["error"]
            )
            more = {"address": "17"} if wire == "tap" else {}
            assert error in (await hospital.ask("page-status", status="paged", **more))["error"]
            if wire == "espa-control":
                answer = await hospital.ask("page-status", status="paged", address="17", timeout=0.2)
                assert "nobody took the status within 0.2 seconds" in answer["error"]

    run(tell())


@pytest.mark.parametrize("wire", ROLES)
def test_a_transmitter_that_fails_is_on_the_status_page_until_it_sends_again(tmp_path: Path, wire: str) -> None:
    """Of no page of ours; the next thing that a pager was called for mends it. All of it is in the line's trace."""

    async def tell(ward: Ward) -> None:
        await ward.says("transmitter-failure", text="其他")
        await ward.line.is_now(State.DEGRADED)
        assert ward.line.health[-1].detail == TRANSMITTER_FAILED
        await ward.says("paged", text="其他")
        await ward.line.is_now(State.UP)
        trace = ward.line.traces.of("pager:p")
        told = [about for piece in trace.pieces() for about in piece.told if isinstance(about, Meant)]
        assert told == [Meant(TAKEN), Meant(TRANSMITTER_FAILED), Meant(NOT_OURS)]

    story(tmp_path, wire, tell)
