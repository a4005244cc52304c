"""Steps of an escalation, carried out: who is told by what, and what comes of what cannot be told."""

from __future__ import annotations

from typing import Any

from appliance.carriers import Carriers, Stations, Texts
from nursecall.events import CallAcknowledged, CallEscalated, CallStepResult
from pbx.events import MessageDelivered, MessageFailed
from tests.nursecall.a_ward import AWard, plan, ward_with
from tests.support import now


class Mail:
    """Takes messages, but not to the numbers in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.sent: list[str] = []
        self.refused = refused

    async def accept(self, to: str, text: str, about: str) -> str:
        if to in self.refused:
            raise ValueError(f"{to} is no number")
        self.sent.append(to)
        return "message"


class Ward(AWard):
    """A ward whose steps are carried out."""

    def __init__(self, *refused: str, **ward: Any) -> None:
        super().__init__(ward_with(0, **ward))
        self.mail = Mail(*refused)
        self.texts = Texts(self.wards, self.mail)
        carriers = Carriers(self.wards, {"sms": self.texts, "station": Stations(self.wards)})

        async def carry(step: CallEscalated) -> None:
            await carriers.carry(step, "呼叫")

        self.bus.subscribe(CallEscalated, carry)
        self.bus.subscribe(MessageDelivered, self.texts.report)
        self.bus.subscribe(MessageFailed, self.texts.report)

    def tree(self) -> list[str]:
        """By what was it told, in order."""
        return [event.by for event in self.heard(CallEscalated)]

    def results(self) -> list[tuple[int, str, str]]:
        """Step, who, outcome."""
        return [(event.serial, event.who, event.outcome) for event in self.heard(CallStepResult)]


def test_every_nurse_on_duty_is_texted_and_what_became_of_it_is_known() -> None:
    """Delivered or not, by the gateway's word, on the call and in the journal."""
    ward = Ward()
    ward.press("28")
    ward.clock.advance(120)
    assert ward.mail.sent == ["13800000001", "13800000002"]
    call, at = ward.open("28").id, ward.clock.now()
    ward.bus.publish(MessageDelivered(at=at, message="m", to="13800000002", about=call))
    ward.bus.publish(MessageFailed(at=at, message="m", to="13800000001", about=call, why="no such number"))
    ward.bus.publish(MessageDelivered(at=at, message="m", to="13800000009", about=call))
    ward.bus.publish(MessageDelivered(at=at, message="m", to="13800000002", about="another"))
    assert ward.results() == [(1, "王芳", "delivered"), (1, "李静", "failed")]
    assert [(one.who, one.outcome) for one in ward.open("28").told] == [("李静", "failed"), ("王芳", "delivered")]
    assert [entry.kind for entry in ward.journal()].count("nursecall.CallStepResult") == 2
    assert ward.tree() == ["sms"]


def test_a_number_that_is_refused_keeps_nobody_else_from_being_told() -> None:
    """One of two: the step goes on. Both: the next step is taken at once."""
    ward = Ward("13800000001")
    ward.press("28")
    ward.clock.advance(120)
    assert (ward.mail.sent, ward.results(), ward.tree()) == (["13800000002"], [(1, "李静", "failed")], ["sms"])
    ward = Ward("13800000001", "13800000002")
    ward.press("28")
    ward.clock.advance(120)
    assert ward.tree() == ["sms", "station"]
    assert ward.results() == [(1, "李静", "failed"), (1, "王芳", "failed"), (2, "w1", "delivered")]


def test_a_step_nobody_here_can_carry_out_gives_way_at_once() -> None:
    """Also one whose carrier breaks: a call never waits for a part that is missing."""
    tree = {
        "id": "t",
        "steps": [{"by": "mobile", "after": 30, "attempts": 3}, {"by": "speaker", "after": 60}],
        "failsafe": {"by": "station", "after": 60},
    }
    ward = AWard(plan(escalations=[tree], escalation_rules=[{"tree": "t"}]))

    class Broken:
        async def carry(self, step: CallEscalated, text: str) -> None:
            raise RuntimeError("the exchange is down")

    carriers = Carriers(ward.wards, {"mobile": Broken(), "station": Stations(ward.wards)})

    async def carry(step: CallEscalated) -> None:
        await carriers.carry(step, "呼叫")

    ward.bus.subscribe(CallEscalated, carry)
    ward.press("28")
    ward.clock.advance(30)
    assert [event.by for event in ward.heard(CallEscalated)] == ["mobile", "speaker", "station"]
    assert {event.at for event in ward.heard(CallEscalated)} == {ward.clock.now()}


def test_who_accepts_has_taken_the_call_and_who_declines_passes_it_on() -> None:
    """At once, by name and device; late answers change nothing."""
    ward = Ward()
    for bed in ("28", "29"):
        ward.press(bed)
    ward.clock.advance(120)
    taken, passed, at = ward.open("28").id, ward.open("29").id, ward.clock.now()
    assert now(ward.wards.step_result(taken, 1, "13800000001", "李静", "accepted", at))
    assert (ward.open("28").state, ward.open("28").acknowledged_by) == ("acknowledged", "李静")
    assert [(event.by, event.device) for event in ward.heard(CallAcknowledged)] == [("李静", "sms")]
    assert now(ward.wards.step_result(passed, 1, "13800000001", "李静", "declined", at))
    assert ward.tree() == ["sms", "sms"]
    assert now(ward.wards.step_result(passed, 1, "13800000002", "王芳", "no-answer", at))
    ward.clock.advance(0)
    assert ward.tree() == ["sms", "sms", "station"]
    assert now(ward.wards.step_result(taken, 1, "13800000002", "王芳", "accepted", at))
    assert ward.open("28").acknowledged_by == "李静"
    assert now(ward.wards.step_result(taken, 99, "1", "王芳", "accepted", at))
    ward.reset("28")
    assert not now(ward.wards.step_result(taken, 1, "13800000001", "李静", "accepted", at))


def test_the_screen_shows_what_comes_next_and_whose_bed_it_is() -> None:
    """And nothing once somebody has taken the call."""
    roster = [{"shift": "day", "nurse": "李静", "mobile": "13800000001", "beds": ["20-30"]}]
    ward = Ward(roster=roster)
    ward.press("28")
    call = ward.open("28")
    assert (call.next_step, call.assigned) == ("sms", ("李静",))
    assert call.next_step_at is not None
    assert (call.next_step_at - call.raised_at).total_seconds() == 120
    ward.acknowledge("28")
    assert (ward.open("28").next_step, ward.open("28").next_step_at) == (None, None)
