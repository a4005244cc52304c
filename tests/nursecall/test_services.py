"""Service requests: told to those who see to them, told again, taken, done; with or without a nurse call."""

from __future__ import annotations

from typing import Any

import pytest

from nursecall.care_events import ServiceDone, ServiceRequested, ServiceTaken
from nursecall.events import CallCancelled, CallRaised
from nursecall.plan_care import Service
from nursecall.roster import Staff
from nursecall.schema import requests
from tests.nursecall.a_staffed_ward import DAY, SERVICES, AStaffedWard
from tests.nursecall.a_ward import plan
from tests.support import now

PORTER = Staff("3001", "w1", "李师傅", "porter", "13900000031")


@pytest.fixture
def ward() -> AStaffedWard:
    """A nurse for beds 1 to 20 and a porter are on duty."""
    ward = AStaffedWard()
    ward.employ(PORTER, Staff("1001", "w1", "沈敏", mobile="13900000001"))
    for one in ("1001", "3001"):
        now(ward.roster.put("w1", DAY, one, "boss", on=True))
    now(ward.roster.share("w1", DAY, {"1001": "1-20"}, "boss"))
    ward.told.clear()
    return ward


def ask(ward: AStaffedWard, service: str, bed: str = "5", note: str = "", of: str = "w1") -> None:
    found = ward.plan.service(service)
    assert found is not None
    now(ward.care.services.ask(of, bed, found, note, "沈敏"))


def test_those_who_see_to_it_are_told(ward: AStaffedWard) -> None:
    """Whoever has that role now, and a number; the note is told, not journalled."""
    ask(ward, "water", note="温水")
    (event,) = ward.heard(ServiceRequested)
    assert event.to == (("李师傅", "13900000031"), ("13911112222", "13911112222"))
    assert (event.attempt, event.by, event.call) == (1, "沈敏", "")
    assert ward.care.services.text(event, "zh") == "一病区 5床：送水。 温水"
    assert ward.care.services.text(event, "en") == "Ward 1, bed 5: Water. 温水"
    assert "温水" not in "".join(str(entry.body) for entry in ward.journal())
    assert [request.service for request in ward.care.services.open("w1")] == ["water"]


def test_asking_again_adds_to_the_note_and_tells_nobody_twice(ward: AStaffedWard) -> None:
    """One item on the list."""
    for note in ("温水", "两杯", "温水"):
        ask(ward, "water", note=note)
    assert [request.note for request in ward.care.services.open("w1")] == ["温水; 两杯"]
    assert len(ward.heard(ServiceRequested)) == 1


def test_what_is_overdue_is_told_again_three_times_in_all(ward: AStaffedWard) -> None:
    """And is overdue on the list."""
    ask(ward, "water")
    (one,) = ward.care.services.open("w1")
    assert not ward.care.services.overdue(one)
    ward.clock.advance(600)
    assert ward.care.services.overdue(ward.care.services.open("w1")[0])
    ward.clock.advance(600)
    ward.clock.advance(6000)
    attempts = ward.heard(ServiceRequested)
    assert [event.attempt for event in attempts] == [1, 2, 3]
    assert "Still waiting" in ward.care.services.text(attempts[1], "en")


def test_who_takes_it_has_as_long_again(ward: AStaffedWard) -> None:
    """Nobody else takes it; done, nobody is told any more."""
    ask(ward, "water")
    (one,) = ward.care.services.open("w1")
    ward.clock.advance(500)
    assert now(ward.care.services.take(one.id, "李师傅"))
    assert not now(ward.care.services.take(one.id, "王五"))
    ward.clock.advance(500)
    assert len(ward.heard(ServiceRequested)) == 1
    ward.clock.advance(100)
    assert len(ward.heard(ServiceRequested)) == 2
    assert now(ward.care.services.done(one.id, "李师傅"))
    assert not now(ward.care.services.done(one.id, "李师傅"))
    ward.clock.advance(6000)
    assert len(ward.heard(ServiceRequested)) == 2
    assert [event.by for event in ward.heard(ServiceTaken)] == ["李师傅"]
    assert [event.waited for event in ward.heard(ServiceDone)] == [1100]
    assert ward.care.services.open("w1") == []


