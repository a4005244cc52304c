"""Terminals and lines are watched: what is unplugged, dead or garbled is itself a call, until it is well again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.clock import Clock
from appliance.foundation.health import HealthChanged, State
from nursecall.bedsides import Bedside, Bedsides
from nursecall.board import LINE
from nursecall.calls import WATCHED, CallFacts
from nursecall.faults import Faults
from nursecall.held import Held
from nursecall.plan_types import PLUG_OUT, TROUBLE
from nursecall.rules import Rules

PART = "line:"


@dataclass(frozen=True)
class Watched:
    """A terminal, or a line (`bed` None): well or not, since when; well None where nobody can know."""

    ward: str
    bed: str | None
    line: str
    well: bool | None
    since: datetime | None


class Troubles:
    """Raises a call for each trouble that lasts, marks the calls it touches, and clears both when it is over."""

    def __init__(self, rules: Rules, held: Held, bedsides: Bedsides, clock: Clock) -> None:
        self._rules, self._held, self._bedsides, self._clock = rules, held, bedsides, clock
        self._terminals: Faults[tuple[str, str]] = Faults(clock, self._terminal_told, self._terminal_over)
        self._lines: Faults[str] = Faults(clock, self._line_told, self._line_over)
        self._said: dict[str, HealthChanged] = {}

    def terminal(self, bedside: Bedside) -> None:
        """A terminal is well, or is not."""
        judge = self._terminals.well if bedside.fault_since is None else self._terminals.unwell
        judge((bedside.ward, bedside.bed))

    def line(self, health: HealthChanged) -> None:
        """A part of the house, perhaps a line, is well, or is not."""
        line = health.part.removeprefix(PART)
        if not health.part.startswith(PART) or not self._rules.wards_of(line):
            return
        before = self._said.get(line)
        if before is None or before.state is not health.state:
            self._said[line] = health
        if health.state is State.UP:
            self._lines.well(line)
        elif health.state is not State.STARTING:
            self._lines.unwell(line)

    def bring_back(self) -> None:
        """Open calls and beds are known again after a restart: what was in trouble still is."""
        for call in self._held.board:
            facts = call.facts
            terminal = self._bedsides.at(facts.ward, facts.bed).fault_since
            if facts.bed == LINE or (facts.trouble and terminal is None):
                self._lines.known(facts.line)
                self._heard_meanwhile(facts.line)
        terminals = (call.facts for call in self._held.board if call.facts.watched and call.facts.bed != LINE)
        told = {(facts.ward, facts.bed) for facts in terminals}
        for key in told:
            self._terminals.known(key)
        for key in told | {(one.ward, one.bed) for one in self._bedsides if one.fault_since}:
            self.terminal(self._bedsides.at(*key))

    def replan(self) -> None:
        """Lines that left the plan are in trouble no more."""
        for call in self._held.board:
            if call.facts.bed == LINE and call.facts.ward not in self._rules.wards_of(call.facts.line):
                self._lines.forget(call.facts.line)
                self._held.happened(call, call.life.cleared(self._clock.now()))

    def stop(self) -> None:
        """Judge no more."""
        self._terminals.stop()
        self._lines.stop()

    def watched(self, ward: str) -> list[Watched]:
        """Every line of `ward`, then every terminal, in the order of the plan; terminals of no plan last."""
        lines = [self._line(ward, line) for line in self._rules.lines_of(ward)]
        beds = self._rules.ward(ward).beds
        strangers = [one.bed for one in self._bedsides if one.ward == ward and one.fault_since and one.bed not in beds]
        # Nobody hears a terminal none of whose lines is well.
        heard = not lines or any(line.well for line in lines)
        return [*lines, *(self._bed(ward, bed, heard) for bed in (*beds, *strangers))]

    def _line(self, ward: str, line: str) -> Watched:
        said = self._said.get(line)
        if said is None or said.state is State.STARTING:
            return Watched(ward, None, line, None, None)
        return Watched(ward, None, line, said.state is State.UP, said.at)

    def _bed(self, ward: str, bed: str, heard: bool) -> Watched:
        known = self._bedsides.at(ward, bed)
        well = False if known.fault_since else True if heard else None
        return Watched(ward, bed, known.line, well, known.fault_since)

    def _heard_meanwhile(self, line: str) -> None:
        if line in self._said:
            self.line(self._said[line])

    def _terminal_told(self, key: tuple[str, str]) -> None:
        if self._held.board.at(*key, WATCHED) is None:
            self._held.begin(self._bedsides.at(*key).line, *key, PLUG_OUT, heard_as=WATCHED)
        for call in self._held.board.of_bed(*key):
            self._mark(call.facts, trouble=True)

    def _terminal_over(self, key: tuple[str, str]) -> None:
        self._clear(*key, WATCHED)
        for call in self._held.board.of_bed(*key):
            self._mark(call.facts, trouble=self._lines.told(call.facts.line))

    def _line_told(self, line: str) -> None:
        for ward in self._rules.wards_of(line):
            if self._held.board.at(ward, LINE, line) is None:
                self._held.begin(line, ward, LINE, TROUBLE, heard_as=WATCHED)
        for call in self._held.board:
            if call.facts.line == line:
                self._mark(call.facts, trouble=True)

    def _line_over(self, line: str) -> None:
        for call in self._held.board:
            facts = call.facts
            if facts.line == line and facts.bed == LINE:
                self._clear(facts.ward, LINE, line)
            elif facts.line == line:
                self._mark(facts, trouble=self._terminals.told((facts.ward, facts.bed)))

    def _mark(self, facts: CallFacts, *, trouble: bool) -> None:
        call = self._held.board.find(facts.id)
        if call is None or facts.trouble is trouble or facts.watched:
            return
        at = self._clock.now()
        self._held.happened(call, call.life.revert(at) if trouble else call.life.mended(at))

    def _clear(self, ward: str, bed: str, what: str) -> None:
        call = self._held.board.at(ward, bed, what)
        if call is not None:
            self._held.happened(call, call.life.cleared(self._clock.now()))
