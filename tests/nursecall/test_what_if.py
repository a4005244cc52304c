"""Last month's calls under another tree."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from appliance.cli import replaying
from appliance.cli.language import speak
from appliance.foundation.journal import Entry
from nursecall.plan import NurseCallPlan
from nursecall.rules import Rules
from nursecall.what_if import Comparison, what_if
from tests.fakes.clock import START
from tests.nursecall.a_ward import ZONE, AWard, plan

FAR = datetime(2100, 1, 1, tzinfo=UTC)


def a_month(seed: int, the_plan: NurseCallPlan | None = None, calls: int = 60) -> list[Entry]:
    """A journal as a busy ward makes it: presses, people who come soon, late, or leave again, restarts."""
    chance, ward = Random(seed), AWard(the_plan)
    for _ in range(calls):
        bed = str(chance.randint(1, 5))
        ward.press(bed, chance.choice(["call", "call", "wc", "code"]))
        ward.wait(chance.choice([3, 20, 110, 121, 250, 500, 900]))
        deed = chance.randrange(6)
        if deed == 0:
            ward.restart()
        elif deed == 1:
            ward.presence(bed, chance.random() < 0.7)
        elif deed == 2 and (waits := [call for call in ward.wards.open() if call.bed == bed]):
            ward.wards.acknowledge(waits[0].id, "李静").close()
            ward.reset(bed)
        elif deed < 5:
            ward.reset(bed)
        ward.wait(chance.choice([1, 60, 300]))
    return ward.journal()


def under(the_plan: NurseCallPlan, journal: list[Entry], end: datetime = FAR) -> Comparison:
    """What `the_plan` makes of it."""
    return what_if(journal, Rules(the_plan, ZONE), START, end)


def tree(**changes: Any) -> NurseCallPlan:
    """A plan whose every call goes to the assigned nurse's telephone, then to all, then to the desk."""
    steps = [{"by": "mobile", "to": "duty", "after": 30}, {"by": "sms", "to": "duty", "after": 60}]
    made = {"id": "quick", "steps": steps, "failsafe": {"by": "desk", "to": "8001", "after": 60}} | changes
    return plan(escalations=[made], escalation_rules=[{"tree": "quick"}])


@pytest.mark.parametrize("seed", range(5))
def test_the_same_plan_would_have_done_the_same(seed: int) -> None:
    """Whatever happened in that month: no call differs, and something was passed on to prove it."""
    journal = a_month(seed)
    compared = under(plan(), journal)
    assert compared.escalated()[0] > 10
    assert compared.differences == ()
    assert all(before == after for before, after in compared.sums().values())


@pytest.mark.parametrize("seed", range(3))
def test_the_other_plan_did_what_it_would_have_done(seed: int) -> None:
    """A month lived under the other tree is what the replay says of it."""
    journal = a_month(seed, tree())
    assert under(tree(), journal).differences == ()


def test_a_call_says_who_would_have_been_told_when() -> None:
    """And what was done instead; somebody who came in time is told by neither."""
    ward = AWard()
    ward.press("28")
    ward.wait(10)
    ward.press("29")
    ward.wait(15)
    ward.acknowledge("29")
    ward.wait(110)
    ward.reset("28")
    compared = under(tree(), ward.journal())
    (call,) = compared.differences
    nurses = ("李静", "13800000001"), ("王芳", "13800000002")
    assert (call.bed, call.raised_at, len(compared.calls)) == ("28", START, 2)
    assert [(one.after, one.by, one.tree, one.to) for one in call.before] == [(120, "sms", "usual", nurses)]
    assert [(one.after, one.by, one.index, one.to) for one in call.after] == [
        (30, "mobile", 1, nurses),
        (90, "sms", 2, nurses),
    ]
    assert compared.sums() == {("quick", 1, "mobile"): (0, 1), ("quick", 2, "sms"): (0, 1), ("usual", 1, "sms"): (1, 0)}
    assert compared.escalated() == (1, 1)


def test_a_call_that_waits_anew_begins_the_other_tree_anew() -> None:
    """Also one that is still open when the journal ends."""
    ward = AWard()
    ward.press("28")
    ward.wait(20)
    ward.acknowledge("28")
    ward.wait(200)
    ward.press("28")
    ward.wait(100)
    ward.press("1", ward="w2")
    (call,) = under(tree(), ward.journal()).differences
    assert [(one.after, one.index) for one in call.after] == [(250, 1), (310, 2)]


def test_only_calls_of_the_period_count() -> None:
    """From its first moment up to its last; how they ended may lie after it."""
    ward = AWard()
    for bed in ("1", "2", "3"):
        ward.press(bed)
        ward.clock.advance(timedelta(days=1))
        ward.reset(bed)
    second, third = START + timedelta(days=1), START + timedelta(days=2)
    compared = what_if(ward.journal(), Rules(tree(), ZONE), second, third)
    assert [call.bed for call in compared.calls] == ["2"]


def test_a_journal_of_the_first_version_is_understood() -> None:
    """When escalation was three messages to all on duty, and nothing else."""
    subject = {"call": "c", "ward": "w1", "bed": "28", "call_type": "call"}
    told = {"nurses": ["李静", "王芳"], "mobiles": ["13800000001", "13800000002"]}
    moments: list[tuple[int, str, dict[str, Any]]] = [
        (0, "CallRaised", {"line": "l1", "priority": 3}),
        (120, "CallEscalated", {"step": 1, **told}),
        (200, "CallAcknowledged", {"by": "李静"}),
        (300, "CallRepeated", {"presses": 2}),
        (420, "CallEscalated", {"step": 1, **told}),
        (500, "CallReset", {"waited": 500.0}),
    ]
    journal = [
        Entry(number, START + timedelta(seconds=after), f"nursecall.{kind}", subject | body)
        for number, (after, kind, body) in enumerate(moments, 1)
    ]
    assert under(plan(), journal).differences == ()
    (call,) = under(tree(), journal).differences
    assert [one.after for one in call.before] == [120, 420]
    assert [one.after for one in call.after] == [30, 90, 150, 330, 390, 450]


def test_it_is_told_to_people_and_to_programs() -> None:
    """A paragraph a call and a table; or an object a line."""
    ward = AWard()
    ward.press("28")
    ward.wait(40)
    ward.reset("28")
    compared = under(tree(), ward.journal())
    speak("en")
    assert list(replaying.as_text(compared, ZONE)) == [
        "2026-03-02 09:00:00 w1, bed 28, call",
        "  before: nobody was told",
        "  after:  30 s mobile 李静, 王芳 (quick 1)",
        "1 calls, 1 of them passed on otherwise",
        "tree                             step by         old plan new plan",
        "quick                               1 mobile            0        1",
        "calls passed on at all                                  0        1",
    ]
    call, sums = map(json.loads, replaying.as_json(compared))
    assert (call["bed"], call["before"], call["after"][0]["by"]) == ("28", [], "mobile")
    assert sums == {
        "calls": 1,
        "passed_on": {"before": 0, "after": 1},
        "steps": [{"tree": "quick", "step": 1, "by": "mobile", "before": 0, "after": 1}],
    }
