"""Escalation trees as the hospital writes them: what is taken, and how what is not is named."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from nursecall.plan import NurseCallPlan

WARDS = """
[[wards]]
id = "w1"
name = { zh = "一", en = "One" }
beds = ["1-5"]
%s

[[wards]]
id = "w2"
name = { zh = "二", en = "Two" }
beds = ["1-5"]
"""
TREE = """
[[escalations]]
id = "t"
failsafe = %s
"""
STATION = "{ by = 'station' }"


def test_a_tree_is_read() -> None:
    """Steps in order, the failsafe last, and the rules that choose it."""
    plan = parse(
        WARDS % "escalation = 't'\nneighbours = ['w2']"
        + TREE % STATION
        + "[[escalations.steps]]\nby = 'mobile'\nto = 'role:doctor'\nafter = 0\nattempts = 2\nrepeat = 30\n"
        + "[[escalations.steps]]\nby = 'ward'\nto = 'w2'\n"
        + "[[escalation_rules]]\ntree = 't'\ntypes = ['call']\nhours = 'night'\n",
        NurseCallPlan,
    )
    (tree,) = plan.escalations
    assert [step.by for step in tree.all_steps()] == ["mobile", "ward", "station"]
    assert plan.escalation("t") is tree
    assert plan.escalation("usual") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[escalations]]\nid = 't'\n", "line 1: escalations[0].failsafe: is missing: say who is told last"),
        (TREE % "{ by = 'sms' }", "escalations[0].failsafe.to: must not depend on who is on duty"),
        (TREE % "{ by = 'mobile', to = 'role:doctor' }", "must not depend on who is on duty"),
        (TREE % "{ by = 'supervisor' }", "must not depend on who is on duty"),
        (TREE % "{ by = 'pager' }", "escalations[0].failsafe.to: a step by pager must say to whom"),
        (TREE % "{ by = 'mail', to = 'nobody' }", "'nobody' is nobody a step by mail can reach"),
        (TREE % "{ by = 'desk', to = 'reception' }", "'reception' is nobody a step by desk can reach"),
        (TREE % "{ by = 'supervisor', to = '8001' }", "'8001' is nobody a step by supervisor can reach"),
        (TREE % "{ by = 'station', after = 0, attempts = 2 }", "failsafe.repeat: several attempts need seconds"),
        (TREE % "{ by = 'ward', to = 'w9' }", "escalations[0].failsafe.to: there is no ward 'w9'"),
        (
            TREE % STATION + "[[escalations.steps]]\nby = 'speaker'\nto = 'w9'\n",
            "line 7: escalations[0].steps[0].to: there is no ward 'w9'",
        ),
        (TREE % STATION + TREE % STATION, "escalations[1].id: 't' is used twice"),
        ("[[escalation_rules]]\ntree = 't'\n", "escalation_rules[0].tree: there is no escalation 't'"),
        (
            "[[escalation_rules]]\ntree = 'usual'\ntypes = ['x']\n",
            "escalation_rules[0].types: there is no call type 'x'",
        ),
        ("[[escalation_rules]]\ntree = 'usual'\nwards = ['x']\n", "escalation_rules[0].wards: there is no ward 'x'"),
        ("[[escalation_rules]]\ntree = 'usual'\nshifts = ['x']\n", "escalation_rules[0].shifts: there is no shift 'x'"),
        (WARDS % "escalation = 't'", "wards[0].escalation: there is no escalation 't'"),
        (WARDS % "neighbours = ['w1']", "wards[0].neighbours: there is no other ward 'w1'"),
    ],
)
def test_a_wrong_tree_is_named(text: str, fault: str) -> None:
    """With its path, and its line where it has one."""
    with pytest.raises(Faulty) as caught:
        parse(text, NurseCallPlan)
    assert fault in str(caught.value)


def test_a_roster_may_name_only_beds_of_its_ward() -> None:
    """Ranges are spread."""
    shift = "[[wards.shifts]]\nid = 's'\nname = { zh = '班', en = 'S' }\nstart = 08:00:00\nend = 20:00:00\n"
    roster = "[[wards.roster]]\nshift = 's'\nnurse = '李'\nmobile = '13800000001'\nbeds = ['%s']\n"
    ward = parse(WARDS % "" + shift + roster % "2-4", NurseCallPlan).wards[1]
    assert ward.roster[0].beds == ("2", "3", "4")
    with pytest.raises(Faulty, match=r"wards\[1\]\.roster\[0\]\.beds: there is no bed '6' in ward 'w2'"):
        parse(WARDS % "" + shift + roster % "4-6", NurseCallPlan)