def test_a_call_of_its_type_asks_for_it(ward: AStaffedWard) -> None:
    """The nurse of the bed is told; its reset at the bed ends the request."""
    ward.press("5", "service")
    (event,) = ward.heard(ServiceRequested)
    assert (event.service, event.to, event.by) == ("help", (("沈敏", "13900000001"),), "")
    assert event.call == ward.open("5").id
    ward.press("5", "service")
    assert len(ward.heard(ServiceRequested)) == 1
    ward.reset("5")
    assert [event.by for event in ward.heard(ServiceDone)] == [""]
    assert ward.care.services.open("w1") == []


def test_asked_for_at_a_station_it_is_such_a_call(ward: AStaffedWard) -> None:
    """One row of both; taking it takes the call, done cancels it."""
    ask(ward, "help", note="找眼镜")
    ask(ward, "help", note="关窗")
    assert len(ward.heard(CallRaised)) == len(ward.heard(ServiceRequested)) == 1
    (one,) = ward.care.services.open("w1")
    assert one.note == "找眼镜; 关窗"
    now(ward.care.services.take(one.id, "沈敏"))
    assert ward.open("5").state == "acknowledged"
    now(ward.care.services.done(one.id, "沈敏"))
    assert [event.by for event in ward.heard(CallCancelled)] == ["沈敏"]
    assert len(ward.heard(ServiceDone)) == 1
    assert ward.wards.open() == []


def test_a_call_that_may_not_be_cancelled_waits_for_the_bed() -> None:
    """The request is done, the lamp is not out."""
    service: dict[str, Any] = SERVICES[1] | {"call_type": "call"}
    ward = AStaffedWard(plan(services=[service]))
    ward.press("5", "call")
    (one,) = ward.care.services.open("w1")
    assert now(ward.care.services.done(one.id, "沈敏"))
    assert ward.open("5").call_type == "call"
    assert ward.care.services.open("w1") == []


def test_groups_are_named_for_who_knows_them(ward: AStaffedWard) -> None:
    """Their members stand elsewhere in the plan; offered only where the plan says."""
    ask(ward, "chair", of="w2", bed="3")
    (event,) = ward.heard(ServiceRequested)
    assert (event.to, event.groups) == ((), ("porters",))
    assert [service.id for service in ward.care.services.offered("w1")] == ["water", "help"]


def test_requests_survive_a_restart(ward: AStaffedWard) -> None:
    """What became overdue meanwhile is told at once."""
    ask(ward, "water", note="温水")
    ward.clock.advance(300)
    ward.restart()
    assert [request.note for request in ward.care.services.open("w1")] == ["温水"]
    ward.care.services.stop()
    ward.clock.advance(1000)
    ward.restart()
    assert [event.attempt for event in ward.heard(ServiceRequested)] == [2]


def test_a_request_is_told_although_it_cannot_be_written(ward: AStaffedWard) -> None:
    """A second later; and is written down when that is possible."""
    ward.database.broken = OSError("disk on fire")
    ask(ward, "water")
    ward.clock.advance(1)
    assert len(ward.heard(ServiceRequested)) == 1
    ward.database.broken = None
    ward.wait(5)
    with ward.database.engine.begin() as connection:
        assert [row.service for row in connection.execute(requests.select())] == ["water"]


@pytest.mark.parametrize("to", ["role:porter", "13911112222", "group:porters", "duty", "assigned", "supervisor"])
def test_these_can_be_told(to: str) -> None:
    """As in a step of an escalation, and groups."""
    assert Service.model_validate(SERVICES[0] | {"to": [to]}).to == (to,)


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"services": [SERVICES[0] | {"to": ["porter"]}]}, "'porter' is nobody who can be told"),
        ({"services": [SERVICES[0], SERVICES[0]]}, "'water' is used twice"),
        ({"services": [SERVICES[0] | {"wards": ["w9"]}]}, "there is no ward 'w9'"),
        ({"services": [SERVICES[1] | {"call_type": "tea"}]}, "there is no call type 'tea'"),
        ({"services": [SERVICES[1], SERVICES[1] | {"id": "x"}]}, "already asks for service 'help'"),
        ({"rounds": [{"ward": "w9", "minutes": {"0": 15}}]}, "there is no ward 'w9'"),
        ({"rounds": [{"ward": "w1", "minutes": {"4": 15}}]}, "less than or equal to 3"),
        ({"rounds": [{"ward": "w1", "minutes": {"0": 1}}]}, "greater than or equal to 5"),
        ({"rounds": [{"ward": "w1", "minutes": {"0": 15}}] * 2}, "'w1' is used twice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(sections: dict[str, Any], why: str) -> None:
    """With one clear sentence."""
    with pytest.raises(ValueError, match=why):
        plan(**sections)
