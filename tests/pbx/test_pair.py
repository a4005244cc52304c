"""What a call came to."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.foundation.clock import Since
from appliance.foundation.values import Ended
from pbx.leg import Gone, Latch, Leg
from pbx.pair import Pair, outcome
from tests.fakes.clock import START, FakeClock
from tests.support import now


@pytest.mark.parametrize(
    ("cause", "rang", "came_to"),
    [
        (17, True, "busy"),
        (17, False, "busy"),
        (19, True, "no-answer"),
        (18, True, "no-answer"),
        (18, False, "unreachable"),
        (102, True, "no-answer"),
        (102, False, "unreachable"),
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


@pytest.mark.parametrize(
    ("cause", "reply", "channel", "rang", "came_to"),
    [
        (1, 404, "PJSIP/trunk-telecom-free-1", False, "no-such-number"),
        (1, 404, "PJSIP/trunk-telecom-free-1", True, "no-such-number"),
        (22, 410, "PJSIP/trunk-telecom-1", False, "no-such-number"),
        (1, 0, "DAHDI/i1/13800138000-5", False, "no-such-number"),
        (1, 0, "PJSIP/trunk-telecom-1", False, "unreachable"),
        (1, 485, "PJSIP/trunk-telecom-1", False, "unreachable"),
        (3, 0, "DAHDI/i1/13800138000-5", False, "unreachable"),
    ],
)
def test_no_such_number_is_the_networks_word(cause: int, reply: int, channel: str, rang: bool, came_to: str) -> None:
    """By SIP's status or over ISDN; what Asterisk makes of its own troubles is no word of the network."""
    assert outcome(Gone.told(START, cause, reply, channel), rang) == came_to


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_setting_the_clock_makes_no_talk(hours: int) -> None:
    """A minute was talked, and a minute is told, whatever the clock of the exchange says at the end."""
    clock = FakeClock()
    board = SimpleNamespace(since=lambda at: Since(clock, at))
    caller, called = Leg("l1"), Leg("l2")
    pair = Pair(caller, called, "b1", cast(Any, board))
    called.up.set(START)
    clock.advance(30)
    clock.set(timedelta(hours=hours))
    clock.advance(30)
    called.gone.set(Gone(clock.now(), 16))
    assert pair.ended() == Ended("answered", START, START + timedelta(seconds=60))


def test_a_leg_lasts_no_longer_than_is_paid_for_it() -> None:
    """Whatever limit is set for the call that it is in; who talks with it is held to that alone."""
    held: dict[str, str] = {}

    async def hold(leg: str, name: str, value: str) -> None:
        held[leg] = value

    caller, called = Leg("l1"), Leg("l2")
    called.left = lambda: timedelta(seconds=30)
    pair = Pair(caller, called, "b1", cast(Any, SimpleNamespace(set=hold)))
    now(pair.hold_to(timedelta(seconds=60)))
    assert held == {"l1": "60.000", "l2": "30.000"}
    now(pair.hold_to(timedelta(seconds=20)))
    assert held == {"l1": "20.000", "l2": "20.000"}
    pair.linger = timedelta(seconds=5)
    now(pair.hold_to(timedelta(seconds=10)))
    assert held == {"l1": "15.000", "l2": "10.000"}, "the caller hears what follows"


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
