"""Whom a call from outside is for, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.foundation.days import CHINA
from pbx.inbound.rules import Arrival, Decision, Known, decide
from pbx.plan import PbxPlan
from pbx.plan_inbound import Ring

SHANGHAI = ZoneInfo("Asia/Shanghai")
KNOWN = Known("CN", "571", CHINA, desk={"ward-a": "8001"}.get)
PLAN = """
[[extensions]]
numbers = "8001-8020"
name = { zh = "病区", en = "Wards" }

[[trunks]]
id = "telecom"
name = { zh = "电信", en = "Telecom" }
host = "127.0.0.1"
tariff = "cost"

[[trunks]]
id = "unicom"
name = { zh = "联通", en = "Unicom" }
host = "127.0.0.2"
tariff = "cost"

[[schedules]]
id = "office"
name = { zh = "上班时间", en = "Office hours" }
hours = { workday = ["08:00-12:00", "13:30-17:30"] }

[inbound]
fallback = ["8001", "8002"]
blocked = ["13900000000", "0099*"]
contacts = [
  { number = "13800000001", name = "王局长", vip = true },
  { number = "057188881234", name = "血站" },
]

[[inbound.rules]]
id = "vip"
name = { zh = "贵宾", en = "VIP" }
caller = ["vip"]
steps = [{ do = "ring", extensions = ["8010"] }]

[[inbound.rules]]
id = "hidden"
name = { zh = "匿名", en = "Hidden" }
caller = ["withheld"]
trunk = ["unicom"]
steps = [{ do = "announce", text = { zh = "请显示号码。", en = "Please show your number." } }]

[[inbound.rules]]
id = "direct"
name = { zh = "直拨", en = "Direct" }
called = ["88888000-88888999"]
steps = [{ do = "ddi", digits = 4 }, { do = "ward", ward = "ward-a" }]

[[inbound.rules]]
id = "day"
name = { zh = "白天", en = "Day" }
open = "office"
called = ["88880000", "8888000*"]
steps = [{ do = "ring", extensions = ["8011", "8012"] }, { do = "mailbox", name = "8011" }]

[[inbound.rules]]
id = "night"
name = { zh = "夜间", en = "Night" }
closed = "office"
called = ["88880000"]
steps = [{ do = "forward", numbers = ["13800138000", "8013"] }]
"""


@pytest.fixture(scope="module")
def plan() -> PbxPlan:
    return parse(PLAN, PbxPlan)


def decided(plan: PbxPlan, known: Known = KNOWN, at: str = "2026-03-02T09:00", **facts: Any) -> Decision:
    """A call over telecom to 0571 88880000 from a mobile, unless told otherwise."""
    arrival = replace(Arrival("telecom", "057188880000", "13700000000"), **facts)
    return decide(plan, arrival, datetime.fromisoformat(at).replace(tzinfo=SHANGHAI), known)


def rule_of(decision: Decision) -> str:
    """Its rule's id."""
    return decision.rule.id if decision.rule else ""


@pytest.mark.parametrize("called", ["88880000", "057188880000", "57188880000", "8657188880000", "+8657188880000"])
def test_a_called_number_fits_however_the_carrier_writes_it(plan: PbxPlan, called: str) -> None:
    """Local, national or as the world knows it."""
    found = decided(plan, called=called)
    assert (rule_of(found), found.called) == ("day", "8657188880000")


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("2026-03-02T09:00", "day"),
        ("2026-03-02T12:30", "night"),
        ("2026-03-07T09:00", "night"),  # a Saturday
        ("2026-10-10T09:00", "day"),  # a Saturday that makes up for the holiday
        ("2026-10-01T09:00", "night"),
    ],
)
def test_it_goes_by_hours_and_holidays(plan: PbxPlan, at: str, rule: str) -> None:
    """A make-up workday is a workday."""
    assert rule_of(decided(plan, at=at)) == rule


def test_the_night_switch_comes_before_the_hours(plan: PbxPlan) -> None:
    """Closed by hand at nine on a Monday."""
    known = replace(KNOWN, positions={"office": "closed"})
    found = decided(plan, known)
    assert rule_of(found) == "night"
    assert "“Office hours” was closed by hand." in [reason.text("en") for reason in found.why]


def test_a_vip_is_known_by_the_address_book(plan: PbxPlan) -> None:
    """However the carrier writes the number."""
    for caller in ("13800000001", "013800000001", "+8613800000001"):
        found = decided(plan, caller=caller)
        assert (rule_of(found), found.contact and found.contact.name) == ("vip", "王局长")


