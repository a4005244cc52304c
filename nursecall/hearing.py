"""What the wires say, and what that means: a press, a presence, a reset, a terminal in trouble."""

from __future__ import annotations

from datetime import datetime

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from nursecall.bedsides import Bedside, Bedsides
from nursecall.board import Call, Reset, label, place
from nursecall.calls import CallFacts
from nursecall.events import BedsideEvent, PresenceChanged, TerminalChanged
from nursecall.held import Held
from nursecall.plan_types import EMERGENCY
from nursecall.reading import Asked, Ended, Presence, Press, Reading, Terminal
from nursecall.rules import Rules
from nursecall.standing import Became, Standing
from nursecall.troubles import Troubles


class Hearing:
    """Each answer fires when that is written down, or after a second where it cannot be; None where nothing is new."""

    log = Logger()

    def __init__(self, rules: Rules, held: Held, bedsides: Bedsides, troubles: Troubles, clock: Clock) -> None:
        self._rules, self._held, self._bedsides = rules, held, bedsides
        self._troubles, self._clock = troubles, clock
        self._recalled = False
        self._early: dict[tuple[str, str, str | None], Reset] = {}

    def heard(self, line: str, reading: Reading) -> Deferred[None] | None:
        """A host line says that."""
        ward, bed = reading.ward, label(reading.bed, self._rules.ward(reading.ward).beds)
        match reading:
            case Press():
                return self._pressed(line, ward, bed, reading.call_type)
            case Ended():
                return self._reset(Reset(ward, bed, reading.call_type, self._clock.now()))
            case Presence():
                return self._presence(line, ward, bed, reading.here)
            case Terminal():
                return self._terminal(line, ward, bed, reading.well)

    def became(self, asked: Asked) -> Became | None:
        """What became of the call; None where nobody can know yet, because the records were not read."""
        bed = label(asked.bed, self._rules.ward(asked.ward).beds)
        if asked.call_type is not None:
            call = self._held.board.at(asked.ward, bed, asked.call_type)
        else:
            pressed = (call for call in self._held.board.of_bed(asked.ward, bed) if not call.facts.watched)
            call = min(pressed, key=lambda call: call.facts.priority, default=None)
        if call is not None:
            return Became.of(call.facts)
        return Became(Standing.TERMINATED) if self._recalled else None

    def bring_back(self, rows: list[CallFacts], bedsides: list[Bedside]) -> None:
        """What the records knew, perhaps long after the first press of this run."""
        for before, after in self._bedsides.bring_back(bedsides):
            self._held.at_bed(after, _between(before, after, self._clock.now()))
        self._recalled = True
        for facts in rows:
            self._bring_back(facts)
        self._early.clear()
        for ward, bed in self._bedsides.presence_heard:
            self._came_or_went(self._bedsides.at(ward, bed))

    def _bring_back(self, facts: CallFacts) -> None:
        gone, at = Call.of(facts), self._clock.now()
        reset = next((reset for reset in self._early_at(facts) if reset.ends(facts)), None)
        twin = self._held.board.at(*place(facts))
        if reset is not None:
            self._held.happened(gone, gone.life.reset(reset.at))
        elif twin is not None:
            self._held.happened(gone, gone.life.continued(twin.facts.id, at))
        else:
            call = self._held.bring_back(facts)
            # Nobody knows how a talk went on while we were dead; whoever spoke has taken the call.
            self._held.happened(call, call.life.talk_ended(facts.spoken_with or "", at))

    def _early_at(self, facts: CallFacts) -> list[Reset]:
        kinds = (None, facts.call_type, facts.heard_as)
        found = (self._early.get((facts.ward, facts.bed, kind)) for kind in kinds)
        return sorted((reset for reset in found if reset is not None), key=lambda reset: reset.at)

    def _pressed(self, line: str, ward: str, bed: str, call_type: str) -> Deferred[None] | None:
        urgent = self._bedsides.present(ward, bed) and self._rules.becomes_emergency(call_type)
        call, at = self._held.board.at(ward, bed, call_type), self._clock.now()
        if call is None and urgent:
            return self._held.begin(line, ward, bed, EMERGENCY, heard_as=call_type)[1]
        if call is None:
            return self._held.begin(line, ward, bed, call_type)[1]
        if urgent and call.facts.call_type == call_type:
            upgraded = call.life.upgrade(EMERGENCY, self._rules.priority(EMERGENCY), at)
            return self._held.happened(call, upgraded)
        return self._held.happened(call, call.life.press(at))

    def _reset(self, reset: Reset) -> Deferred[None] | None:
        ended = [call for call in self._held.board.of_bed(reset.ward, reset.bed) if reset.ends(call.facts)]
        told = None
        for call in ended:
            # In order: the last one told is the last one written.
            told = self._held.happened(call, call.life.reset(reset.at)) or told
        if not self._recalled:
            self._early.setdefault((reset.ward, reset.bed, reset.call_type), reset)
        elif not ended:
            self.log.info("a reset of bed {bed} in ward {ward}, where no call is open", bed=reset.bed, ward=reset.ward)
        return told

    def _presence(self, line: str, ward: str, bed: str, here: bool) -> Deferred[None] | None:
        at = self._clock.now()
        bedside = self._bedsides.presence(ward, bed, line, here, at)
        if bedside is None:
            return None
        told = self._held.at_bed(bedside, [PresenceChanged(at=at, ward=ward, bed=bed, line=line, here=here)])
        return self._came_or_went(bedside) or told

    def _came_or_went(self, bedside: Bedside) -> Deferred[None] | None:
        told, at = None, self._clock.now()
        ends = self._rules.ward(bedside.ward).presence_off_ends
        for call in self._held.board.of_bed(bedside.ward, bedside.bed):
            if bedside.present_since is not None:
                happened = call.life.arrive(at)
            elif ends and call.facts.state == "attended" and not call.facts.watched:
                happened = call.life.reset(at)
            else:
                happened = call.life.leave(at)
            told = self._held.happened(call, happened) or told
        return told

    def _terminal(self, line: str, ward: str, bed: str, well: bool) -> Deferred[None] | None:
        at = self._clock.now()
        bedside = self._bedsides.terminal(ward, bed, line, well, at)
        if bedside is None:
            return None
        self._troubles.terminal(bedside)
        return self._held.at_bed(bedside, [TerminalChanged(at=at, ward=ward, bed=bed, line=line, well=well)])


def _between(before: Bedside, after: Bedside, now: datetime) -> list[BedsideEvent]:
    """What has happened at a bed since the run before wrote of it."""
    events: list[BedsideEvent] = []
    ward, bed, line = after.ward, after.bed, after.line
    if (before.present_since is None) is not (after.present_since is None):
        at, here = after.present_since or now, after.present_since is not None
        events.append(PresenceChanged(at=at, ward=ward, bed=bed, line=line, here=here))
    if (before.fault_since is None) is not (after.fault_since is None):
        at, well = after.fault_since or now, after.fault_since is None
        events.append(TerminalChanged(at=at, ward=ward, bed=bed, line=line, well=well))
    return events
