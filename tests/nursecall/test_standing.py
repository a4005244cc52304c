"""What a host is told of the state of a call, through the whole of its life."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nursecall.calls import CallFacts, State, Told
from nursecall.events import Outcome
from nursecall.reading import Asked
from nursecall.standing import Standing, standing
from nursecall.ward import Wards
from tests.fakes.clock import START
from tests.nursecall.a_ward import AWard
from tests.support import now


def facts(state: State) -> CallFacts:
    """Of a call in that state."""
    return CallFacts(id="c", ward="w1", bed="8", call_type="call", priority=3, line="l1", raised_at=START, state=state)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("raised", 2),
        ("acknowledged", 6),
        ("attended", 6),
        ("talking", 7),
        ("ended", 5),
    ],
)
def test_each_state_has_the_standards_number(state: State, told: int) -> None:
    """Numbers, since the host knows no more."""
    assert standing(facts(state)) == told


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ((None,), Standing.PAGED),
        (("failed", "delivered"), Standing.PAGED),
        (("no-answer", "declined"), Standing.ABSENT),
        (("failed", "declined"), Standing.ABSENT),
        (("failed", "failed"), Standing.FAULT),
        ((), Standing.ABSENT),
    ],
)
def test_what_became_of_telling_people_counts(outcomes: tuple[Outcome | None, ...], told: Standing) -> None:
    """Somebody may still come; nobody will; nobody could be told."""
    ward = Escalated()
    for index, outcome in enumerate(outcomes):
        ward.told(f"nurse {index}", outcome)
    assert standing(ward.facts) is told


class Escalated:
    """A call that was passed on for the first time."""

    def __init__(self) -> None:
        self.facts = facts("escalated")
        self.facts.step = self.facts.escalations = 1

    def told(self, who: str, outcome: Outcome | None) -> None:
        """Somebody, and what became of it."""
        self.facts.told += (Told(1, "sms", who, "138", outcome, START + timedelta(minutes=2)),)


def stands(wards: Wards, bed: str, call_type: str | None = "call") -> Standing | None:
    """In the first ward."""
    return wards.standing(Asked("w1", bed, call_type))


def test_a_call_is_told_of_from_the_press_to_the_reset() -> None:
    """As the host names its bed, with the zeros it has before it."""
    ward = AWard()
    assert stands(ward.wards, "8") is Standing.TERMINATED
    ward.press("8")
    assert stands(ward.wards, "08") is Standing.QUEUED
    assert stands(ward.wards, "8", "wc") is Standing.TERMINATED
    ward.wait(121)
    assert stands(ward.wards, "8") is Standing.PAGED
    ward.acknowledge("8")
    assert stands(ward.wards, "8") is Standing.ACKNOWLEDGED
    assert now(ward.wards.talk_began(ward.open("8").id, "nurse"))
    assert stands(ward.wards, "8") is Standing.SPEECH_OPEN
    assert now(ward.wards.talk_ended(ward.open("8").id, "nurse"))
    ward.presence("8", True)
    assert stands(ward.wards, "8") is Standing.ACKNOWLEDGED
    ward.presence("8", False)
    assert stands(ward.wards, "8") is Standing.QUEUED
    ward.reset("8")
    assert stands(ward.wards, "8") is Standing.TERMINATED


def test_whoever_names_no_kind_means_the_most_urgent_call_of_the_bed() -> None:
    """And never a terminal that is unplugged."""
    ward = AWard()
    ward.press("8", "wc")
    ward.press("8", "call")
    (wc,) = (call.id for call in ward.wards.open("w1") if call.call_type == "wc")
    assert now(ward.wards.acknowledge(wc, "nurse"))
    assert stands(ward.wards, "8", None) is Standing.ACKNOWLEDGED
    ward.reset("8")
    ward.terminal("8", False)
    ward.wait(60)
    assert [call.bed for call in ward.wards.open("w1")] == ["8"]
    assert stands(ward.wards, "8", None) is Standing.TERMINATED


def test_a_call_that_became_an_emergency_is_found_by_what_the_host_had_named() -> None:
    """A nurse was present and pressed."""
    ward = AWard()
    ward.press("8")
    ward.presence("8", True)
    ward.press("8")
    assert ward.open("8").call_type != "call"
    assert stands(ward.wards, "8") is Standing.QUEUED


def test_nobody_knows_before_the_records_were_read() -> None:
    """What is open now is known; of what is not, nobody can say that it is over."""
    ward = AWard(start=False)
    ward.press("8")
    assert stands(ward.wards, "8") is Standing.QUEUED
    assert stands(ward.wards, "9") is None
    now(ward.wards.start())
    assert stands(ward.wards, "9") is Standing.TERMINATED
