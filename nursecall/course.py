"""What each event changes in what is known of a call: the one place, for the living call and for its replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import singledispatch

from nursecall import events
from nursecall.calls import CallFacts, Outcomes, Told


@singledispatch
def befall(event: events.CallEvent, facts: CallFacts) -> None:
    """Bring `facts` to where they are after `event`. Some events, such as an unknown bed, change nothing."""


@befall.register
def _repeated(event: events.CallRepeated, facts: CallFacts) -> None:
    facts.presses = event.presses
    if facts.state == "acknowledged":
        _anew(facts, event.at)


@befall.register
def _upgraded(event: events.CallUpgraded, facts: CallFacts) -> None:
    facts.heard_as = facts.heard_as or event.was
    facts.call_type, facts.priority = event.call_type, event.priority
    _anew(facts, event.at)


@befall.register
def _acknowledged(event: events.CallAcknowledged, facts: CallFacts) -> None:
    facts.state = "acknowledged"
    _taken(facts, event.by, event.device, event.at)


@befall.register
def _attended(event: events.CallAttended, facts: CallFacts) -> None:
    facts.state, facts.attended_at = "attended", facts.attended_at or event.at


@befall.register
def _left(event: events.CallLeft, facts: CallFacts) -> None:
    _anew(facts, event.at)


@befall.register
def _talk_began(event: events.CallTalkBegan, facts: CallFacts) -> None:
    facts.spoken_at, facts.spoken_with = event.at, event.by
    if facts.state != "attended":
        facts.state = "talking"
        _taken(facts, facts.acknowledged_by or event.by, facts.acknowledged_on or event.device, event.at)


@befall.register
def _talk_ended(event: events.CallTalkEnded, facts: CallFacts) -> None:
    facts.state = "acknowledged"


@befall.register
def _escalated(event: events.CallEscalated, facts: CallFacts) -> None:
    facts.state, facts.patience_from = "escalated", event.at
    facts.step, facts.escalations = event.step, event.serial
    facts.told += tuple(Told(event.serial, event.by, who, device, None, event.at) for who, device in event.to)


@befall.register
def _result(event: events.CallStepResult, facts: CallFacts) -> None:
    this = Told(event.serial, event.by, event.who, event.device, event.outcome, event.at)
    if any(_same(one, this) for one in facts.told):
        facts.told = tuple(
            replace(one, outcome=this.outcome, at=this.at) if _same(one, this) else one for one in facts.told
        )
    else:
        facts.told += (this,)


@befall.register
def _troubled(event: events.CallTroubled, facts: CallFacts) -> None:
    facts.trouble = True


@befall.register
def _mended(event: events.CallMended, facts: CallFacts) -> None:
    facts.trouble = False
    if facts.state == "acknowledged":
        _anew(facts, event.at)


@befall.register
def _patient(event: events.CallPatientChanged, facts: CallFacts) -> None:
    facts.care_grade = event.care_grade


@befall.register
def _reset(event: events.CallReset, facts: CallFacts) -> None:
    _over(facts, "reset", event.at)


@befall.register
def _cancelled(event: events.CallCancelled, facts: CallFacts) -> None:
    facts.ended_by = event.by
    _over(facts, "cancelled", event.at)


@befall.register
def _cleared(event: events.CallCleared, facts: CallFacts) -> None:
    _over(facts, "cleared", event.at)


@befall.register
def _continued(event: events.CallContinued, facts: CallFacts) -> None:
    _over(facts, "continued", event.at)


def _anew(facts: CallFacts, at: datetime) -> None:
    """It waits as at the beginning; whoever said “I come”, or has spoken, did not end it."""
    facts.state, facts.step, facts.patience_from, facts.anew_at = "raised", 0, at, at
    facts.acknowledged_at = facts.acknowledged_by = facts.acknowledged_on = None
    facts.spoken_at = facts.spoken_with = None


def _taken(facts: CallFacts, by: str, device: str, at: datetime) -> None:
    facts.acknowledged_by, facts.acknowledged_on = by, device
    facts.acknowledged_at = facts.acknowledged_at or at


def _over(facts: CallFacts, outcome: Outcomes, at: datetime) -> None:
    # A clock set back while the call was open must not make anybody come before they were called.
    facts.state, facts.outcome, facts.ended_at = "ended", outcome, max(at, facts.raised_at)


def _same(one: Told, other: Told) -> bool:
    return (one.serial, one.by, one.device) == (other.serial, other.by, other.device)
