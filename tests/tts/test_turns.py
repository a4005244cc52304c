"""One at a time, the urgent first; and waiting that ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred

from tests.fakes.clock import FakeClock
from tests.support import now
from tts.deadline import TimeUp, within
from tts.turns import Turns


class Job:
    """Takes its turn, then waits to be finished."""

    def __init__(self, turns: Turns, name: str, begun: list[str], *, urgent: bool) -> None:
        self.finish: Deferred[None] = Deferred()
        self.done = Deferred.fromCoroutine(self._run(turns, name, begun, urgent))

    async def _run(self, turns: Turns, name: str, begun: list[str], urgent: bool) -> None:
        async with turns.turn(urgent=urgent):
            begun.append(name)
            await self.finish


def test_the_urgent_go_first_and_the_others_in_order() -> None:
    """A nurse's call overtakes every sentence made in advance but the one under way."""
    turns, begun = Turns(), list[str]()
    jobs = [Job(turns, name, begun, urgent=name.isupper()) for name in "abcXY"]
    for job in (jobs[0], jobs[3], jobs[4], jobs[1], jobs[2]):
        job.finish.callback(None)
    assert begun == ["a", "X", "Y", "b", "c"]
    assert all(job.done.called for job in jobs)


def test_one_that_gives_up_does_not_block_the_queue() -> None:
    """Whether it waits or is under way."""
    turns, begun = Turns(), list[str]()
    first, second, third = (Job(turns, name, begun, urgent=True) for name in "abc")
    for job in (second, first):
        job.done.addErrback(lambda _: None)
        job.done.cancel()
    assert begun == ["a", "c"]
    third.finish.callback(None)
    Job(turns, "d", begun, urgent=False).finish.callback(None)
    assert begun == ["a", "c", "d"]


def test_waiting_ends_at_the_deadline() -> None:
    """And what was waited for is cancelled."""
    clock, cancelled = FakeClock(), list[object]()
    slow: Deferred[str] = Deferred(cancelled.append)
    outcome = Deferred.fromCoroutine(within(clock, timedelta(seconds=2), slow))
    clock.advance(1.9)
    assert cancelled == []
    clock.advance(0.2)
    assert cancelled == [slow]
    with pytest.raises(TimeUp):
        now(_awaited(outcome))


def test_what_comes_in_time_is_passed_on() -> None:
    """And no timer is left behind."""
    clock = FakeClock()
    quick: Deferred[str] = Deferred()
    outcome = Deferred.fromCoroutine(within(clock, timedelta(seconds=2), quick))
    quick.callback("said")
    assert now(_awaited(outcome)) == "said"
    assert clock.twisted.getDelayedCalls() == []


async def _awaited(outcome: Deferred[str]) -> str:
    return await outcome
