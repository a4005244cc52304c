"""A nurse takes a call with her thumb: from the escalation through the outbox and back to the ward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from appliance.answers import Answers
from appliance.carriers import Texts
from nursecall.events import CallEscalated, CallStepResult
from pbx.events import MessageReceived
from pbx.plan import PbxPlan
from pbx.sms.inbox import Incoming
from pbx.sms.office import Letter, Office
from pbx.sms.outbox import Outbox
from tests.nursecall.a_ward import AWard, ward_with
from tests.support import now


@dataclass
class Phones:
    """A gateway that sends everything at once."""

    id: str = "sms1"
    window: int = 1
    ready: bool = True
    shown: list[tuple[str, str]] = field(default_factory=list)

    def attach(self, office: Office | None) -> None:
        """It has nothing to tell."""

    def parts(self, letter: Letter) -> int:
        return 1

    async def send(self, letter: Letter, part: int) -> str:
        self.shown.append((letter.to, letter.text))
        return str(len(self.shown))


class Night(AWard):
    """A ward whose nurses are texted and answer."""

    def __init__(self) -> None:
        super().__init__(ward_with(0))
        self.phones, self.outbox = Phones(), Outbox(self.database, self.clock, self.bus)
        self.outbox.attach(self.phones)
        self.outbox.start()
        texts = Texts(self.wards, self.outbox)

        async def carry(step: CallEscalated) -> None:
            await texts.carry(step, "呼叫")

        self.bus.subscribe(CallEscalated, carry)
        plan: Any = SimpleNamespace(pbx=PbxPlan(), nursecall=self.plan, site=SimpleNamespace(language="zh"))
        Answers(self.bus, lambda: plan, self.wards, self.outbox)

    def escalated(self) -> None:
        """Bed 28 pressed, nobody came, two nurses texted."""
        self.press("28")
        self.clock.advance(120)
        self.phones.shown.clear()

    def answers(self, text: str, sender: str = "+8613800000001") -> list[str]:
        """What the sender is told."""
        self.clock.advance(1)
        message = Incoming(sender, text, self.clock.now())
        before = len(self.phones.shown)
        now(self.outbox.arrived("sms1", message))
        return [told for to, told in self.phones.shown[before:] if to == sender]


def test_one_takes_the_call_under_the_nurses_own_name() -> None:
    """And tells her so; who answers later hears who has it."""
    night = Night()
    night.escalated()
    assert night.answers("1") == ["一病区 28 床：已接受，请尽快前往。"]
    call = night.open("28")
    assert (call.state, call.acknowledged_by) == ("acknowledged", "李静")
    assert night.answers("收到", "13800000002") == ["一病区 28 床：已由李静接受，谢谢。"]
    assert night.open("28").acknowledged_by == "李静"
    assert night.answers(" 1. ") == ["一病区 28 床：已接受，请尽快前往。"]
    assert [event.outcome for event in night.heard(CallStepResult)] == ["accepted", "accepted"]


def test_two_passes_it_on() -> None:
    """When everybody does, the next step is taken at once."""
    night = Night()
    night.escalated()
    steps = len(night.heard(CallEscalated))
    assert night.answers("2") == ["一病区 28 床：已转交他人。"]
    assert len(night.heard(CallEscalated)) == steps
    night.answers("2", "13800000002")
    night.clock.advance(0)
    assert len(night.heard(CallEscalated)) == steps + 1
    assert night.open("28").waiting


def test_a_call_that_is_over_is_said_to_be_over() -> None:
    """She need not come."""
    night = Night()
    night.escalated()
    night.reset("28")
    assert night.answers("1") == ["该呼叫已结束，谢谢。"]


def test_what_is_no_answer_stays_without_one() -> None:
    """Words, strangers, and answers that come after their time; all of it is in the records."""
    night = Night()
    received: list[MessageReceived] = []
    night.bus.subscribe(MessageReceived, received.append)
    night.escalated()
    assert night.answers("几号床?") == []
    assert night.answers("1", "13912345678") == []
    now(night.outbox.accept("13800000001", "演练", about="broadcast:b"))
    assert night.answers("1") == []
    night.clock.advance(timedelta(hours=12))
    assert night.answers("1", "13800000002") == []
    assert len(received) == 4
    assert night.open("28").waiting
