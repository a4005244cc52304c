"""The wards: what a press, a reset and an acknowledgement mean, and which calls are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.i18n import Text
from appliance.foundation.values import new_id
from nursecall.announce import Announcements
from nursecall.board import Board, Call, Reset, label, printable
from nursecall.calls import STEPS, CallFacts, OpenCall
from nursecall.escalation import Escalation, on_duty
from nursecall.events import AnnouncementDue, BedUnknown, CallEvent, CallPatientChanged, PatientsChanged
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import AnyLine
from nursecall.plan_wards import Ward
from nursecall.reading import Ended, Press, Reading
from nursecall.recall import Recall
from nursecall.scribe import Scribe
from nursecall.store import CallStore, Change

MOST_URGENT = 1
NAME = 64
FINISH = timedelta(seconds=5)
SHOWN = {field.name for field in fields(OpenCall)} - {"stored", "in_plan"}


class Wards:
    """Every ward's open calls, held in memory, written down by the scribe, told on the bus."""

    log = Logger()

    def __init__(
        self, plan: NurseCallPlan, zone: ZoneInfo, store: CallStore, patients: Patients, clock: Clock, bus: Bus
    ) -> None:
        self._plan, self._zone = plan, zone
        self._patients, self._clock, self._bus = patients, clock, bus
        self._scribe = Scribe(store.write, self._told, clock, bus)
        self._recall = Recall(store, patients, clock, self._bring_back, self._scribe.failed)
        self._escalation = Escalation(clock, self._overdue)
        self._announcements = Announcements(
            clock, self._announce, lambda ward: timedelta(seconds=self._ward(ward).repeat)
        )
        self._board = Board()
        self._recalled = False
        self._early: list[Reset] = []
        self._deaf = bus.subscribe(PatientsChanged, self._patients_changed)

    async def start(self) -> None:
        """Bring back open calls. Where records cannot be read, go on without them and fetch them later."""
        await self._recall.start()

    def stop(self) -> None:
        """Let go of every timer; the calls stay open in the records."""
        self._deaf()
        self._quiet()
        self._scribe.stop()

    async def finish(self) -> None:
        """Write down what is not written yet, for a few seconds at most, then stop."""
        self._quiet()
        written, long_enough = Deferred.fromCoroutine(self._scribe.finish()), sleep(self._clock, FINISH)
        await DeferredList([written, long_enough], fireOnOneCallback=True, consumeErrors=True)
        for waiting in (written, long_enough):
            waiting.cancel()
        self.stop()

    def heard(self, line: AnyLine, reading: Reading) -> Deferred[None] | None:
        """A host line says that a button was pressed, or that a call is over.

        Fires when that is written down, or after a second where it cannot be: then the host may be answered.
        """
        bed = label(reading.bed, self._ward(reading.ward).beds)
        if isinstance(reading, Press):
            return self._pressed(line, reading.ward, bed, reading.call_type)
        if isinstance(reading, Ended):
            return self._reset(reading.ward, bed, reading.call_type)
        return None

    async def acknowledge(self, call: str, by: str) -> bool:
        """Somebody at a screen takes `call`: it is spoken no longer, but stays open. False where it has ended."""
        found = self._board.find(call)
        if found is None:
            return False
        told = self._happened(found, found.life.acknowledge(printable(by, NAME), self._clock.now()))
        if told is not None:
            await told
        return True

    def open(self, ward: str | None = None) -> list[OpenCall]:
        """Calls of one ward, or of all, the most urgent first, then the oldest."""
        calls = [self._view(call.facts) for call in self._board if ward in (None, call.facts.ward)]
        return sorted(calls, key=lambda call: (call.priority, call.raised_at))

    def replan(self, plan: NurseCallPlan) -> None:
        """From now on go by `plan`. Open calls stay, whatever it says."""
        self._plan = plan
        for call in self._board:
            self._watch(call.facts)
            self._voice(call.facts)

    def _pressed(self, line: AnyLine, ward: str, bed: str, call_type: str) -> Deferred[None] | None:
        call = self._board.at(ward, bed, call_type)
        if call is not None:
            return self._happened(call, call.life.press(self._clock.now()))
        facts = self._new(line, ward, bed, call_type)
        events: list[CallEvent] = [facts.raised()]
        if not self._in_plan(facts):
            self.log.warn("bed {bed} is not in the plan of ward {ward}, but calls", bed=bed, ward=ward)
            events.append(BedUnknown(at=facts.raised_at, line=line.id, **facts.subject()))
        return self._happened(self._board.hold(facts), events)

    def _new(self, line: AnyLine, ward: str, bed: str, call_type: str) -> CallFacts:
        kind, patient = self._plan.call_type(call_type), self._patients.at(ward, bed)
        return CallFacts(
            id=new_id(),
            ward=ward,
            bed=bed,
            call_type=call_type,
            # Nobody knows how urgent a kind is that the plan does not name: so it is the most urgent.
            priority=MOST_URGENT if kind is None else kind.priority,
            line=line.id,
            raised_at=self._clock.now(),
            patient=patient.name if patient else None,
            care_grade=patient.care_grade if patient else None,
        )

    def _reset(self, ward: str, bed: str, call_type: str | None) -> Deferred[None] | None:
        at = self._clock.now()
        reset = Reset(ward, bed, call_type, at)
        ended = [call for call in self._board if reset.ends(call.facts)]
        told = None
        for call in ended:
            # In order: the last one told is the last one written.
            told = self._happened(call, call.life.reset(at)) or told
        if not self._recalled:
            self._early.append(reset)
        elif not ended:
            self.log.info("a reset of bed {bed} in ward {ward}, where no call is open", bed=bed, ward=ward)
        return told

    def _overdue(self, call: str) -> None:
        found, at = self._board.find(call), self._clock.now()
        if found is None:
            return
        nurses, mobiles = on_duty(self._ward(found.facts.ward), at, self._zone)
        self._happened(found, found.life.overdue(nurses, mobiles, at))

    def _patients_changed(self, event: PatientsChanged) -> None:
        for call in self._board:
            self._look_up(call)

    def _look_up(self, call: Call) -> None:
        facts, patient = call.facts, self._patients.at(call.facts.ward, call.facts.bed)
        before = facts.patient, facts.care_grade
        facts.patient, facts.care_grade = (patient.name, patient.care_grade) if patient else (None, None)
        if (facts.patient, facts.care_grade) != before:
            event = CallPatientChanged(at=self._clock.now(), care_grade=facts.care_grade, **facts.subject())
            self._happened(call, [event])

    def _happened(self, call: Call, events: Sequence[CallEvent]) -> Deferred[None] | None:
        """Act on it, have it written down, and tell it; fires once told. Nothing happened: None."""
        if not events:
            return None
        call.facts.changes += 1
        if call.facts.state == "ended":
            self._board.let_go(call.facts)
        self._watch(call.facts)
        if not call.facts.waiting:
            self._announcements.end(call.facts.id)
        return self._scribe.keep(Change.of(call.facts, events))

    def _told(self, change: Change) -> None:
        # Spoken only after it was told, so that a station knows the call whose sentence it plays.
        call = self._board.find(change.call)
        if call is not None:
            self._voice(call.facts)

    def _watch(self, facts: CallFacts) -> None:
        if facts.waiting and facts.step < STEPS:
            patience = timedelta(seconds=self._ward(facts.ward).patience)
            self._escalation.watch(facts.id, facts.waits_from, patience)
        else:
            self._escalation.forget(facts.id)

    def _voice(self, facts: CallFacts) -> None:
        kind = self._plan.call_type(facts.call_type)
        if facts.waiting and (kind is None or kind.speakable):
            self._announcements.begin(facts.id, facts.ward, facts.priority)
        else:
            self._announcements.end(facts.id)

    def _announce(self, call: str, round_: int) -> None:
        found = self._board.find(call)
        if found is None:
            return
        facts = found.facts
        due = AnnouncementDue(
            at=self._clock.now(),
            care_grade=facts.care_grade,
            language=self._ward(facts.ward).language,
            priority=facts.priority,
            round=round_,
            **facts.subject(),
        )
        self._bus.publish(due)

    def _bring_back(self, rows: list[CallFacts]) -> None:
        self._recalled = True
        for facts in rows:
            reset = next((reset for reset in self._early if reset.ends(facts)), None)
            twin = self._board.at(facts.ward, facts.bed, facts.call_type)
            gone = Call.of(facts)
            if reset is not None:
                self._happened(gone, gone.life.reset(reset.at))
            elif twin is not None:
                self._happened(gone, gone.life.continued(twin.facts.id, self._clock.now()))
            else:
                self._board.hold(facts)
                self._watch(facts)
                self._voice(facts)
        self._early.clear()
        for call in self._board:
            self._look_up(call)
        self._scribe.start()

    def _quiet(self) -> None:
        self._recall.stop()
        self._escalation.stop()
        self._announcements.stop()

    def _ward(self, identity: str) -> Ward:
        # A ward that left the plan while calls were open there: they stay, with the usual patience.
        return self._plan.ward(identity) or Ward(id=identity, name=Text(zh=identity, en=identity), beds=("-",))

    def _in_plan(self, facts: CallFacts) -> bool:
        return facts.bed in self._ward(facts.ward).beds

    def _view(self, facts: CallFacts) -> OpenCall:
        shown = {name: getattr(facts, name) for name in SHOWN}
        return OpenCall(**shown, stored=self._scribe.stored(facts.id), in_plan=self._in_plan(facts))
