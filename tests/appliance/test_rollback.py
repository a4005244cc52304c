"""A plan that breaks what worked is taken back by the box itself, and only such a plan."""

from __future__ import annotations

import pytest

from appliance import revisions
from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import entries
from appliance.rollback import Rollback, take_back, working
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tests.test_sample_hospital import HOSPITAL

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")


class Box:
    """A box whose parts say what a test wants."""

    def __init__(self) -> None:
        self.clock, self.bus = FakeClock(), Bus()
        self.taken: list[str] = []
        self.rollback = Rollback(self.clock, self.bus, self.taken.append)

    def says(self, part: str, state: State) -> HealthChanged:
        """A part's word."""
        event = HealthChanged(at=self.clock.now(), part=part, state=state)
        self.bus.publish(event)
        return event


@pytest.fixture
def box() -> Box:
    """Where line a and the exchange worked before the plan came into force."""
    box = Box()
    box.rollback.watch({"line:a", "exchange:asterisk"}, [])
    return box


@pytest.mark.parametrize("part", ["line:a", "exchange:asterisk"])
def test_a_part_that_stays_down_takes_the_plan_with_it(box: Box, part: str) -> None:
    """After a minute, once."""
    box.says(part, State.DOWN)
    box.clock.advance(59)
    assert box.taken == []
    box.says(part, State.DOWN)
    box.clock.advance(1)
    assert box.taken == [part]
    box.clock.advance(600)
    assert box.taken == [part]


def test_a_part_that_comes_back_is_forgiven(box: Box) -> None:
    """Lines are opened anew with every plan."""
    box.says("line:a", State.STARTING)
    box.clock.advance(50)
    box.says("line:a", State.UP)
    box.clock.advance(600)
    assert box.taken == []


def test_a_part_that_was_down_before_is_no_reason(box: Box) -> None:
    """Nor one that the plan cannot cost."""
    for part in ("line:b", "trunk:telecom", "sms:sms1"):
        box.says(part, State.DOWN)
    box.clock.advance(600)
    assert box.taken == []


def test_a_plan_that_has_worked_for_long_is_not_blamed(box: Box) -> None:
    """Five minutes; what went down just before is still waited for."""
    box.clock.advance(290)
    box.says("line:a", State.DOWN)
    box.clock.advance(20)
    box.says("exchange:asterisk", State.DOWN)
    box.clock.advance(40)
    assert box.taken == ["line:a"]
    late = Box()
    late.rollback.watch({"line:a"}, [])
    late.clock.advance(301)
    late.says("line:a", State.DOWN)
    late.clock.advance(600)
    assert late.taken == []


def test_a_part_that_is_down_already_when_the_watch_begins(box: Box) -> None:
    """It went down while the plan was taken up."""
    box.rollback.watch({"line:a"}, [HealthChanged(at=box.clock.now(), part="line:a", state=State.DOWN)])
    box.clock.advance(60)
    assert box.taken == ["line:a"]


def test_what_counts_as_working() -> None:
    """Lines and the exchange, up or degraded."""
    box = Box()
    said = [("line:a", State.UP), ("line:b", State.DOWN), ("exchange:x", State.DEGRADED), ("sms:s", State.UP)]
    assert working([box.says(*one) for one in said]) == {"line:a", "exchange:x"}


def test_the_plan_before_is_put_back_and_that_is_on_record() -> None:
    """By the box, with the part that stayed down."""
    database, clock = InlineDatabase(), FakeClock()
    with database.engine.begin() as connection:
        for number, text in ((1, TEXT), (2, TEXT + "# changed\n")):
            revisions.keep(connection, text, by="it", note="", at=clock.now())
            revisions.activate(connection, number, by="it", at=clock.now())
    done = now(take_back(database, clock, "line:ward-a"))
    assert done is not None
    assert done.to == 1
    with database.engine.begin() as connection:
        active = revisions.active(connection)
        last = list(entries(connection))[-1]
    assert active is not None
    assert active.id == 1
    assert last.kind == "appliance.PlanTakenBack"
    assert (last.body["revision"], last.body["to"], last.body["part"]) == (2, 1, "line:ward-a")


def test_the_first_plan_has_nothing_before_it() -> None:
    """It stays."""
    database, clock = InlineDatabase(), FakeClock()
    with database.engine.begin() as connection:
        revisions.keep(connection, TEXT, by="it", note="", at=clock.now())
        revisions.activate(connection, 1, by="it", at=clock.now())
    assert now(take_back(database, clock, "line:ward-a")) is None
