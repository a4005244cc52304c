"""Whose turn it is, when, and whom that reaches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nursecall.calls import CallFacts, Told
from nursecall.duties import PlanDuties
from nursecall.escalation import Escalation, due, reached, tree_of, turns
from nursecall.plan import NurseCallPlan
from nursecall.plan_escalation import Step, Tree, usual
from tests.fakes.clock import START, FakeClock
from tests.nursecall.a_ward import PLAN, ZONE, plan, ward_with

PATIENCE = timedelta(seconds=120)
TREE = Tree(
    id="t",
    steps=(
        Step(by="desk", after=30),
        Step(by="sms", to="assigned", after=60, attempts=2, repeat=20),
        Step(by="mobile", to="duty", after=40),
    ),
    failsafe=Step(by="mobile", to="13900000009", after=50, attempts=2),
)
NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=ZONE).astimezone(UTC)


def call(**facts: Any) -> CallFacts:
    """A call that waits."""
    given: dict[str, Any] = {"call_type": "call", "ward": "w1", "bed": "28", "raised_at": START, **facts}
    return CallFacts(id="c", priority=3, line="l1", **given)


def told(serial: int, *outcomes: Any) -> tuple[Told, ...]:
    """Those who were told in that step, and what became of it."""
    return tuple(Told(serial, "sms", f"n{n}", f"13{n}", outcome, START) for n, outcome in enumerate(outcomes))


def watching(clock: FakeClock) -> tuple[Escalation, list[str]]:
    """An escalation, and the calls that were overdue."""
    overdue: list[str] = []
    return Escalation(clock, overdue.append), overdue


def test_a_call_is_overdue_at_its_moment() -> None:
    """Not a second earlier, and once."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() + PATIENCE)
    clock.advance(119.9)
    assert overdue == []
    clock.advance(0.1)
    clock.advance(1000)
    assert overdue == ["a"]


def test_a_call_that_is_forgotten_is_never_overdue() -> None:
    """Also when it is forgotten twice."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() + PATIENCE)
    escalation.forget("a")
    escalation.forget("a")
    clock.advance(1000)
    assert overdue == []


def test_a_moment_that_is_over_already_is_now() -> None:
    """As after a restart."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() - timedelta(hours=1))
    clock.advance(0)
    assert overdue == ["a"]


def test_watching_again_replaces_the_timer() -> None:
    """One call, one timer."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    escalation.watch("a", clock.now() + PATIENCE)
    escalation.watch("a", clock.now() + timedelta(seconds=10))
    clock.advance(1000)
    assert overdue == ["a"]


def test_nothing_is_overdue_after_stop() -> None:
    """Every timer is gone."""
    clock = FakeClock()
    escalation, overdue = watching(clock)
    for one in "abc":
        escalation.watch(one, clock.now() + PATIENCE)
    escalation.stop()
    assert clock.twisted.getDelayedCalls() == []
    assert overdue == []


def test_every_attempt_of_every_step_has_its_turn_and_the_failsafe_is_last() -> None:
    """With the seconds after the turn before it; an attempt repeats after `repeat`, else after `after`."""
    assert [(turn.position, turn.index, turn.attempt, turn.after.total_seconds()) for turn in turns(TREE)] == [
        (1, 1, 1, 30),
        (2, 2, 1, 60),
        (3, 2, 2, 20),
        (4, 3, 1, 40),
        (5, 4, 1, 50),
        (6, 4, 2, 50),
    ]


def test_the_next_turn_comes_after_the_one_before_it() -> None:
    """And after the last one nobody is left."""
    (first, _, *_), last = list(turns(TREE)), 6
    found = due(TREE, call(), START)
    assert found is not None
    assert (found.turn, found.at) == (first, START + timedelta(seconds=30))
    passed = call(state="escalated", step=1, escalations=1, patience_from=START, told=told(1, None))
    found = due(TREE, passed, START)
    assert found is not None
    assert (found.turn.position, found.at) == (2, START + timedelta(seconds=60))
    passed.step = last
    assert due(TREE, passed, START) is None


@pytest.mark.parametrize("state", ["acknowledged", "talking", "attended", "ended"])
def test_nobody_is_told_of_a_call_that_somebody_answered(state: str) -> None:
    """However far it had come."""
    assert due(TREE, call(state=state), START) is None


@pytest.mark.parametrize(
    ("outcomes", "position", "after"),
    [
        ((), 4, 0),  # nobody was found: not the second attempt, the next step
        (("failed",), 4, 0),
        (("failed", "declined", "no-answer"), 4, 0),
        (("failed", None), 3, 20),  # one of them may still come
        (("failed", "delivered"), 3, 20),
    ],
)
def test_a_step_that_reached_nobody_gives_way_at_once(outcomes: tuple[Any, ...], position: int, after: int) -> None:
    """No number, a gateway that refuses, a person who will not come: the next step does not wait."""
    at = START + timedelta(seconds=90)
    facts = call(state="escalated", step=2, escalations=5, patience_from=at, told=told(4, None) + told(5, *outcomes))
    found = due(TREE, facts, at)
    assert found is not None
    assert (found.turn.position, found.at - at) == (position, timedelta(seconds=after))


def test_the_failsafe_is_tried_again_in_its_own_time() -> None:
    """There is nothing after it; hammering it would help nobody."""
    at = START + timedelta(seconds=900)
    facts = call(state="escalated", step=5, escalations=5, patience_from=at, told=told(5, "failed"))
    found = due(TREE, facts, at)
    assert found is not None
    assert (found.turn.position, found.at) == (6, at + timedelta(seconds=50))


def test_a_clock_that_was_set_back_does_not_lengthen_patience() -> None:
    """A call “raised tomorrow” waits no longer than any other."""
    found = due(TREE, call(raised_at=START + timedelta(days=1)), START)
    assert found is not None
    assert found.at == START + timedelta(seconds=30)


def test_the_usual_tree_is_what_the_ward_always_did() -> None:
    """Three messages to all on duty after the ward's patience, then the station once more."""
    assert [(turn.step.by, turn.step.whom, turn.after.total_seconds()) for turn in turns(usual(120))] == [
        ("sms", "duty", 120),
        ("sms", "duty", 120),
        ("sms", "duty", 120),
        ("station", None, 120),
    ]


