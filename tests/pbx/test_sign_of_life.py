"""A carrier that says nothing is told from one that works on a call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from pbx.ari.messages import Changed, Channel, Dialled
from pbx.ari.transport import Unreachable
from pbx.leg import Gone, Leg
from pbx.sign_of_life import POST_DIAL, SILENCE, SignsOfLife
from pbx.switchboard import Switchboard
from tests.fakes.clock import START, FakeClock

CHANNEL = Channel("c1", "PJSIP/trunk-a-1", "Down")
A_MOMENT = timedelta(milliseconds=1)


class Engine:
    """An exchange in which the one channel has had `answers`; `hung_up` remembers what we ended."""

    def __init__(self) -> None:
        self.ari = self
        self.answers: str | None = ""
        self.hung_up: list[str] = []
        self.clock = FakeClock()
        self.leg = Leg("c1")
        self.signs = SignsOfLife(cast(Switchboard, self), self.clock)

    async def request(self, method: str, path: str, **query: Any) -> dict[str, str]:
        if self.answers is None:
            raise Unreachable("Asterisk does not answer")
        return {"value": self.answers}

    async def hang_up(self, identity: str) -> bool:
        self.hung_up.append(identity)
        return True


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.signs.watch(engine.leg)
    return engine


def test_silence_is_given_up(engine: Engine) -> None:
    """Not before its time."""
    engine.clock.advance(SILENCE - A_MOMENT)
    assert engine.hung_up == []
    engine.clock.advance(A_MOMENT)
    assert (engine.hung_up, engine.leg.given_up) == (["c1"], "silent")


def test_any_answer_is_life_and_is_given_its_time(engine: Engine) -> None:
    """100 Trying; then it must ring some day."""
    engine.answers = "PJSIP/trunk-a-1"
    engine.clock.advance(POST_DIAL - A_MOMENT)
    assert engine.hung_up == []
    engine.clock.advance(A_MOMENT)
    assert (engine.hung_up, engine.leg.given_up) == (["c1"], "slow")


@pytest.mark.parametrize(
    "event",
    [
        Dialled(START, CHANNEL, "RINGING"),
        Dialled(START, CHANNEL, "PROGRESS"),
        Changed(START, Channel("c1", "PJSIP/trunk-a-1", "Up")),
    ],
)
def test_what_rings_or_talks_is_left_alone(engine: Engine, event: Dialled | Changed) -> None:
    """However long it lasts."""
    engine.leg.hear(event)
    engine.clock.advance(timedelta(minutes=10))
    assert (engine.hung_up, engine.leg.given_up) == ([], "")


def test_what_is_gone_is_not_asked_after(engine: Engine) -> None:
    """Nothing is left to do."""
    engine.leg.gone.set(Gone(START, 34))
    engine.clock.advance(POST_DIAL)
    assert engine.hung_up == []
    assert engine.clock.twisted.getDelayedCalls() == []


def test_an_exchange_that_does_not_answer_decides_by_itself(engine: Engine) -> None:
    """Its own timer ends the call."""
    engine.answers = None
    engine.clock.advance(SILENCE)
    assert (engine.hung_up, engine.leg.given_up) == ([], "")


def test_nothing_is_watched_after_the_end(engine: Engine) -> None:
    """Calls go on, held to their limits."""
    engine.signs.stop()
    engine.clock.advance(POST_DIAL)
    assert engine.hung_up == []
