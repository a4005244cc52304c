"""Kinds of call: those that ship, and what a plan makes of them."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from nursecall.plan import NurseCallPlan
from nursecall.plan_types import EMERGENCY, PLUG_OUT, SHIPPED, TROUBLE, CallType
from web.pages.faces import ICONS

ROW = """
[[call_types]]
id = "{id}"
name = {{ zh = "名", en = "Name" }}
spoken = {{ zh = "说", en = "said" }}
priority = {priority}
icon = "bell"
{more}
"""


def row(identity: str, priority: int = 5, more: str = "") -> str:
    """A row as an old plan has it."""
    return ROW.format(id=identity, priority=priority, more=more)


def kind(text: str, identity: str) -> CallType:
    """That kind, of the plan in `text`."""
    found = parse(text, NurseCallPlan).call_type(identity)
    assert found is not None
    return found


def test_an_empty_plan_has_every_kind_a_hospital_needs() -> None:
    """In both languages, with an icon that can be drawn, each once."""
    kinds = parse("", NurseCallPlan).call_types
    assert [one.id for one in kinds] == [
        *("call", "wc", "assist", "code-blue", "emergency", "infusion"),
        *("door", "plug-out", "bed-exit", "service", "trouble"),
    ]
    assert {EMERGENCY, PLUG_OUT, TROUBLE} <= {one.id for one in kinds}
    assert all(one.icon in ICONS and one.name.zh and one.name.en for one in kinds)


def test_no_patients_call_may_be_ended_at_a_screen_without_a_word() -> None:
    """DIN VDE 0834-1: at the bed, or after real speech."""
    patients = {"call", "wc", "assist", "code-blue", "emergency", "infusion", "bed-exit"}
    assert {one.id for one in SHIPPED if one.cancel != "screen"} == patients
    assert {one.id for one in SHIPPED if one.cancel == "speech"} == {"call"}


def test_an_emergency_comes_before_every_other_kind() -> None:
    """Nothing is more urgent, and it cannot become another one."""
    emergency = next(one for one in SHIPPED if one.id == EMERGENCY)
    assert emergency.priority == min(one.priority for one in SHIPPED)
    assert not emergency.presses_are_emergency


def test_a_row_of_the_plan_takes_the_place_of_a_shipped_one() -> None:
    """What it says counts; what it leaves out stays as shipped: an old plan's code blue still sounds like one."""
    blue = kind(row("code-blue", priority=2), "code-blue")
    assert (blue.name.en, blue.priority, blue.icon) == ("Name", 2, "bell")
    assert (blue.tone, blue.cancel, blue.presses_are_emergency, blue.colour) == ("emergency", "bedside", False, "red")
    assert kind(row("code-blue", more='tone = "soft"'), "code-blue").tone == "soft"


def test_a_new_row_adds_a_kind() -> None:
    """Before the shipped ones, so that a fault in it is named by its own place in the file."""
    plan = parse(row("visitor") + row("wc"), NurseCallPlan)
    assert [one.id for one in plan.call_types[:3]] == ["visitor", "wc", "call"]
    assert len(plan.call_types) == len(SHIPPED) + 1
    assert kind(row("visitor"), "visitor").cancel == "bedside"


def test_what_was_read_can_be_read_again() -> None:
    """A plan goes through revisions and stays what it is."""
    plan = parse(row("visitor") + row("wc"), NurseCallPlan)
    assert NurseCallPlan.model_validate(plan.model_dump()) == plan


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (row("wc") + row("wc"), "line 11: call_types[1].id: 'wc' is used twice"),
        (
            row("wc", more='cancel = "nobody"'),
            "call_types[0].cancel: 'nobody' is none of 'bedside', 'speech', 'screen'",
        ),
        (row("wc", more='escalation = "none"'), "line 8: call_types[0].escalation: there is no escalation 'none'"),
    ],
)
def test_a_wrong_row_is_named(text: str, fault: str) -> None:
    """With its line and path."""
    with pytest.raises(Faulty) as caught:
        parse(text, NurseCallPlan)
    assert fault in str(caught.value)
