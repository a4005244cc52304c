"""How well trunks carry calls out, and which fall below what the plan asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pbx.plan import PbxPlan
from pbx.plan_outgoing import OutgoingPlan, QualityFloor
from pbx.plan_trunks import SipTrunk
from pbx.traffic.quality import Quality
from pbx.traffic.traffic import Traffic
from pbx.trunk_lines import LineCall
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

TELECOM = SipTrunk.model_validate(
    {"id": "telecom", "name": {"zh": "电信", "en": "Telecom"}, "tariff": "cost", "host": "10.0.0.1"}
)


class House:
    """A trunk, a floor, and calls."""

    def __init__(self, **floor: Any) -> None:
        self.clock = FakeClock()
        plan = PbxPlan(trunks=(TELECOM,), outgoing=OutgoingPlan(quality=QualityFloor(**floor)))
        self.quality = Quality(lambda: plan, self.clock)

    def call(self, answered: bool, *, rings_after: float = 2, incoming: bool = False) -> LineCall:
        """One over `telecom`, over now."""
        at = self.clock.now()
        rang = at + timedelta(seconds=rings_after)
        answer = rang + timedelta(seconds=3) if answered else None
        outcome = "answered" if answered else "no-answer"
        found = LineCall("telecom", incoming, at, answer, at + timedelta(seconds=30), outcome, rang_at=rang)
        self.quality.over(found)
        return found

    def said(self) -> str:
        why = self.quality.below("telecom")
        return why.text("en") if why else ""


def test_too_few_answers_put_a_trunk_last() -> None:
    """Once there are calls enough for a verdict; calls in tell nothing."""
    house = House(answered=50, calls=4)
    for answered in (True, False, False):
        house.call(answered)
    for _ in range(9):
        house.call(True, incoming=True)
    assert house.said() == ""
    house.call(False)
    assert house.said() == "“Telecom” comes last: 25 % of its 4 calls in 4 h were answered, the plan asks 50 %."
    for _ in range(2):
        house.call(True)
    assert house.said() == ""


def test_a_trunk_that_is_slow_to_ring_comes_last() -> None:
    """On average, of those that rang."""
    house = House(ringing_seconds=5, calls=2)
    house.call(True, rings_after=9)
    assert house.said() == ""
    house.call(True, rings_after=4.2)
    assert house.said() == "“Telecom” comes last: it took 6.6 s to ring on average in 4 h, the plan allows 5 s."


def test_after_its_hours_it_gets_another_chance() -> None:
    """Nobody calls over a trunk that comes last, so nothing else could clear it."""
    house = House(answered=50, calls=1, hours=2)
    house.call(False)
    assert house.said() != ""
    house.clock.advance(2 * 3600 + 1)
    assert house.said() == ""


def test_without_a_floor_nothing_is_judged() -> None:
    """As in a plan that says nothing of quality; nor a trunk that is no longer in the plan."""
    house = House(calls=1)
    house.call(False)
    assert house.said() == ""
    strict = House(answered=90, calls=1)
    strict.call(False)
    assert strict.quality.below("gone") is None


def test_what_was_before_the_start_counts() -> None:
    """From the hours of the records."""
    before, database = House(), InlineDatabase()
    traffic = Traffic(database, before.clock)
    for answered in (False, True, False):
        traffic.over(before.call(answered))
    now(traffic.write())
    house = House(answered=50, calls=3)
    now(house.quality.load(Traffic(database, house.clock)))
    assert house.said().startswith("“Telecom” comes last: 33 % of its 3 calls")
