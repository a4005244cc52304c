"""Calls while they are open: each change acted on, written down, told; spoken and passed on while they wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.journal import Event
from appliance.foundation.values import new_id
from nursecall.announce import Announcements
from nursecall.bedsides import Bedside
from nursecall.board import Board, Call
from nursecall.calls import CallFacts, OpenCall
from nursecall.escalation import Escalation
from nursecall.events import AnnouncementDue, BedUnknown, CallEvent, CallPatientChanged, CallUpgraded
from nursecall.patients import Patients
from nursecall.rules import Rules
from nursecall.scribe import Scribe
from nursecall.store import CallStore, Change

FINISH = timedelta(seconds=5)
SHOWN = {field.name for field in fields(OpenCall)} & {field.name for field in fields(CallFacts)}


class Held:
    """The board, with the timers, the voice and the pen that belong to it."""

    log = Logger()

    def __init__(self, rules: Rules, store: CallStore, patients: Patients, clock: Clock, bus: Bus) -> None:
        self._rules, self._patients, self._clock, self._bus = rules, patients, clock, bus
        self._scribe = Scribe(store.write, self._told, clock, bus)
        self._escalation = Escalation(clock, self._overdue)
        self._announcements = Announcements(
            clock, self._announce, lambda ward: timedelta(seconds=rules.ward(ward).repeat)
        )
        self.board = Board()
        self.storage_failed = self._scribe.failed

    def start_writing(self) -> None:
        """What the records knew has been taken over: from now on they may be changed."""
        self._scribe.start()

    def quiet(self) -> None:
        """Pass nothing on, speak no more."""
        self._escalation.stop()
        self._announcements.stop()

    def stop(self) -> None:
        """Write no more either."""
        self.quiet()
        self._scribe.stop()

    async def finish(self) -> None:
        """Write down what is not written yet, for a few seconds at most."""
        written, long_enough = Deferred.fromCoroutine(self._scribe.finish()), sleep(self._clock, FINISH)
        await DeferredList([written, long_enough], fireOnOneCallback=True, consumeErrors=True)
        for waiting in (written, long_enough):
            waiting.cancel()

    def begin(
        self,
        line: str,
        ward: str,
        bed: str,
        call_type: str,
        *,
        heard_as: str | None = None,
        note: str = "",
        by: str = "",
    ) -> tuple[Call, Deferred[None]]:
        """A new call; the Deferred fires once it was told. heard_as: the type the wire named, where that differs."""
        facts = CallFacts(
            id=new_id(), ward=ward, bed=bed, call_type=call_type, priority=self._rules.priority(call_type), line=line,
            raised_at=self._clock.now(), heard_as=heard_as, note=note,
        )  # fmt: skip
        patient = self._patients.at(ward, bed)
        if patient is not None:
            facts.patient, facts.care_grade = patient.name, patient.care_grade
        events: list[CallEvent] = [facts.raised(by)]
        if not self._rules.in_plan(facts):
            self.log.warn("bed {bed} is not in the plan of ward {ward}, but calls", bed=bed, ward=ward)
            events.append(BedUnknown(at=facts.raised_at, line=line, **facts.subject()))
        call = self.board.hold(facts)
        return call, self._keep(call, events)

    def happened(self, call: Call, events: Sequence[CallEvent]) -> Deferred[None] | None:
        """Act on it, have it written down, and tell it; fires once told. Nothing happened: None."""
        return self._keep(call, events) if events else None

    def at_bed(self, bedside: Bedside, events: Sequence[Event]) -> Deferred[None]:
        """Something is known of a bed: have it written down, and tell it; fires once told."""
        return self._scribe.keep(Change.of(bedside, events))

    def bring_back(self, facts: CallFacts) -> Call:
        """A call from before a restart goes on."""
        call = self.board.hold(facts)
        self._watch(facts)
        self._voice(facts)
        return call

    def plan_changed(self) -> None:
        """Patience, tree or voice may be others now. Open calls stay."""
        for call in self.board:
            self._watch(call.facts)
            self._voice(call.facts)

    def patients_changed(self) -> None:
        """Somebody else may lie in the bed of an open call."""
        for call in self.board:
            facts, patient = call.facts, self._patients.at(call.facts.ward, call.facts.bed)
            before = facts.patient, facts.care_grade
            facts.patient, grade = (patient.name, patient.care_grade) if patient else (None, None)
            if (facts.patient, grade) != before:
                facts.care_grade = grade
                self._keep(call, [CallPatientChanged(at=self._clock.now(), care_grade=grade, **facts.subject())])

    def view(self, facts: CallFacts, *, present: bool, now: datetime) -> OpenCall:
        """A call as screens show it."""
        shown, due = {name: getattr(facts, name) for name in SHOWN}, self._rules.due(facts, now)
        return OpenCall(
            **shown,
            stored=self._scribe.stored(facts.id),
            in_plan=self._rules.in_plan(facts),
            present=present,
            next_step=due.turn.step.by if due else None,
            next_step_at=due.at if due else None,
            assigned=self._rules.assigned(facts, now),
        )

    def _keep(self, call: Call, events: Sequence[CallEvent]) -> Deferred[None]:
        facts = call.facts
        facts.changes += 1
        if facts.state == "ended":
            self.board.let_go(facts)
        self._watch(facts)
        if not facts.waiting or any(isinstance(event, CallUpgraded) for event in events):
            # What was upgraded is spoken anew, as what it is now.
            self._announcements.end(facts.id)
        return self._scribe.keep(Change.of(facts, events))

    def _told(self, change: Change) -> None:
        # Spoken only after it was told, so that a station knows the call whose sentence it plays.
        call = self.board.find(change.call) if change.call else None
        if call is not None:
            self._voice(call.facts)

    def _watch(self, facts: CallFacts) -> None:
        due = self._rules.due(facts, self._clock.now())
        if due is not None:
            self._escalation.watch(facts.id, due.at)
        else:
            self._escalation.forget(facts.id)

    def _overdue(self, call: str) -> None:
        found, at = self.board.find(call), self._clock.now()
        telling = self._rules.telling(found.facts, at) if found else None
        if found is not None and telling is not None:
            self.happened(found, found.life.overdue(telling, at))

    def _voice(self, facts: CallFacts) -> None:
        if facts.waiting and self._rules.speakable(facts.call_type):
            self._announcements.begin(facts.id, facts.ward, facts.priority)
        else:
            self._announcements.end(facts.id)

    def _announce(self, call: str, round_: int) -> None:
        found = self.board.find(call)
        if found is None:
            return
        facts = found.facts
        due = AnnouncementDue(
            at=self._clock.now(),
            care_grade=facts.care_grade,
            language=self._rules.ward(facts.ward).language,
            priority=facts.priority,
            round=round_,
            **facts.subject(),
        )
        self._bus.publish(due)
