"""Coroutines that nobody awaits."""

from __future__ import annotations

from appliance.foundation.tasks import AGAIN, Tasks
from tests.fakes.clock import FakeClock


def test_what_fails_is_done_again_until_it_is_done() -> None:
    """Records that are not there yet at start are there later."""
    clock, tasks, tries = FakeClock(), Tasks(), list[int]()

    async def work() -> None:
        tries.append(len(tries))
        if len(tries) < 3:
            raise OSError("not yet")

    done = tasks.start(tasks.until_done(work, "reading", clock), "reading")
    assert tries == [0]
    clock.advance(AGAIN)
    assert not done.called
    clock.advance(AGAIN)
    assert done.called
    clock.advance(AGAIN)
    assert tries == [0, 1, 2]


def test_stopping_ends_the_tries() -> None:
    """A box that is switched off tries nothing any more."""
    clock, tasks, tries = FakeClock(), Tasks(), list[int]()

    async def work() -> None:
        tries.append(len(tries))
        raise OSError("never")

    tasks.start(tasks.until_done(work, "reading", clock), "reading")
    tasks.stop()
    clock.advance(AGAIN)
    assert tries == [0]
