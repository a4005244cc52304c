"""The life of one nurse call, from the press at the bed to the reset at the bed.

| state        | press                  | acknowledge  | overdue                | reset |
|--------------|------------------------|--------------|------------------------|-------|
| raised       | counted                | acknowledged | escalated              | ended |
| escalated    | counted                | acknowledged | next step, up to STEPS | ended |
| acknowledged | counted, raised anew   | stays        | nothing                | ended |
| ended        | nothing                | nothing      | nothing                | nothing |

Somebody who presses again after a nurse at a screen said “I come” has waited in vain: the call is raised anew,
spoken again, and patience begins again. Only the bedside ends a call (DIN VDE 0834-1). `continued` ends a row, not
the call: it goes on under another identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypedDict

from automat import TypeMachineBuilder

from nursecall.events import (
    CallAcknowledged,
    CallContinued,
    CallEscalated,
    CallEvent,
    CallRaised,
    CallRepeated,
    CallReset,
)

STEPS = 3
"""How often a call that nobody answers is passed on."""

State = Literal["raised", "acknowledged", "escalated", "ended"]
Happened = tuple[CallEvent, ...]


@dataclass(kw_only=True)
class CallFacts:
    """All that is known of one call: the columns of `nurse_calls`. Only the machine changes its state."""

    id: str
    ward: str
    bed: str
    call_type: str
    priority: int
    line: str
    raised_at: datetime
    patient: str | None = None
    care_grade: int | None = None
    state: State = "raised"
    presses: int = 1
    escalations: int = 0
    step: int = 0
    patience_from: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    ended_at: datetime | None = None
    changes: int = 0

    @property
    def waiting(self) -> bool:
        """Whether nobody has answered yet: it is spoken, and patience runs."""
        return self.state in ("raised", "escalated")

    @property
    def waits_from(self) -> datetime:
        """The moment from which patience is counted."""
        return self.patience_from or self.raised_at

    def subject(self) -> Subject:
        """The fields with which every event names its call."""
        return {"call": self.id, "ward": self.ward, "bed": self.bed, "call_type": self.call_type}

    def raised(self) -> CallRaised:
        """The event of its beginning."""
        return CallRaised(at=self.raised_at, line=self.line, priority=self.priority, **self.subject())


class Subject(TypedDict):
    """Which call an event is about."""

    call: str
    ward: str
    bed: str
    call_type: str


@dataclass(frozen=True)
class OpenCall:
    """A call as screens show it. stored: written down; in_plan: its bed is one of the ward's."""

    id: str
    ward: str
    bed: str
    call_type: str
    priority: int
    line: str
    state: Literal["raised", "acknowledged", "escalated"]
    presses: int
    escalations: int
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    patient: str | None
    care_grade: int | None
    stored: bool
    in_plan: bool = True


class NurseCall(Protocol):
    """What can befall a call; each answers with what came of it, in order, often nothing."""

    def press(self, at: datetime) -> Happened:
        """The button at the bed, again."""

    def acknowledge(self, by: str, at: datetime) -> Happened:
        """Somebody at a screen takes the call."""

    def overdue(self, nurses: tuple[str, ...], mobiles: tuple[str, ...], at: datetime) -> Happened:
        """The ward's patience is over; these are on duty."""

    def reset(self, at: datetime) -> Happened:
        """The button at the bed that ends it."""

    def continued(self, successor: str, at: datetime) -> Happened:
        """The same bed pressed before this call was read back after a restart; it goes on as `successor`."""


builder = TypeMachineBuilder(NurseCall, CallFacts)
raised = builder.state("raised")
escalated = builder.state("escalated")
acknowledged = builder.state("acknowledged")
ended = builder.state("ended")


@raised.upon(NurseCall.press).loop()
@escalated.upon(NurseCall.press).loop()
def counted(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    facts.presses += 1
    return (CallRepeated(at=at, presses=facts.presses, **facts.subject()),)


@acknowledged.upon(NurseCall.press).to(raised)
def raised_anew(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    facts.state, facts.step, facts.patience_from = "raised", 0, at
    facts.acknowledged_at = facts.acknowledged_by = None
    return counted(call, facts, at)


@raised.upon(NurseCall.acknowledge).to(acknowledged)
@escalated.upon(NurseCall.acknowledge).to(acknowledged)
def taken(call: NurseCall, facts: CallFacts, by: str, at: datetime) -> Happened:
    facts.state, facts.acknowledged_by, facts.acknowledged_at = "acknowledged", by, at
    return (CallAcknowledged(at=at, by=by, **facts.subject()),)


@raised.upon(NurseCall.overdue).to(escalated)
@escalated.upon(NurseCall.overdue).loop()
def passed_on(
    call: NurseCall, facts: CallFacts, nurses: tuple[str, ...], mobiles: tuple[str, ...], at: datetime
) -> Happened:
    if facts.step >= STEPS:
        return ()
    facts.state, facts.patience_from = "escalated", at
    facts.step, facts.escalations = facts.step + 1, facts.escalations + 1
    return (CallEscalated(at=at, step=facts.step, nurses=nurses, mobiles=mobiles, **facts.subject()),)


@raised.upon(NurseCall.reset).to(ended)
@escalated.upon(NurseCall.reset).to(ended)
@acknowledged.upon(NurseCall.reset).to(ended)
def over(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    # A clock set back while the call was open must not make anybody come before they were called.
    facts.state, facts.ended_at = "ended", max(at, facts.raised_at)
    waited = (facts.ended_at - facts.raised_at).total_seconds()
    return (CallReset(at=at, waited=waited, **facts.subject()),)


@raised.upon(NurseCall.continued).to(ended)
@escalated.upon(NurseCall.continued).to(ended)
@acknowledged.upon(NurseCall.continued).to(ended)
def goes_on(call: NurseCall, facts: CallFacts, successor: str, at: datetime) -> Happened:
    facts.state, facts.ended_at = "ended", max(at, facts.raised_at)
    return (CallContinued(at=at, successor=successor, **facts.subject()),)


acknowledged.upon(NurseCall.acknowledge).loop().returns(())  # the first nurse has it
acknowledged.upon(NurseCall.overdue).loop().returns(())
ended.upon(NurseCall.press).loop().returns(())
ended.upon(NurseCall.acknowledge).loop().returns(())
ended.upon(NurseCall.overdue).loop().returns(())
ended.upon(NurseCall.reset).loop().returns(())
ended.upon(NurseCall.continued).loop().returns(())

STATES = {"raised": raised, "escalated": escalated, "acknowledged": acknowledged, "ended": ended}
Life = builder.build()


def life(facts: CallFacts) -> NurseCall:
    """The machine of a call, in the state its facts say: a new one, or one brought back after a restart."""
    return Life(facts, STATES[facts.state])
