"""Whose a call is: that a life before connected, and whose end is near."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.foundation.tasks import Tasks
from pbx.dialer import Dialer
from pbx.leg import Leg
from pbx.pair import Pair
from pbx.switchboard import Switchboard
from tests.fakes.clock import FakeClock
from tests.support import now


@pytest.mark.parametrize(
    ("channel", "payer", "theirs"),
    [
        ("PJSIP/8001-0000002a", "8001", True),
        ("PJSIP/28001-0000002a", "8001", False),
        ("PJSIP/8002-0000002a", "8001", False),
        ("PJSIP/trunk-telecom-0000002a", "", False),
        ("PJSIP/trunk-telecom-0000002a", "13700000000", False),
    ],
)
def test_a_call_is_given_back_to_whom_it_was_paid_by_and_to_nobody_else(channel: str, payer: str, theirs: bool) -> None:
    """It may have been handed on: not to an extension whose number ends alike, nor where the payer showed no number."""
    clock = FakeClock()
    board = Switchboard(cast(Any, None), cast(Any, None), clock)
    pair = Pair(Leg("a", channel), Leg("c-out-1", "PJSIP/trunk-telecom-0000002b"), "c-bridge-1", board)

    async def rejoin(call: str) -> Pair:
        return pair

    past = cast(Any, SimpleNamespace(rejoin=rejoin))
    nobody = cast(Any, None)
    dialer = Dialer(board, nobody, nobody, past, clock, nobody)
    caller = now(dialer.regain("c", payer))
    assert (caller is not None) is theirs


class Talks:
    """A dialer in whose talks a sound is played to somebody; `heard` by whom."""

    def __init__(self) -> None:
        self.clock, self.heard = FakeClock(), list[str]()
        nobody = cast(Any, None)
        self.board = Switchboard(
            cast(Any, SimpleNamespace(attempt=self._attempt, request=self._attempt)), nobody, self.clock
        )
        self.dialer = Dialer(self.board, nobody, nobody, nobody, self.clock, nobody)
        self.tasks = Tasks()

    async def _attempt(self, method: str, path: str, **asked: str) -> bool:
        if path.endswith("/play"):
            self.heard.append(path.split("/")[1])
        return True

    def talk(self, call: str, caller: str, called: str) -> Pair:
        """Two who talk, by the endpoints that are their names."""
        first, second = (self.board.leg(name, f"PJSIP/{name}-00000001") for name in (caller, called))
        pair = Pair(first, second, f"{call}-bridge-1", self.board)
        self.tasks.start(self.dialer.until_over(call, pair), call)
        return pair

    def warned(self, call: str) -> list[str]:
        """Who hears that the end is near."""
        self.heard.clear()
        now(self.dialer.warn(call, [Path("one-minute-is-left.wav")]))
        return self.heard


def test_who_dials_hears_that_the_end_is_near() -> None:
    """The far end does not; nor does anybody in a call that nobody is in."""
    talks = Talks()
    talks.talk("c", "8001", "trunk-telecom")
    assert talks.warned("c") == ["8001"]
    assert talks.warned("other") == []


def test_who_answers_where_calls_are_sent_on_hears_it() -> None:
    """They are who pays, or stand for them: with a caller of the house, who hears it too, or with one from outside."""
    talks = Talks()
    sent = talks.talk("sent", "8004", "trunk-mobile")
    talks.dialer.answers_for("sent", sent.called, None)
    assert talks.warned("sent") == ["8004", "trunk-mobile"]
    grown = talks.talk("came-in", "trunk-telecom", "trunk-unicom")
    talks.dialer.answers_for("grown", grown.called, None)
    assert talks.warned("grown") == ["trunk-unicom"]
    assert talks.warned("came-in") == ["trunk-telecom"]


def test_who_was_handed_a_paid_call_hears_it() -> None:
    """Whoever paid has left; before another of the house has it, and where that is outside, nobody does."""
    talks = Talks()
    paid = talks.talk("c", "8001", "trunk-telecom")
    now(talks.dialer.let_go("c", paid.caller))
    assert talks.warned("c") == []
    talks.talk("handed-on", "trunk-telecom", "8005")
    assert talks.warned("c") == ["8005"]
    abroad = Talks()
    paid = abroad.talk("c", "8001", "trunk-telecom")
    now(abroad.dialer.let_go("c", paid.caller))
    abroad.talk("handed-on", "trunk-telecom", "trunk-unicom")
    assert abroad.warned("c") == []
