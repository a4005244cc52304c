"""When the next certificate is asked for: a rule of moments, without a clock of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tls.renewal import FIRST, LONGEST, Standing, due_at, next_at, patience, unpacked
from tests.fakes.clock import START

DAY = timedelta(days=1)
LIFE = (START, START + 90 * DAY)
GOOD = Standing().succeeded("m", START)


@pytest.mark.parametrize(("days", "after"), [(90, 60 * DAY), (1, timedelta(hours=16)), (0.25, timedelta(hours=4))])
def test_at_two_thirds_of_its_life(days: float, after: timedelta) -> None:
    """However long that is."""
    ends = START + timedelta(days=days)
    assert due_at(START, ends) == START + after
    assert next_at(GOOD, "m", (START, ends), START) == START + after


def test_what_was_never_tried_is_asked_for_at_once() -> None:
    """Also when authority, names or key became others; what is there may be good for long."""
    for standing in (Standing(), GOOD, GOOD.failed("m", START, "why", ())):
        assert next_at(standing, "other", LIFE, START + DAY) == START + DAY


def test_each_failure_makes_it_wait_longer_up_to_six_hours() -> None:
    """Then one success makes all good."""
    standing, waits = GOOD, []
    for _ in range(9):
        standing = standing.failed("m", START, "why", (("name", "a"),))
        waits.append((next_at(standing, "m", LIFE, START) - START).total_seconds() / 60)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert standing.succeeded("m", START).failures == 0
    assert standing.failed("other", START, "why", ()).failures == 1


def test_a_certificate_of_a_day_is_asked_for_often_enough() -> None:
    """Six tries fit into its last third."""
    at, ends, tries = START + timedelta(hours=16), START + DAY, 0
    while at < ends:
        tries += 1
        at += patience(tries)
    assert tries >= 6


def test_an_authority_is_not_run_down() -> None:
    """By what is over as soon as it comes, or is gone again; never twice within five minutes."""
    over = (START - DAY, START - DAY / 2)
    for life in (over, None):
        assert next_at(GOOD, "m", life, START) == START + FIRST


def test_a_clock_that_was_ahead_holds_nothing_up() -> None:
    """A failure of next year, say."""
    ahead = Standing().failed("m", START + 365 * DAY, "why", ())
    assert next_at(ahead, "m", LIFE, START) == START


@given(st.integers(1, 10_000))
def test_no_wait_is_too_long_or_too_short(failures: int) -> None:
    """After any number of failures."""
    assert FIRST <= patience(failures) <= LONGEST


@pytest.mark.parametrize("standing", [Standing(), GOOD, GOOD.failed("m", START, "why", (("name", "a"),))])
def test_it_is_kept_whole(standing: Standing) -> None:
    """In a file, over a restart."""
    assert unpacked(standing.packed()) == standing