def test_somebody_known_is_no_vip(plan: PbxPlan) -> None:
    """But has a name."""
    found = decided(plan, caller="88881234")
    assert (rule_of(found), found.contact and found.contact.name) == ("day", "血站")


def test_a_withheld_number_fits_its_rule_on_that_trunk_only(plan: PbxPlan) -> None:
    """Nothing else is known of it."""
    assert rule_of(decided(plan, caller="", trunk="unicom")) == "hidden"
    assert rule_of(decided(plan, caller="")) == "day"


@pytest.mark.parametrize("caller", ["13900000000", "008613900000000", "009912345"])
def test_a_blocked_caller_is_refused_before_any_rule(plan: PbxPlan, caller: str) -> None:
    """One number, and a prefix."""
    found = decided(plan, caller=caller)
    assert (found.blocked, found.rule, found.steps) == (True, None, ())


def test_callers_blocked_at_the_panel(plan: PbxPlan) -> None:
    """Beside those of the plan."""
    assert decided(plan, replace(KNOWN, blocked={"13700000000"})).blocked
    assert not decided(plan, replace(KNOWN, blocked={"1370000000"})).blocked


def test_direct_dialling_rings_the_extension_of_the_last_digits(plan: PbxPlan) -> None:
    """Then the ward's station."""
    steps = decided(plan, called="88888007").steps
    assert [step.extensions for step in steps if isinstance(step, Ring)] == [("8007",), ("8001",)]


def test_direct_dialling_of_what_is_no_extension(plan: PbxPlan) -> None:
    """The step is left out, with its reason; the next is taken."""
    found = decided(plan, called="88888777")
    assert [step.extensions for step in found.steps if isinstance(step, Ring)] == [("8001",)]
    assert "88888777 的末位 8777 不是分机。" in [reason.text("zh") for reason in found.why]


def test_what_no_rule_fits_rings_the_fallback(plan: PbxPlan) -> None:
    """And says so."""
    found = decided(plan, called="99990000")
    assert [step.extensions for step in found.steps if isinstance(step, Ring)] == [("8001", "8002")]
    assert found.why[-1].text("en") == "No rule fits: the fallback 8001, 8002 rings."


def test_every_rule_passed_over_says_why(plan: PbxPlan) -> None:
    """Step by step, as the tester shows it."""
    told = [reason.text("en") for reason in decided(plan, at="2026-03-02T12:30").why]
    assert told == [
        "A call over trunk telecom from 8613700000000 to 8657188880000.",
        "Rule “VIP” is for other callers: vip.",
        "Rule “Hidden” is for other trunks.",
        "Rule “Direct” is for other called numbers: 88888000-88888999.",
        "2026-03-02, a Monday, is a workday.",
        "“Office hours” is closed at 12:30: its hours are 08:00-12:00, 13:30-17:30.",
        "Rule “Day” is for other hours.",
        "2026-03-02, a Monday, is a workday.",
        "“Office hours” is closed at 12:30: its hours are 08:00-12:00, 13:30-17:30.",
        "Rule “Night” fits.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('open = "office"', 'open = "shop"', "inbound.rules[3].open: there is no schedule 'shop'"),
        ('trunk = ["unicom"]', 'trunk = ["mobile"]', "inbound.rules[1].trunk: there is no trunk 'mobile'"),
        ('extensions = ["8010"]', 'extensions = ["8999"]', "rules[0].steps[0].extensions: there is no extension"),
        ('fallback = ["8001", "8002"]', 'fallback = ["9000"]', "inbound.fallback: there is no extension 9000"),
        ('"0099*"', '"00*99"', "inbound.blocked[1]: '00*99' is no number, 8888* or 88880100-88880199"),
        ('["88888000-88888999"]', '["88888999-88888000"]', "is no number, 8888*"),
        ('id = "hidden"', 'id = "vip"', "inbound.rules[1].id: 'vip' is used twice"),
        ('do = "mailbox"', 'do = "post"', "inbound.rules[3].steps[1].do"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(old: str, new: str, fault: str) -> None:
    """With its place."""
    assert old in PLAN
    with pytest.raises(Faulty) as faulty:
        parse(PLAN.replace(old, new, 1), PbxPlan)
    assert fault in str(faulty.value)
