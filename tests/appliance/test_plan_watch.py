"""A plan that came into force is taken back where it breaks what worked, and kept where somebody wants it so."""

from __future__ import annotations

from datetime import timedelta

from appliance import revisions
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import entries
from appliance.plan import Plan
from appliance.plan_watch import PlanWatch, at_stake
from appliance.rollback import PATIENCE, WINDOW
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tests.test_sample_hospital import HOSPITAL
from web.plans import TakenBack, Threat

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
LINE = "line:ward-a"


class Box:
    """Revision 1 worked; revision 2 has come into force after it."""

    def __init__(self) -> None:
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        self.shown = 0
        with self.database.engine.begin() as connection:
            for number, text in ((1, TEXT), (2, TEXT + "# changed\n")):
                revisions.keep(connection, text, by="it", note="", at=START)
                revisions.activate(connection, number, by="it", at=START)
        self.watch = PlanWatch(self.database, self.clock, self.bus, self._in_force, self._changed)
        self.watch.watch(2, [LINE], [])

    @property
    def active(self) -> int:
        """Which revision is in force."""
        with self.database.engine.begin() as connection:
            return revisions.slots(connection)[revisions.ACTIVE]

    async def _in_force(self) -> None:
        """As the composition does it: with the part that the second revision breaks."""
        self.watch.watch(self.active, [LINE], [self.says(State.DOWN if self.active == 2 else State.UP)])

    def _changed(self) -> None:
        self.shown += 1

    def says(self, state: State) -> HealthChanged:
        """The line's word."""
        event = HealthChanged(at=self.clock.now(), part=LINE, state=state)
        self.bus.publish(event)
        return event

    def told(self) -> list[str]:
        """What the journal has of plans, the first four lines apart, which are the box's beginning."""
        with self.database.engine.begin() as connection:
            return [entry.kind.removeprefix("appliance.") for entry in entries(connection)][4:]


def test_a_plan_that_breaks_a_line_is_threatened_and_then_taken_back() -> None:
    """Each is said while it is so; what the box has put back itself is not taken back again."""
    box = Box()
    assert (box.watch.threat(), box.watch.taken_back()) == (None, None)
    box.says(State.DOWN)
    assert box.watch.threat() == Threat(2, LINE, START + PATIENCE)
    box.clock.advance(PATIENCE.total_seconds())
    assert (box.active, box.watch.threat()) == (1, None)
    assert box.watch.taken_back() == TakenBack(2, 1, LINE)
    box.says(State.DOWN)
    box.clock.advance(WINDOW.total_seconds())
    assert (box.active, box.told()) == (1, ["PlanActivated", "PlanTakenBack"])


def test_a_threatened_plan_is_kept_by_somebody() -> None:
    """Who, and in spite of what, is on record; it is blamed no more."""
    box = Box()
    box.says(State.DOWN)
    assert now(box.watch.keep("it")) == 2
    box.clock.advance(WINDOW.total_seconds())
    assert (box.active, box.watch.threat(), box.told()) == (2, None, ["PlanKeptAnyway"])


def test_what_was_taken_back_is_put_in_force_again_for_good() -> None:
    """The part goes down as before, and nobody is asked again."""
    box = Box()
    box.says(State.DOWN)
    box.clock.advance(PATIENCE.total_seconds())
    assert now(box.watch.keep("it")) == 2
    assert (box.active, box.watch.taken_back()) == (2, None)
    box.clock.advance((WINDOW + PATIENCE + timedelta(seconds=1)).total_seconds())
    assert box.active == 2
    assert box.told()[-2:] == ["PlanActivated", "PlanKeptAnyway"]
    assert now(box.watch.keep("it")) is None


def test_another_plan_is_watched_anew_and_says_nothing_of_the_one_before() -> None:
    """Somebody has mended it, or thinks so."""
    box = Box()
    box.says(State.DOWN)
    box.clock.advance(PATIENCE.total_seconds())
    box.watch.watch(3, [LINE], [])
    assert box.watch.taken_back() is None
    box.says(State.DOWN)
    threat = box.watch.threat()
    assert threat is not None
    assert threat.revision == 3


def test_an_exchange_that_refuses_the_plan_is_not_waited_for() -> None:
    """Patience is for what may still come."""
    box = Box()
    box.watch.watch(2, ["exchange:asterisk"], [])
    box.watch.refused("exchange:asterisk")
    assert box.watch.taken_back() == TakenBack(2, 1, "exchange:asterisk")
    assert box.active == 1


def test_what_a_life_before_took_back_is_still_said() -> None:
    """Until somebody puts another plan in force."""
    box = Box()
    box.says(State.DOWN)
    box.clock.advance(PATIENCE.total_seconds())
    for expected in (TakenBack(2, 1, LINE), None):
        again = PlanWatch(box.database, box.clock, Bus(), box._in_force, lambda: None)
        now(again.load())
        assert again.taken_back() == expected
        with box.database.engine.begin() as connection:
            revisions.activate(connection, 2, by="it", at=START)


def test_what_is_at_stake() -> None:
    """What works: the exchange, and lines and trunks that are still planned and whose own plan has changed."""
    before = parse(TEXT, Plan)
    after = parse(TEXT.replace("channels = 30", "channels = 7", 1), Plan)
    [line] = [one for one in before.nursecall.lines if one.id == "ward-a"]
    moved = tuple(one.model_copy(update={"device": "other"}) if one is line else one for one in before.nursecall.lines)
    rewired = before.model_copy(update={"nursecall": before.nursecall.model_copy(update={"lines": moved})})
    names = (
        "line:ward-a",
        "line:ward-b",
        "line:gone",
        "exchange:asterisk",
        "trunk:telecom",
        "trunk:unicom",
        "sms:sms1",
    )
    parts = [HealthChanged(at=START, part=name, state=State.UP) for name in names]
    assert at_stake(parts, before, after) == {"exchange:asterisk", "trunk:telecom"}
    assert at_stake(parts, before, rewired) == {"exchange:asterisk", "line:ward-a"}
    assert at_stake(parts, before, before) == {"exchange:asterisk"}
    down = [HealthChanged(at=START, part=name, state=State.DOWN) for name in names]
    assert at_stake(down, before, after) == frozenset()
