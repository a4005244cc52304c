"""The wards as the journal tells them: every call and every bed, from the entries alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from appliance.foundation.journal import Entry
from nursecall import events
from nursecall.bedsides import Bedside
from nursecall.calls import CallFacts
from nursecall.course import befall

OF_A_CALL = (
    events.CallRaised, events.BedUnknown, events.CallRepeated, events.CallUpgraded, events.CallAcknowledged,
    events.CallAttended, events.CallLeft, events.CallTalkBegan, events.CallTalkEnded, events.CallEscalated,
    events.CallStepResult, events.CallTroubled, events.CallMended, events.CallReset, events.CallCancelled,
    events.CallCleared, events.CallContinued, events.CallPatientChanged,
)  # fmt: skip
OF_A_BED = (events.PresenceChanged, events.TerminalChanged)
KINDS: Mapping[str, type[events.CallEvent | events.BedsideEvent]] = {
    f"nursecall.{kind.__name__}": kind for kind in (*OF_A_CALL, *OF_A_BED)
}


@dataclass
class History:
    """What the journal tells. calls: by id, those that ended too, without names and notes, which it never holds."""

    calls: dict[str, CallFacts] = field(default_factory=dict)
    bedsides: dict[tuple[str, str], Bedside] = field(default_factory=dict)

    def open(self) -> dict[str, CallFacts]:
        """The calls that have not ended."""
        return {call: facts for call, facts in self.calls.items() if facts.state != "ended"}


def fold(entries: Iterable[Entry]) -> History:
    """Live through `entries`, in order. What is not the ward's, or of a call that began before them, is passed by."""
    told = History()
    for entry in entries:
        event = revive(entry)
        if isinstance(event, events.CallEvent):
            _call(told, event)
        elif event is not None:
            _bed(told, event)
    return told


def revive(entry: Entry) -> events.CallEvent | events.BedsideEvent | None:
    """The ward's event that `entry` reports; None for any other. Journals of earlier versions are understood."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        return None
    body = entry.body
    if kind is events.CallEscalated and "to" not in body:
        body = _three_messages(body)
    names = {field.name for field in fields(kind)}
    return kind(at=entry.at, **{name: _frozen(value) for name, value in body.items() if name in names})


def facts_of(event: events.CallRaised) -> CallFacts:
    """What is known of a call when it is raised."""
    return CallFacts(
        id=event.call, ward=event.ward, bed=event.bed, call_type=event.call_type, priority=event.priority,
        line=event.line, raised_at=event.at, care_grade=event.care_grade, heard_as=event.heard_as,
    )  # fmt: skip


def _three_messages(body: Mapping[str, Any]) -> dict[str, Any]:
    """How escalation was written when it was three messages to all on duty, and nothing else."""
    step, to = body["step"], list(zip(body["nurses"], body["mobiles"], strict=False))
    return {**body, "serial": 0, "tree": "usual", "index": 1, "attempt": step, "by": "sms", "to": to}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value


def _call(told: History, event: events.CallEvent) -> None:
    if isinstance(event, events.CallRaised):
        told.calls[event.call] = facts_of(event)
    elif (facts := told.calls.get(event.call)) is not None:
        if isinstance(event, events.CallEscalated) and not event.serial:
            event = replace(event, serial=facts.escalations + 1)
        befall(event, facts)


def _bed(told: History, event: events.BedsideEvent) -> None:
    bedside = told.bedsides.setdefault((event.ward, event.bed), Bedside(ward=event.ward, bed=event.bed))
    bedside.line = event.line
    if isinstance(event, events.PresenceChanged):
        bedside.present_since = _since(event.here, event.at)
    elif isinstance(event, events.TerminalChanged):
        bedside.fault_since = _since(not event.well, event.at)


def _since(so: bool, at: datetime) -> datetime | None:
    return at if so else None
