"""A simulated ESPA 4.4.4 host asks what became of its call, over a real pseudo terminal, in both roles."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.health import State
from appliance.simulator.control import Answer
from nursecall.events import CallAcknowledged, CallEvent, CallRaised, CallReset
from nursecall.line_health import MISADDRESSED
from nursecall.plan_lines import TextLine
from nursecall.reading import Asked
from nursecall.standing import Standing
from tests.fakes.clock import FakeClock
from tests.real_reactor import reactor
from tests.simulator.test_ward import ROLES, Ward, line, story

SUBJECT: Any = {"call": "c", "ward": "a", "bed": "28", "call_type": "wc"}
WC = Asked("a", "28", "wc")


def told(answer: Answer) -> tuple[object, ...]:
    """What a host heard, without when."""
    return tuple(answer[key] for key in ("line", "address", "text", "status", "means"))


def said(status: int, means: str) -> tuple[object, ...]:
    """Of the call from the bathroom of bed 28."""
    return ("ward-a", "28", "28床 卫生间", status, means)


async def until(ward: Ward, count: int) -> list[tuple[object, ...]]:
    """All statuses that came, as soon as they are so many."""
    while len(rows := (await ward.ask("statuses"))["statuses"]) < count:
        # A question and its answer: whatever was queued before has been said then.
        await ward.pressed("1")
    return [told(row) for row in rows]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frame", [{}, {"data_bits": 7, "parity": "even", "stop_bits": 2, "encoding": "ascii"}])
def test_a_host_asks_and_is_answered(tmp_path: Path, role: str, frame: dict[str, Any]) -> None:
    """About its last call at the bed, or about a kind it names."""

    async def tell(ward: Ward) -> None:
        await ward.pressed("28", type="wc")
        ward.standings[WC] = Standing.PAGED
        answer = await ward.ask("status", bed="28")
        assert answer["ok"], answer
        assert told(answer)[3:] == (3, "paged")
        ward.standings[WC] = Standing.SPEECH_OPEN
        answer = await ward.ask("status", bed="28", type="wc")
        assert told(answer)[3:] == (7, "speech-open")
        answer = await ward.ask("status", bed="28", type="call")
        assert told(answer)[3:] == (5, "terminated")
        assert [told(row)[3] for row in (await ward.ask("statuses"))["statuses"]] == [3, 7, 5]

    story(tmp_path, tell, line(role, **frame))


@pytest.mark.parametrize("role", ROLES)
def test_a_host_is_told_unasked_where_the_plan_says_so(tmp_path: Path, role: str) -> None:
    """Its lamp of calls accepted."""

    def happens(ward: Ward, event: CallEvent, standing: Standing) -> None:
        ward.standings[WC] = standing
        ward.bus.publish(event)

    async def tell(ward: Ward) -> None:
        at = ward.clock.now()
        await ward.pressed("28", type="wc")
        happens(ward, CallRaised(at=at, line="ward-a", priority=2, **SUBJECT), Standing.QUEUED)
        assert await until(ward, 1) == [said(2, "queued")]
        happens(ward, CallAcknowledged(at=at, by="nurse", **SUBJECT), Standing.ACKNOWLEDGED)
        assert await until(ward, 2) == [said(2, "queued"), said(6, "acknowledged")]
        happens(ward, CallReset(at=at, waited=1, **SUBJECT), Standing.TERMINATED)
        assert (await until(ward, 3))[2:] == [said(5, "terminated")]

    story(tmp_path, tell, line(role, statuses=True))


@pytest.mark.parametrize("role", ROLES)
def test_questions_are_answered_through_noise(tmp_path: Path, role: str) -> None:
    """Random bytes all the time; each question has its own answer."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        await ward.ask("line", action="garble", seconds=600)
        for standing in (*Standing, *Standing):
            ward.standings[WC] = standing
            answer = await ward.ask("status", bed="28", type="wc", timeout=50)
            assert told(answer)[3:] == said(standing, standing.name.lower().replace("_", "-"))[3:]

    story(tmp_path, tell, line(role))


def test_a_host_that_calls_another_address_is_named_until_it_calls_ours(tmp_path: Path) -> None:
    """IT sees why the line is silent; when that is put right, all is well by itself."""
    time = FakeClock()

    async def told_last(ward: Ward, state: State, detail: str) -> None:
        """Second by second of our time, as the host goes on polling in its own."""
        while (ward.health[-1].state, ward.health[-1].detail) != (state, detail):
            time.advance(1)
            await sleep(ReactorClock(reactor), timedelta())

    async def tell(ward: Ward) -> None:
        await ward.pressed("28")
        await told_last(ward, State.UP, "")
        answer = await ward.ask("line", action="misaddress")
        assert answer["state"] == "misaddressed"
        await told_last(ward, State.DOWN, MISADDRESSED)
        assert dict(ward.health[-1].facts) == {"called": "9", "own": "2"}
        await ward.ask("line", action="ok")
        await told_last(ward, State.UP, "")
        await ward.pressed("29")
        assert [reading.bed for reading in ward.heard] == ["28", "29"]

    story(tmp_path, tell, line(), ours=time)


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    """Another wire, a bed that has not called, a line that is not there, one that is unplugged, a box that is mute."""
    text = TextLine.model_validate({"id": "text", "ward": "a", "device": "t", "protocol": "text"})

    async def tell(ward: Ward) -> None:
        assert "only ESPA 4.4.4" in (await ward.ask("status", line="text", bed="1"))["error"]
        assert "has called for nothing" in (await ward.ask("status", bed="1"))["error"]
        assert "no simulated line" in (await ward.ask("statuses", line="none"))["error"]
        await ward.ask("line", action="drop")
        assert "unplugged" in (await ward.ask("status", bed="1", type="wc"))["error"]
        await ward.ask("line", action="restore")
        ward.lines.stop()
        assert "nobody acknowledged" in (await ward.ask("status", bed="1", type="wc", timeout=0.3))["error"]

    story(tmp_path, tell, line(), text)


def test_a_box_that_has_no_answer_is_told_of(tmp_path: Path) -> None:
    """It takes the question, and says nothing."""

    async def tell(ward: Ward) -> None:
        await ward.is_now(State.UP)
        ward.standings = None  # type: ignore[assignment]
        answer = await ward.ask("status", bed="28", type="wc", timeout=0.5)
        assert "no status came within 0.5 seconds" in answer["error"] or "nobody acknowledged" in answer["error"]

    story(tmp_path, tell, line())