def the_plan(*rules: dict[str, Any], ward: str | None = None, kind: str | None = None) -> NurseCallPlan:
    """Trees a, b, c and d; what names them is given."""
    trees = [{"id": name, "failsafe": {"by": "station"}} for name in "abcd"]
    wards, kinds = [dict(one) for one in PLAN["wards"]], [dict(one) for one in PLAN["call_types"]]
    wards[0] |= {"escalation": ward} if ward else {}
    kinds[0] |= {"escalation": kind} if kind else {}
    return plan(escalations=trees, escalation_rules=rules, wards=wards, call_types=kinds)


def chosen(the: NurseCallPlan, **facts: Any) -> str:
    """The tree by which such a call goes."""
    ward = the.ward("w1")
    assert ward is not None
    return tree_of(the, ward, call(**facts), PlanDuties(lambda: the, ZONE)).id


def test_a_rule_comes_before_the_type_and_the_type_before_the_ward() -> None:
    """And where nothing is said it is the usual tree."""
    assert chosen(the_plan()) == "usual"
    assert chosen(the_plan(ward="a")) == "a"
    assert chosen(the_plan(ward="a", kind="b")) == "b"
    assert chosen(the_plan({"tree": "c"}, ward="a", kind="b")) == "c"
    assert chosen(the_plan({"tree": "usual"}, ward="a", kind="b")) == "usual"


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        ({"types": ["call", "wc"]}, {"call_type": "wc"}, {"call_type": "code"}),
        ({"wards": ["w1"]}, {"ward": "w1"}, {"ward": "w2"}),
        ({"shifts": ["night"]}, {"raised_at": NIGHT}, {"raised_at": START}),
        ({"hours": "night"}, {"raised_at": NIGHT}, {"raised_at": START}),
        ({"hours": "day"}, {"raised_at": START}, {"raised_at": NIGHT}),
    ],
)
def test_a_rule_looks_at_type_ward_shift_and_hours(
    rule: dict[str, Any], fits: dict[str, Any], does_not: dict[str, Any]
) -> None:
    """The first that fits wins."""
    the = the_plan({"tree": "a"} | rule, {"tree": "b"}, {"tree": "c"})
    assert chosen(the, **fits) == "a"
    assert chosen(the, **does_not) == "b"


def test_a_call_keeps_its_tree_when_the_shift_changes() -> None:
    """What counts is when it began to wait; raised anew at night, it goes by the night's tree."""
    the = the_plan({"tree": "a", "shifts": ["night"]})
    assert chosen(the, patience_from=NIGHT) == "usual"
    assert chosen(the, anew_at=NIGHT) == "a"


