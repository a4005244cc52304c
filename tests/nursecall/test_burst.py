"""Power returns on the bus and a whole ward calls at once; or a line goes mad. Nobody is forgotten."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from nursecall.events import AnnouncementDue, CallRaised
from tests.nursecall.a_ward import AWard, plan


def a_wide_ward(beds: int) -> AWard:
    """With so many beds."""
    wards = plan().model_dump()["wards"][:1]
    return AWard(plan(wards=[wards[0] | {"beds": (f"1-{beds}",)}], lines=[{"id": "l1", "ward": "w1", "device": "l1"}]))


def test_sixty_presses_in_ten_seconds_are_all_shown_and_all_spoken() -> None:
    """Every one on record and on the screen, oldest first; each is heard before long, none twice before all once."""
    ward = a_wide_ward(60)
    for bed in range(1, 61):
        ward.press(str(bed))
        ward.clock.advance(10 / 60)
    calls = ward.wards.open()
    assert [call.bed for call in calls] == [str(bed) for bed in range(1, 61)]
    assert all(call.stored for call in calls)
    assert len(ward.journal()) == 60
    for bed in range(1, 61):
        ward.acknowledge(str(bed)) if bed % 2 else ward.reset(str(bed))
    assert len(ward.wards.open()) == 30


def test_everybody_is_heard() -> None:
    """One after another, six seconds each."""
    ward = a_wide_ward(60)
    for bed in range(1, 61):
        ward.press(str(bed))
    ward.wait(60 * 6 * 3)
    assert {event.bed for event in ward.heard(AnnouncementDue)} == {str(bed) for bed in range(1, 61)}


def steps(what: Callable[[], None]) -> int:
    """How many functions were called in doing it."""
    count = 0

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        what()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", ["call", "code"])
def test_twice_as_many_calls_are_twice_as_much_work(kind: str) -> None:
    """Not four times: a line that floods us must not bring the house down."""

    async def written(_changes: object) -> None:
        """SQL costs the same each time, and much more than what is measured here."""

    def flood(beds: int) -> int:
        ward = AWard()
        ward.wards._held._scribe._write = written

        def go() -> None:
            for bed in range(beds):
                ward.press(f"x{bed}", kind)
                ward.press(f"x{bed}", kind)
                ward.presence(f"x{bed}", True)
            for bed in range(beds):
                ward.reset(f"x{bed}")

        work = steps(go)
        assert len(ward.heard(CallRaised)) == beds
        ward.wards.stop()
        return work

    assert flood(400) < 2.5 * flood(200)


def test_resets_without_end_before_the_records_are_read_take_no_room() -> None:
    """What is kept is one a bed and type."""
    ward = AWard()
    ward.press("28")
    ward.database.broken = OSError("no disk")
    ward.restart()

    def flood(times: int) -> int:
        def go() -> None:
            for _ in range(times):
                ward.reset("1", "call")

        return steps(go)

    assert flood(2000) < 2.5 * flood(1000)
    ward.database.broken = None
    ward.clock.advance(2)
    assert [call.bed for call in ward.wards.open()] == ["28"]
