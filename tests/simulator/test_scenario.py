"""A ward at work: the load is the one to plan for, the same seed tells the same story, and it can be ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import quantiles

import pytest

from appliance.foundation.config import parse
from appliance.plan import Plan
from appliance.simulator.control import Answer, Request, Simulator
from appliance.simulator.scenario import LOADS, Scenarios, Story
from appliance.simulator.ward_beds import Beds, Place
from nursecall.plan import NurseCallPlan
from tests.fakes.clock import FakeClock
from tests.support import now
from tests.test_sample_hospital import HOSPITAL

FORTY = [Place("a", str(bed), "line", ("call", "wc", "code"), ()) for bed in range(1, 41)]


@pytest.fixture(scope="module")
def plan() -> NurseCallPlan:
    """Of the sample hospital."""
    return parse((HOSPITAL / "plan.toml").read_text("utf-8"), Plan).nursecall


class Told:
    """A simulator that only remembers."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def ask(self, request: Request) -> Answer:
        self.requests.append(request)
        return {"ok": True}

    def of(self, verb: str) -> list[str]:
        """The beds it was said of."""
        return [request["bed"] for request in self.requests if request["verb"] == verb]


class Stage:
    """Scenarios over the sample hospital."""

    def __init__(self, plan: NurseCallPlan) -> None:
        self.clock, self.told, self.simulator = FakeClock(), Told(), Simulator()
        beds = Beds(plan, [line.id for line in plan.lines])
        self.scenarios = Scenarios(plan, beds, self.clock, self.told.ask)
        self.scenarios.register(self.simulator)

    def do(self, verb: str, **request: object) -> Answer:
        """As the control socket would."""
        return now(self.simulator.answer({"verb": verb, **request}))


@pytest.fixture
def stage(plan: NurseCallPlan) -> Iterator[Stage]:
    """Ended afterwards."""
    stage = Stage(plan)
    yield stage
    stage.scenarios.stop()


def test_a_heavy_night_is_as_heavy_as_planned_for() -> None:
    """Seventeen calls a bed a day, two and a half times that in the hour; a fifth of the beds make seven tenths."""
    story = Story(FORTY, LOADS["heavy-night"], ("code",), seed=3)
    told = [story.next() for _ in range(20_000)]
    an_hour = 3600 / (sum(one.after for one in told) / len(told))
    assert an_hour == pytest.approx(17 * 40 / 24 * 2.5, rel=0.03)
    beds = Counter(one.place.bed for one in told).most_common(8)
    assert sum(count for _, count in beds) / len(told) == pytest.approx(0.7, abs=0.02)
    assert sum(one.kind == "code" for one in told) / len(told) == pytest.approx(0.05, abs=0.01)


def test_staff_come_as_late_as_they_do() -> None:
    """2.5 minutes in the median, 7.5 at p90, 18 at p99."""
    story = Story(FORTY, LOADS["quiet-hour"], ("code",), seed=4)
    cuts = quantiles((story.next().staff / 60 for _ in range(40_000)), n=100)
    assert cuts[49] == pytest.approx(2.5, rel=0.05)
    assert cuts[89] == pytest.approx(7.5, rel=0.05)
    assert cuts[98] == pytest.approx(18, rel=0.08)


def test_the_same_seed_tells_the_same_story() -> None:
    """And another seed another one."""

    def beds(seed: int) -> list[str]:
        story = Story(FORTY, LOADS["heavy-night"], (), seed)
        return [story.next().place.bed for _ in range(30)]

    assert beds(1) == beds(1) != beds(2)


def test_whoever_calls_is_come_to(stage: Stage) -> None:
    """After the hour and the last visit, each bed that called has been reset."""
    state = stage.do("scenario", name="heavy-night", ward="ward-a", speed=10)
    assert state["running"], state
    for _ in range(1500):
        stage.clock.advance(1)
    assert not stage.do("scenario")["running"]
    assert len(stage.told.of("press")) > 40
    assert set(stage.told.of("reset")) == set(stage.told.of("press"))
    assert stage.do("scenario")["waiting"] == 0


def test_speed_is_how_much_faster(stage: Stage) -> None:
    """Ten times as many calls in the same minutes."""
    stage.do("scenario", name="heavy-night", ward="ward-a", speed=10, minutes=600)
    for _ in range(600):
        stage.clock.advance(1)
    assert len(stage.told.of("press")) == pytest.approx(17 * 40 / 24 / 3600 * 2.5 * 10 * 600, rel=0.4)


def test_power_returns_and_sixty_terminals_call(stage: Stage) -> None:
    """In about ten seconds, then no more."""
    stage.do("scenario", name="power-back", ward="ward-a")
    for _ in range(300):
        stage.clock.advance(0.1)
    assert len(stage.told.of("press")) == 60
    assert not stage.do("scenario")["running"]


def test_stopped_it_leaves_the_ward_in_order(stage: Stage) -> None:
    """Nobody calls any more, and whoever waits is attended to at once."""
    stage.do("scenario", name="power-back", ward="ward-a")
    for _ in range(50):
        stage.clock.advance(0.1)
    before = len(stage.told.of("press"))
    assert stage.do("scenario-stop")["waiting"] == 0
    assert set(stage.told.of("reset")) == set(stage.told.of("press"))
    stage.clock.advance(3600)
    assert len(stage.told.of("press")) == before > 0


def test_what_there_is_not_is_named(stage: Stage) -> None:
    """One sentence with what there is."""
    assert "heavy-night" in stage.do("scenario", name="carnival", ward="ward-a")["error"]
    assert stage.do("scenario", name="quiet-hour", ward="nowhere")["error"].startswith("No bed of ward nowhere")


def test_each_bed_is_pressed_on_its_own_wire(stage: Stage) -> None:
    """Ward C: contacts name their beds; what they are not wired for cannot be pressed there."""
    beds = {row["bed"]: row for row in stage.do("beds", ward="ward-c")["beds"]}
    assert (beds["4"]["line"], beds["4"]["kinds"]) == ("ward-c-contacts", ("call", "wc"))
    assert beds["1"]["line"] == "ward-c-text"
    assert beds["1"]["signs"] == ("present", "absent", "fault", "mended")
    assert beds["6"]["signs"] == ("present", "absent")
