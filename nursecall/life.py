"""The life of one nurse call, from the press at the bed to the reset at the bed.

| input       | raised         | escalated      | acknowledged   | talking        | attended        |
|-------------|----------------|----------------|----------------|----------------|-----------------|
| press       | counted        | counted        | raised anew    | counted        | counted         |
| upgrade     | raised anew    | raised anew    | raised anew    | raised anew    | raised anew     |
| acknowledge | acknowledged   | acknowledged   | nothing        | nothing        | nothing         |
| arrive      | attended       | attended       | attended       | attended       | nothing         |
| leave       | nothing        | nothing        | nothing        | nothing        | raised anew     |
| talk_began  | talking        | talking        | talking        | nothing        | noted, attended |
| talk_ended  | nothing        | nothing        | nothing        | acknowledged   | nothing         |
| overdue     | escalated      | next step      | nothing        | nothing        | nothing         |
| result      | noted          | noted          | noted          | noted          | noted           |
| revert      | marked         | marked         | marked         | marked         | marked          |
| mended      | unmarked       | unmarked       | raised anew    | unmarked       | unmarked        |
| reset, cancel, cleared, continued | ended | ended | ended          | ended          | ended           |

An ended call answers every input with nothing. Anew: the call waits as at its beginning, is spoken again, and its
escalation begins again. Somebody who presses again after a nurse said “I come” has waited in vain; a nurse who leaves
without a reset has not finished; after trouble on the wire nobody knows whether a reset went unheard. A call that
already waits goes on waiting: a flapping terminal must not begin its escalation again and again. Silence is no end:
only the bedside ends a call, or, where its type allows that, somebody from afar (`nursecall.cancelling`). `continued`
ends a row, not the call: it goes on under another identity.
"""

from __future__ import annotations

from datetime import datetime

from automat import TypeMachineBuilder

from nursecall.calls import CallFacts, Happened, NurseCall, Telling
from nursecall.course import befall
from nursecall.events import (
    CallAcknowledged,
    CallAttended,
    CallCancelled,
    CallCleared,
    CallContinued,
    CallEscalated,
    CallEvent,
    CallLeft,
    CallMended,
    CallRepeated,
    CallReset,
    CallStepResult,
    CallTalkBegan,
    CallTalkEnded,
    CallTroubled,
    CallUpgraded,
    Outcome,
)
from nursecall.plan_escalation import By

builder = TypeMachineBuilder(NurseCall, CallFacts)
raised = builder.state("raised")
escalated = builder.state("escalated")
acknowledged = builder.state("acknowledged")
talking = builder.state("talking")
attended = builder.state("attended")
ended = builder.state("ended")

STATES = {
    "raised": raised,
    "escalated": escalated,
    "acknowledged": acknowledged,
    "talking": talking,
    "attended": attended,
    "ended": ended,
}


def _so(facts: CallFacts, event: CallEvent) -> Happened:
    befall(event, facts)
    return (event,)


def _waited(facts: CallFacts, at: datetime) -> float:
    return (max(at, facts.raised_at) - facts.raised_at).total_seconds()


@raised.upon(NurseCall.press).loop()
@escalated.upon(NurseCall.press).loop()
@acknowledged.upon(NurseCall.press).to(raised)
@talking.upon(NurseCall.press).loop()
@attended.upon(NurseCall.press).loop()
def pressed(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallRepeated(at=at, presses=facts.presses + 1, **facts.subject()))


@raised.upon(NurseCall.upgrade).loop()
@escalated.upon(NurseCall.upgrade).to(raised)
@acknowledged.upon(NurseCall.upgrade).to(raised)
@talking.upon(NurseCall.upgrade).to(raised)
@attended.upon(NurseCall.upgrade).to(raised)
def upgraded(call: NurseCall, facts: CallFacts, call_type: str, priority: int, at: datetime) -> Happened:
    event = CallUpgraded(
        at=at, call=facts.id, ward=facts.ward, bed=facts.bed, call_type=call_type, was=facts.call_type,
        priority=priority,
    )  # fmt: skip
    return (*_so(facts, event), *pressed(call, facts, at))


@raised.upon(NurseCall.acknowledge).to(acknowledged)
@escalated.upon(NurseCall.acknowledge).to(acknowledged)
def taken(call: NurseCall, facts: CallFacts, by: str, device: str, at: datetime) -> Happened:
    return _so(facts, CallAcknowledged(at=at, by=by, device=device, **facts.subject()))


