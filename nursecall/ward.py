"""The wards: what a press, a presence, a reset and an answer mean, and which calls are open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged
from nursecall.bedsides import Bedside, Bedsides
from nursecall.board import Call, label, printable
from nursecall.calls import CallFacts, Happened, OpenCall, helpers
from nursecall.cancelling import forbids
from nursecall.events import Outcome, PatientsChanged
from nursecall.hearing import Hearing
from nursecall.held import Held
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import AnyLine
from nursecall.ports import Duties
from nursecall.reading import Asked, Reading
from nursecall.recall import Recall
from nursecall.rules import Rules
from nursecall.standing import Became, Standing
from nursecall.store import CallStore
from nursecall.troubles import Troubles, Watched

NAME, DEVICE, NOTE = 64, 16, 200


class Wards:
    """Every ward's open calls, held in memory, written down, told on the bus. duties: None for the plan's rosters."""

    def __init__(
        self,
        plan: NurseCallPlan,
        zone: ZoneInfo,
        store: CallStore,
        patients: Patients,
        clock: Clock,
        bus: Bus,
        duties: Duties | None = None,
    ) -> None:
        self._clock = clock
        self._rules = Rules(plan, zone, duties)
        self._held = Held(self._rules, store, patients, clock, bus)
        self._recall = Recall(store, patients, clock, self._bring_back, self._held.storage_failed)
        self._bedsides = Bedsides()
        self._troubles = Troubles(self._rules, self._held, self._bedsides, clock)
        self._hearing = Hearing(self._rules, self._held, self._bedsides, self._troubles, clock)
        self._deaf = (
            bus.subscribe(PatientsChanged, lambda _: self._held.patients_changed()),
            bus.subscribe(HealthChanged, self._troubles.line),
        )

    async def start(self) -> None:
        """Bring back open calls. Where records cannot be read, go on without them and fetch them later."""
        await self._recall.start()

    def stop(self) -> None:
        """Let go of every timer; the calls stay open in the records."""
        self._quiet()
        self._held.stop()

    async def finish(self) -> None:
        """Write down what is not written yet, for a few seconds at most, then stop."""
        self._quiet()
        await self._held.finish()
        self.stop()

    def heard(self, line: AnyLine, reading: Reading) -> Deferred[None] | None:
        """A host line says that a button was pressed, a nurse came or went, a terminal is in trouble, a call is over.

        Fires when that is written down, or after a second where it cannot be: then the host may be answered.
        """
        return self._hearing.heard(line.id, reading)

    def standing(self, asked: Asked) -> Standing | None:
        """Where a call stands that a host asks about; None where nobody can know yet."""
        became = self._hearing.became(asked)
        return became.standing if became else None

    def became(self, asked: Asked) -> Became | None:
        """The same, with whose doing that is."""
        return self._hearing.became(asked)

    async def acknowledge(self, call: str, by: str, device: str = "station") -> bool:
        """`by` takes `call` on `device`: it is spoken no longer, but stays open. False where it has ended."""
        by, device, at = *_printed(by, device), self._clock.now()
        return await self._befalls(call, lambda found: found.life.acknowledge(by, device, at))

    async def cancel(self, call: str, by: str, device: str = "station") -> bool:
        """`by` ends `call` from afar. False where it has ended. Raises MayNotCancel where its type forbids that."""
        by, device, at = *_printed(by, device), self._clock.now()

        def cancelled(found: Call) -> Happened:
            why = forbids(found.facts, self._rules.cancel(found.facts))
            if why is not None:
                raise why
            return found.life.cancel(by, device, at)

        return await self._befalls(call, cancelled)

    async def talk_began(self, call: str, by: str, device: str = "phone") -> bool:
        """Two-way speech between `by` and the bed is connected. False where the call has ended."""
        by, device, at = *_printed(by, device), self._clock.now()
        return await self._befalls(call, lambda found: found.life.talk_began(by, device, at))

    async def talk_ended(self, call: str, by: str) -> bool:
        """That speech is over: who spoke has taken the call, and may cancel it. False where it has ended."""
        at = self._clock.now()
        return await self._befalls(call, lambda found: found.life.talk_ended(printable(by, NAME), at))

    async def step_result(self, call: str, step: int, device: str, who: str, outcome: Outcome, at: datetime) -> bool:
        """What became of telling `who` on `device`. False where the call has ended.

        step: the `serial` of its CallEscalated; one it never took is ignored. Who accepted has taken the call; where
        nobody of the step is left who may still come, the next step is taken at once.
        """
        who, device = printable(who, NAME), printable(device, NAME)

        def answered(found: Call) -> Happened:
            by = next((one.by for one in found.facts.told if one.serial == step), None)
            if by is None:
                return ()
            noted = found.life.result(step, by, device, who, outcome, at)
            return (*noted, *found.life.acknowledge(who, by, at)) if outcome == "accepted" else noted

        return await self._befalls(call, answered)

    async def raise_service(self, ward: str, bed: str, call_type: str, text: str, by: str) -> str:
        """Somebody at a screen calls for `bed`; the id of the call. text: what is asked for; it is never journalled."""
        bed, note = label(bed, self._rules.ward(ward).beds), printable(text, NOTE)
        call = self._held.board.at(ward, bed, call_type)
        if call is None:
            call, told = self._held.begin("", ward, bed, call_type, note=note, by=printable(by, NAME))
            await told
            return call.facts.id
        if note not in call.facts.note:
            call.facts.note = "; ".join(filter(None, (call.facts.note, note)))[:NOTE]
        at = self._clock.now()
        await self._befalls(call.facts.id, lambda found: found.life.press(at))
        return call.facts.id

    def open(self, ward: str | None = None) -> list[OpenCall]:
        """Calls of one ward, or of all, the most urgent first, then the oldest."""
        now = self._clock.now()
        calls = [self._view(call.facts, now) for call in self._held.board if ward in (None, call.facts.ward)]
        return sorted(calls, key=lambda call: (call.priority, call.raised_at))

    def asked(self, ward: str) -> list[OpenCall]:
        """Calls of other wards that wait and were passed on to `ward`, in the same order."""
        now, board = self._clock.now(), (call.facts for call in self._held.board)
        calls = [facts for facts in board if facts.waiting and facts.ward != ward and ward in helpers(facts)]
        return sorted((self._view(facts, now) for facts in calls), key=lambda call: (call.priority, call.raised_at))

    def presence(self, ward: str) -> dict[str, datetime]:
        """Beds of `ward` at which a nurse is, and since when."""
        return {one.bed: one.present_since for one in self._bedsides if one.ward == ward and one.present_since}

    def terminals(self, ward: str) -> list[Watched]:
        """How every line and every terminal of `ward` is."""
        return self._troubles.watched(ward)

    def replan(self, plan: NurseCallPlan) -> None:
        """From now on go by `plan`. Open calls stay, whatever it says."""
        self._rules.plan = plan
        self._held.plan_changed()
        self._troubles.replan()

    def _bring_back(self, rows: list[CallFacts], bedsides: list[Bedside]) -> None:
        self._hearing.bring_back(rows, bedsides)
        self._troubles.bring_back()
        self._held.patients_changed()
        self._held.start_writing()

    def _quiet(self) -> None:
        for stop_hearing in self._deaf:
            stop_hearing()
        self._recall.stop()
        self._troubles.stop()
        self._held.quiet()

    async def _befalls(self, call: str, what: Callable[[Call], Happened]) -> bool:
        found = self._held.board.find(call)
        if found is None:
            return False
        told = self._held.happened(found, what(found))
        if told is not None:
            await told
        return True

    def _view(self, facts: CallFacts, now: datetime) -> OpenCall:
        return self._held.view(facts, present=self._bedsides.present(facts.ward, facts.bed), now=now)


def _printed(by: str, device: str) -> tuple[str, str]:
    return printable(by, NAME), printable(device, DEVICE)
