"""Time that has passed is not changed by who sets the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.foundation.clock import STEP, Since, UnbrokenClock
from tests.fakes.clock import START, FakeClock


@pytest.mark.parametrize("hours", [-30, -1, 0, 1, 30])
def test_setting_the_clock_lets_no_time_pass(hours: int) -> None:
    """Forward or back, by minutes or days: NTP after a power cut, a hand at night."""
    clock = FakeClock()
    since = Since(clock, START)
    clock.advance(60)
    clock.set(timedelta(hours=hours))
    clock.advance(60)
    assert since.ago() == timedelta(seconds=120)
    assert since.moment(clock.now()) == START + timedelta(seconds=120)


def test_a_moment_that_is_past_already_counts_from_then() -> None:
    """What was told a little late, or found when we were started."""
    clock = FakeClock()
    clock.advance(300)
    since = Since(clock, START)
    assert since.ago() == timedelta(seconds=300)


def test_small_differences_are_the_others_own() -> None:
    """The exchange's times are taken as they are: messages take a moment, clocks drift."""
    clock = FakeClock()
    since = Since(clock, START)
    clock.advance(60)
    clock.set(STEP)
    told = START + timedelta(seconds=59)
    assert since.moment(told) == told


def test_nothing_ends_before_it_began() -> None:
    """Whatever was told."""
    clock = FakeClock()
    since = Since(clock, START)
    clock.set(timedelta(hours=1))
    assert since.moment(START - timedelta(hours=5)) == START


def test_who_counts_by_it_is_not_disturbed() -> None:
    """As long as somebody does; afterwards the time of day is the right one."""
    clock, quiet = FakeClock(), False
    unbroken = UnbrokenClock(clock, lambda: quiet)
    clock.advance(60)
    assert unbroken.now() == START + timedelta(seconds=60)
    clock.set(timedelta(hours=-3))
    clock.advance(60)
    assert unbroken.now() == START + timedelta(seconds=120)
    quiet = True
    assert unbroken.now() == clock.now()
    quiet = False
    clock.advance(5)
    assert unbroken.now() == clock.now()


def test_a_clock_that_is_only_nudged_is_followed() -> None:
    """NTP does that all day long."""
    clock = FakeClock()
    unbroken = UnbrokenClock(clock, lambda: False)
    for _ in range(5):
        clock.set(timedelta(seconds=2))
        clock.advance(10)
        assert unbroken.now() == clock.now()
