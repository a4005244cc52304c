"""Which rule holds for a talk, and how it says so."""

from __future__ import annotations

import pytest

from pbx.plan_recording import Recording, RecordingRule
from pbx.recording.rule import Ends, Verdict, verdict

RULES = (
    RecordingRule(id="wards", mode="always", extensions=("8001-8010",), keep_days=30),
    RecordingRule(id="doctor", mode="never", extensions=("8003",)),
    RecordingRule(id="out", mode="on-demand", direction="out"),
    RecordingRule(id="wards-in", mode="on-demand", extensions=("8001-8010",), direction="in"),
    RecordingRule(id="hotline", mode="always", queue="complaints", keep_days=730),
)
PLAN = Recording(mode="never", keep_days=90, rules=RULES)


def judged(ends: Ends, plan: Recording = PLAN) -> Verdict:
    """The verdict."""
    return verdict(plan, ends)


def test_what_no_rule_is_about_follows_the_section() -> None:
    """And says so in both languages."""
    found = judged(Ends("internal", ("8050", "8051")))
    assert (found.mode, found.rule, found.keep_days) == ("never", "", 90)
    assert found.why.text("en") == "No rule is about this talk, so it is never recorded."
    assert found.why.text("zh") == "没有规则涉及此通话，因此从不录音。"


def test_an_extension_outweighs_a_direction() -> None:
    """Ward phones are always recorded, also when they dial out."""
    found = judged(Ends("out", ("8001",)))
    assert (found.mode, found.rule, found.keep_days) == ("always", "wards", 30)
    assert found.why.text("en") == "Rule “wards” is about extension 8001: always recorded."


def test_one_number_outweighs_a_run_of_numbers() -> None:
    """Whichever end it is."""
    assert judged(Ends("internal", ("8001", "8003"))).rule == "doctor"
    assert judged(Ends("internal", ("8003", "8001"))).rule == "doctor"


def test_of_the_same_run_the_one_with_a_direction_holds() -> None:
    """It says more."""
    found = judged(Ends("in", ("8004",)))
    assert found.rule == "wards-in"
    assert found.why.text("en") == "Rule “wards-in” is about extension 8004 and calls from outside: recorded on demand."


def test_a_queue_outweighs_all() -> None:
    """The hotline's promise holds whoever takes the call."""
    found = judged(Ends("in", ("8003",), "complaints"))
    assert (found.mode, found.keep_days) == ("always", 730)
    assert judged(Ends("in", ("8050",), "other")).rule == ""


def test_of_equals_the_first_holds() -> None:
    """As in the plan."""
    rules = (RecordingRule(id="a", mode="never"), RecordingRule(id="b", mode="always"))
    assert judged(Ends("out", ("8001",)), Recording(rules=rules)).rule == "a"


def test_two_rules_of_one_name_are_a_fault() -> None:
    """A recording says by which rule it was made."""
    rule = {"id": "r", "mode": "always"}
    with pytest.raises(ValueError, match="used twice"):
        Recording.model_validate({"rules": [rule, rule]})
