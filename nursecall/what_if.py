"""What another plan would have done with the calls of the past: its trees, laid over what the staff did. Pure.

People's deeds are taken as they were: who came when, pressed, spoke, reset. What another step would have made them do
nobody knows; neither whether its messages would have arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.foundation.journal import Entry
from nursecall.calls import CallFacts
from nursecall.course import befall
from nursecall.events import CallEscalated, CallEvent, CallRaised, CallStepResult
from nursecall.plan_escalation import By
from nursecall.replay import facts_of, revive
from nursecall.rules import Rules

ALIKE = timedelta(seconds=5)
"""Timers fire a little late, and so do those after them: two tellings less far apart are one."""


MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Passing:
    """A call was, or would have been, passed on. after: seconds since it was raised."""

    at: datetime
    after: float
    tree: str
    index: int
    attempt: int
    by: By
    to: tuple[tuple[str, str], ...]

    def like(self, other: Passing) -> bool:
        """Whether the same people are told in the same way at about the same time."""
        same = replace(self, at=other.at, after=other.after) == other
        return same and abs(self.at - other.at) <= ALIKE


@dataclass(frozen=True)
class Compared:
    """A call of the past: how it was passed on, and how it would have been."""

    call: str
    ward: str
    bed: str
    call_type: str
    raised_at: datetime
    before: tuple[Passing, ...]
    after: tuple[Passing, ...]

    @property
    def differs(self) -> bool:
        """Whether anybody would have been told otherwise."""
        pairs = zip(self.before, self.after, strict=False)
        return len(self.before) != len(self.after) or not all(one.like(other) for one, other in pairs)


Step = tuple[str, int, By]
"""A step of a tree: the tree, the step's index from 1, and by what."""


@dataclass(frozen=True)
class Comparison:
    """Every call of a period. Sums count tellings by tree and step."""

    calls: tuple[Compared, ...]

    @property
    def differences(self) -> tuple[Compared, ...]:
        """The calls that would have been passed on otherwise."""
        return tuple(call for call in self.calls if call.differs)

    def sums(self) -> dict[Step, tuple[int, int]]:
        """Tellings of each step, before and after."""
        before, after = (_count(call.before for call in self.calls), _count(call.after for call in self.calls))
        return {step: (before[step], after[step]) for step in sorted(before | after)}

    def escalated(self) -> tuple[int, int]:
        """Calls that were passed on at all, before and after."""
        return sum(bool(call.before) for call in self.calls), sum(bool(call.after) for call in self.calls)


def what_if(entries: Iterable[Entry], rules: Rules, start: datetime, end: datetime) -> Comparison:
    """Lay the trees of `rules` over the calls raised in [start, end). entries: the journal, also after `end`."""
    lives: dict[str, _Life] = {}
    last = start
    for entry in entries:
        last = entry.at
        event = revive(entry)
        if isinstance(event, CallRaised) and start <= event.at < end:
            lives[event.call] = _Life(event, rules)
        elif isinstance(event, CallEvent) and event.call in lives:
            lives[event.call].live(event)
    return Comparison(tuple(life.compared(last) for life in lives.values()))


class _Life:
    """One call, lived through once more."""

    def __init__(self, raised: CallRaised, rules: Rules) -> None:
        self._rules, self._raised = rules, raised
        self._facts: CallFacts = facts_of(raised)
        self._before: list[Passing] = []
        self._after: list[Passing] = []

    def live(self, event: CallEvent) -> None:
        """What really happened; only whom it was passed on to is decided anew."""
        # A nurse who came at the very moment came first; a step that was taken then shows that none did.
        self._pass_on(event.at if isinstance(event, CallEscalated) else event.at - MOMENT)
        if isinstance(event, CallEscalated):
            self._before.append(self._passing(event))
        elif not isinstance(event, CallStepResult):
            befall(event, self._facts)

    def compared(self, until: datetime) -> Compared:
        """Both stories, to the end of the call or of the journal."""
        self._pass_on(until)
        one = self._raised
        return Compared(one.call, one.ward, one.bed, one.call_type, one.at, tuple(self._before), tuple(self._after))

    def _pass_on(self, until: datetime) -> None:
        while (due := self._rules.due(self._facts, self._facts.waits_from)) is not None and due.at <= until:
            telling = self._rules.telling(self._facts, due.at)
            if telling is None:
                return
            event = CallEscalated(
                at=due.at, step=telling.position, serial=self._facts.escalations + 1, tree=telling.tree,
                index=telling.index, attempt=telling.attempt, by=telling.by, to=telling.to, **self._facts.subject(),
            )  # fmt: skip
            befall(event, self._facts)
            self._after.append(self._passing(event))

    def _passing(self, event: CallEscalated) -> Passing:
        after = (event.at - self._raised.at).total_seconds()
        return Passing(event.at, after, event.tree, event.index, event.attempt, event.by, event.to)


def _count(passings: Iterable[tuple[Passing, ...]]) -> Counter[Step]:
    return Counter((one.tree, one.index, one.by) for some in passings for one in some)