@raised.upon(NurseCall.arrive).to(attended)
@escalated.upon(NurseCall.arrive).to(attended)
@acknowledged.upon(NurseCall.arrive).to(attended)
@talking.upon(NurseCall.arrive).to(attended)
def arrived(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallAttended(at=at, **facts.subject()))


@attended.upon(NurseCall.leave).to(raised)
def left(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallLeft(at=at, **facts.subject()))


@raised.upon(NurseCall.talk_began).to(talking)
@escalated.upon(NurseCall.talk_began).to(talking)
@acknowledged.upon(NurseCall.talk_began).to(talking)
@attended.upon(NurseCall.talk_began).loop()
def speaks(call: NurseCall, facts: CallFacts, by: str, device: str, at: datetime) -> Happened:
    return _so(facts, CallTalkBegan(at=at, by=by, device=device, **facts.subject()))


@talking.upon(NurseCall.talk_ended).to(acknowledged)
def spoke(call: NurseCall, facts: CallFacts, by: str, at: datetime) -> Happened:
    return _so(facts, CallTalkEnded(at=at, by=by, **facts.subject()))


@raised.upon(NurseCall.overdue).to(escalated)
@escalated.upon(NurseCall.overdue).loop()
def passed_on(call: NurseCall, facts: CallFacts, telling: Telling, at: datetime) -> Happened:
    event = CallEscalated(
        at=at, step=telling.position, serial=facts.escalations + 1, tree=telling.tree, index=telling.index,
        attempt=telling.attempt, by=telling.by, to=telling.to, **facts.subject(),
    )  # fmt: skip
    return _so(facts, event)


@raised.upon(NurseCall.revert).loop()
@escalated.upon(NurseCall.revert).loop()
@acknowledged.upon(NurseCall.revert).loop()
@talking.upon(NurseCall.revert).loop()
@attended.upon(NurseCall.revert).loop()
def marked(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallTroubled(at=at, **facts.subject()))


@raised.upon(NurseCall.mended).loop()
@escalated.upon(NurseCall.mended).loop()
@acknowledged.upon(NurseCall.mended).to(raised)
@talking.upon(NurseCall.mended).loop()
@attended.upon(NurseCall.mended).loop()
def unmarked(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallMended(at=at, **facts.subject()))


def noted(
    call: NurseCall, facts: CallFacts, serial: int, by: By, device: str, who: str, outcome: Outcome, at: datetime
) -> Happened:
    return _so(
        facts,
        CallStepResult(at=at, serial=serial, by=by, device=device, who=who, outcome=outcome, **facts.subject()),
    )


def reset(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallReset(at=at, waited=_waited(facts, at), **facts.subject()))


def cancelled(call: NurseCall, facts: CallFacts, by: str, device: str, at: datetime) -> Happened:
    return _so(facts, CallCancelled(at=at, by=by, device=device, waited=_waited(facts, at), **facts.subject()))


def cleared(call: NurseCall, facts: CallFacts, at: datetime) -> Happened:
    return _so(facts, CallCleared(at=at, waited=_waited(facts, at), **facts.subject()))


def goes_on(call: NurseCall, facts: CallFacts, successor: str, at: datetime) -> Happened:
    return _so(facts, CallContinued(at=at, successor=successor, **facts.subject()))


for state in STATES.values():
    if state is not ended:
        state.upon(NurseCall.result).loop()(noted)
        state.upon(NurseCall.reset).to(ended)(reset)
        state.upon(NurseCall.cancel).to(ended)(cancelled)
        state.upon(NurseCall.cleared).to(ended)(cleared)
        state.upon(NurseCall.continued).to(ended)(goes_on)

acknowledged.upon(NurseCall.acknowledge).loop().returns(())  # the first nurse has it
talking.upon(NurseCall.acknowledge).loop().returns(())
attended.upon(NurseCall.acknowledge).loop().returns(())
attended.upon(NurseCall.arrive).loop().returns(())
for state in (raised, escalated, acknowledged, talking):
    state.upon(NurseCall.leave).loop().returns(())
talking.upon(NurseCall.talk_began).loop().returns(())
for state in (raised, escalated, acknowledged, attended):
    state.upon(NurseCall.talk_ended).loop().returns(())
for state in (acknowledged, talking, attended):
    state.upon(NurseCall.overdue).loop().returns(())
for name in (name for name in vars(NurseCall) if not name.startswith("_")):
    ended.upon(getattr(NurseCall, name)).loop().returns(())

Life = builder.build()


def life(facts: CallFacts) -> NurseCall:
    """The machine of a call, in the state its facts say: a new one, or one brought back after a restart."""
    return Life(facts, STATES[facts.state])
