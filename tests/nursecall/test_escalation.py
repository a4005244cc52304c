"""Patience and who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nursecall.escalation import Escalation, on_duty
from tests.fakes.clock import FakeClock
from tests.nursecall.a_ward import ZONE, plan

PATIENCE = timedelta(seconds=120)


def watching(clock: FakeClock) -> tuple[Escalation, list[str]]:
    """An escalation, and the calls that were overdue."""
    overdue: list[str] = []
    return Escalation(clock, overdue.append), overdue


def test_a_call_is_overdue_when_patience_is_over() -> None:
    """Not a second earlier, and once."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now(), PATIENCE)
    clock.advance(119.9)
    assert overdue == []
    clock.advance(0.1)
    clock.advance(1000)
    assert overdue == ["a"]


def test_a_call_that_is_forgotten_is_never_overdue() -> None:
    """Also when it is forgotten twice."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now(), PATIENCE)
    escalation.forget("a")
    escalation.forget("a")
    clock.advance(1000)
    assert overdue == []


def test_patience_that_is_over_already_is_over_at_once() -> None:
    """As after a restart."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() - timedelta(hours=1), PATIENCE)
    clock.advance(0)
    assert overdue == ["a"]


def test_watching_again_replaces_the_timer() -> None:
    """One call, one timer."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now(), PATIENCE)
    escalation.watch("a", clock.now(), timedelta(seconds=10))
    clock.advance(1000)
    assert overdue == ["a"]


def test_a_clock_that_was_set_back_does_not_lengthen_patience() -> None:
    """A call “raised tomorrow” waits no longer than any other."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() + timedelta(days=1), PATIENCE)
    clock.advance(120)
    assert overdue == ["a"]


def test_nothing_is_overdue_after_stop() -> None:
    """Every timer is gone."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    for call in "abc":
        escalation.watch(call, clock.now(), PATIENCE)
    escalation.stop()
    assert clock.twisted.getDelayedCalls() == []
    assert overdue == []


@pytest.mark.parametrize(
    ("hour", "minute", "nurses", "mobiles"),
    [
        (8, 0, ("李静", "王芳"), ("13800000001", "13800000002")),
        (19, 59, ("李静", "王芳"), ("13800000001", "13800000002")),
        (20, 0, ("赵敏",), ("13800000003",)),
        (3, 0, ("赵敏",), ("13800000003",)),
        (7, 59, ("赵敏",), ("13800000003",)),
    ],
)
def test_who_is_on_duty_goes_by_the_sites_clock(
    hour: int, minute: int, nurses: tuple[str, ...], mobiles: tuple[str, ...]
) -> None:
    """Eight in Shanghai is midnight in UTC; the night shift crosses midnight."""
    ward = plan().wards[0]
    at = datetime(2026, 3, 2, hour, minute, tzinfo=ZONE).astimezone(UTC)
    assert on_duty(ward, at, ZONE) == (nurses, mobiles)


def test_nobody_is_on_duty_in_a_ward_without_a_roster() -> None:
    """Which is no fault here."""
    assert on_duty(plan().wards[1], datetime(2026, 3, 2, tzinfo=UTC), ZONE) == ((), ())