ROSTER = [
    {"shift": "day", "nurse": "李静", "mobile": "13800000001", "beds": ["1-20"], "extension": "8101"},
    {"shift": "day", "nurse": "王芳", "mobile": "13800000002", "beds": ["21-40"]},
    {"shift": "day", "nurse": "刘医生", "mobile": "13800000004", "role": "doctor"},
    {"shift": "day", "nurse": "陈主任", "mobile": "13800000005", "role": "supervisor", "extension": "8105"},
    {"shift": "night", "nurse": "赵敏", "mobile": "13800000003"},
]


@pytest.mark.parametrize(
    ("step", "to"),
    [
        (Step(by="sms"), [("李静", "13800000001"), ("王芳", "13800000002")]),
        (Step(by="mobile", to="assigned"), [("王芳", "13800000002")]),
        (Step(by="sms", to="role:doctor"), [("刘医生", "13800000004")]),
        (Step(by="sms", to="supervisor"), [("陈主任", "13800000005")]),
        (Step(by="supervisor"), [("陈主任", "13800000005")]),
        (Step(by="mobile", to="13900000009"), [("13900000009", "13900000009")]),
        (Step(by="desk"), [("w1", "8001")]),
        (Step(by="desk", to="8077"), [("8077", "8077")]),
        (Step(by="desk", to="duty"), [("李静", "8101")]),
        (Step(by="desk", to="assigned"), []),  # who is assigned carries no telephone
        (Step(by="station"), [("w1", "w1")]),
        (Step(by="speaker", to="w2"), [("w2", "w2")]),
        (Step(by="ward"), [("w2", "w2")]),
        (Step(by="ward", to="w2"), [("w2", "w2")]),
        (Step(by="pager", to="dect:17"), [("dect:17", "dect:17")]),
        (Step(by="mail", to="night@example.org"), [("night@example.org", "night@example.org")]),
    ],
)
def test_whom_a_step_reaches(step: Step, to: list[tuple[str, str]]) -> None:
    """By name and number, as the roster says now."""
    the = ward_with(0, roster=ROSTER, desk="8001", neighbours=["w2"])
    assert reached(step, the.wards[0], call(), START, PlanDuties(lambda: the, ZONE)) == tuple(to)


@pytest.mark.parametrize(
    ("hour", "minute", "nurses"),
    [
        (8, 0, ["李静", "王芳"]),
        (19, 59, ["李静", "王芳"]),
        (20, 0, ["赵敏"]),
        (3, 0, ["赵敏"]),
        (7, 59, ["赵敏"]),
    ],
)
def test_who_is_on_duty_goes_by_the_sites_clock(hour: int, minute: int, nurses: list[str]) -> None:
    """Eight in Shanghai is midnight in UTC; the night shift crosses midnight."""
    at = datetime(2026, 3, 2, hour, minute, tzinfo=ZONE).astimezone(UTC)
    assert [person.name for person in PlanDuties(plan, ZONE).on_duty("w1", at)] == nurses


def test_nobody_is_on_duty_in_a_ward_without_a_roster_or_plan() -> None:
    """Which is no fault here."""
    duties = PlanDuties(plan, ZONE)
    for ward in ("w2", "gone"):
        assert duties.on_duty(ward, START) == ()
        assert duties.assigned(ward, "1", START) == ()
        assert duties.neighbours(ward) == ()
    assert duties.shifts("gone", START) == ()
    assert not duties.night("gone", NIGHT)


def test_a_step_that_does_not_say_when_is_due_after_the_wards_patience() -> None:
    """Whatever its ward's is, also for the failsafe."""
    tree = {"id": "t", "steps": [{"by": "sms"}, {"by": "desk", "after": 5}], "failsafe": {"by": "station"}}
    wards = [PLAN["wards"][0] | {"escalation": "t", "patience": 77}]
    the = plan(escalations=[tree], wards=wards, lines=[])
    ward = the.ward("w1")
    assert ward is not None
    found = tree_of(the, ward, call(), PlanDuties(lambda: the, ZONE))
    assert [turn.after.total_seconds() for turn in turns(found)] == [77, 5, 77]


def test_a_step_by_pager_names_a_pager_system() -> None:
    """With or without one of its pagers."""
    system = {"id": "dect", "protocol": "tap", "device": "dect"}
    for to, known in (("dect", True), ("dect:17", True), ("radio:17", False)):
        tree = {"id": "t", "steps": [{"by": "pager", "to": to}], "failsafe": {"by": "station"}}
        if known:
            plan(escalations=[tree], pagers=[system])
            continue
        with pytest.raises(ValueError, match="no pager system 'radio'"):
            plan(escalations=[tree], pagers=[system])
