"""What a call came to."""

from __future__ import annotations

import pytest

from pbx.leg import Gone, Latch
from pbx.pair import outcome
from tests.fakes.clock import START


@pytest.mark.parametrize(
    ("cause", "rang", "came_to"),
    [
        (17, True, "busy"),
        (17, False, "busy"),
        (19, True, "no-answer"),
        (18, True, "no-answer"),
        (18, False, "unreachable"),
        (0, True, "no-answer"),
        (34, False, "congestion"),
        (21, False, "congestion"),
        (1, False, "unreachable"),
        (3, False, "unreachable"),
        (27, False, "unreachable"),
    ],
)
def test_a_cause_is_told_in_our_words(cause: int, rang: bool, came_to: str) -> None:
    """Q.850 in; silence is a person's if it rang, else the carrier's."""
    assert outcome(Gone(START, cause), rang) == came_to


def test_a_latch_happens_once_and_tells_everyone() -> None:
    """Before and after."""
    told: list[int] = []
    latch: Latch[int] = Latch()
    latch.then(told.append)
    latch.set(1)
    latch.set(2)
    latch.then(told.append)
    assert told == [1, 1]


def test_who_stops_waiting_is_not_told() -> None:
    """A cancelled wait leaves no trace."""
    latch: Latch[int] = Latch()
    waiting = latch.wait()
    waiting.addErrback(lambda _: None)
    waiting.cancel()
    latch.set(1)
