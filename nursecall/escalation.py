"""Escalation: which tree a call goes by, whose turn is next, when, and whom that reaches. Pure, but for the timers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from appliance.foundation.clock import Clock, Timer
from nursecall.calls import CallFacts, Telling
from nursecall.plan import NurseCallPlan
from nursecall.plan_escalation import USUAL, Step, Tree, TreeRule, usual
from nursecall.plan_wards import Ward
from nursecall.ports import Duties, Person

NURSE = "nurse"

To = tuple[tuple[str, str], ...]
"""Names, and the number, address or id by which each is reached."""


@dataclass(frozen=True)
class Turn:
    """One attempt of one step. after: how long after the turn before it."""

    position: int
    index: int
    attempt: int
    after: timedelta
    step: Step


@dataclass(frozen=True)
class Due:
    """What comes next, and when."""

    turn: Turn
    at: datetime


@lru_cache(maxsize=256)
def turns(tree: Tree) -> tuple[Turn, ...]:
    """Every attempt of every step, the failsafe's last; positions and indices from 1."""
    return tuple(_turns(tree))


def _turns(tree: Tree) -> Iterator[Turn]:
    position = 0
    for index, step in enumerate(tree.all_steps(), 1):
        for attempt in range(1, step.attempts + 1):
            position += 1
            seconds = step.after if attempt == 1 else step.repeat or step.after
            yield Turn(position, index, attempt, timedelta(seconds=seconds or 0), step)


def due(tree: Tree, call: CallFacts, now: datetime) -> Due | None:
    """Whose turn is next for `call`, and at which moment; None where somebody answered or nobody is left to tell.

    A step that reached nobody gives way to the next step at once; only the failsafe is tried again in its own time.
    """
    if not call.waiting:
        return None
    coming = [turn for turn in turns(tree) if turn.position > call.step]
    if not coming:
        return None
    if call.told_in_vain:
        index = next((turn.index for turn in turns(tree) if turn.position == call.step), 0)
        other = next((turn for turn in coming if turn.index > index), None)
        if other is not None:
            return Due(other, min(call.waits_from, now))
    turn = coming[0]
    # A clock that was set back must not make patience longer than the plan says.
    return Due(turn, min(call.waits_from, now) + turn.after)


def tree_of(plan: NurseCallPlan, ward: Ward, call: CallFacts, duties: Duties) -> Tree:
    """The tree of `call`: by the first rule that fits, else its type's, else its ward's, else the usual one.

    Shift and hours are those in which it began to wait, so that a change of shift does not change the tree under it.
    """
    rule = next((rule.tree for rule in plan.escalation_rules if _fits(rule, call, duties)), None)
    kind = plan.call_type(call.call_type)
    named = rule or (kind.escalation if kind else None) or ward.escalation or USUAL
    return _patient(plan.escalation(named) or usual(ward.patience), ward.patience)


@lru_cache(maxsize=256)
def _patient(tree: Tree, patience: int) -> Tree:
    # Asked for every card at every drawing.
    return tree.patient(patience)


def _fits(rule: TreeRule, call: CallFacts, duties: Duties) -> bool:
    if (rule.types and call.call_type not in rule.types) or (rule.wards and call.ward not in rule.wards):
        return False
    if rule.shifts and not set(rule.shifts) & set(duties.shifts(call.ward, call.began_to_wait)):
        return False
    return rule.hours is None or (rule.hours == "night") == duties.night(call.ward, call.began_to_wait)


def reached(step: Step, ward: Ward, call: CallFacts, at: datetime, duties: Duties) -> To:
    """Whom `step` reaches at `at`: each once, nobody twice; empty where nobody fits or has such a number."""
    match step.by:
        case "sms" | "mobile" | "supervisor" | "desk" if (people := _people(step, call, at, duties)) is not None:
            numbers = [person.extension if step.by == "desk" else person.mobile for person in people]
            found = [(person.name, number) for person, number in zip(people, numbers, strict=True)]
        case "desk" if step.to is None:
            found = [(ward.id, ward.desk or "")]
        case "ward" if step.to is None:
            found = [(other, other) for other in duties.neighbours(call.ward)]
        case "station" | "speaker" if step.to is None:
            found = [(ward.id, ward.id)]
        case _:
            found = [(step.to or "", step.to or "")]
    return tuple(dict.fromkeys((name, address) for name, address in found if address))


def _people(step: Step, call: CallFacts, at: datetime, duties: Duties) -> Sequence[Person] | None:
    match step.whom:
        case _ if step.by == "supervisor":
            return duties.supervisor(call.ward, at)
        case "duty":
            return [person for person in duties.on_duty(call.ward, at) if person.role == NURSE]
        case "assigned":
            return duties.assigned(call.ward, call.bed, at)
        case "supervisor":
            return duties.supervisor(call.ward, at)
        case str(whom) if whom.startswith("role:"):
            return [person for person in duties.on_duty(call.ward, at) if person.role == whom.removeprefix("role:")]
    return None


def telling(tree: Tree, turn: Turn, to: To) -> Telling:
    """`turn`, and those it reaches, as the call hears of it."""
    return Telling(tree.id, turn.position, turn.index, turn.attempt, turn.step.by, to)


class Escalation:
    """One timer for each call that waits. overdue: called with the id of a call whose next turn has come."""

    def __init__(self, clock: Clock, overdue: Callable[[str], None]) -> None:
        self._clock = clock
        self._overdue = overdue
        self._timers: dict[str, Timer] = {}

    def watch(self, call: str, at: datetime) -> None:
        """Call `overdue` at `at`, or at once where that is over."""
        self.forget(call)
        left = max(at - self._clock.now(), timedelta())
        self._timers[call] = self._clock.later(left, lambda: self._due(call))

    def forget(self, call: str) -> None:
        """Somebody came, or nobody is left to tell."""
        timer = self._timers.pop(call, None)
        if timer is not None and timer.active():
            timer.cancel()

    def stop(self) -> None:
        """Forget every call."""
        for call in list(self._timers):
            self.forget(call)

    def _due(self, call: str) -> None:
        del self._timers[call]
        self._overdue(call)
