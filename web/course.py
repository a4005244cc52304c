"""The guided course of the training page: what to do next, and whether it has happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nursecall.calls import OpenCall

URGENT = 2
"""Priorities up to this go before all others."""


@dataclass(frozen=True)
class Seen:
    """The ward as it is: its open calls, and whether each of its simulated lines is well. bed: the one the course is
    about."""

    bed: str
    calls: Sequence[OpenCall]
    lines_well: Sequence[bool]

    @property
    def call(self) -> OpenCall | None:
        """The most urgent call at the bed."""
        return min((call for call in self.calls if call.bed == self.bed), key=lambda call: call.priority, default=None)


@dataclass(frozen=True)
class Step:
    """todo, why: message ids, with the fields {bed}, {other}, {urgent} and {patience} (seconds)."""

    todo: str
    why: str
    happened: Callable[[Seen], bool]


def _waits(seen: Seen) -> bool:
    return seen.call is not None and seen.call.waiting


def _pressed_again(seen: Seen) -> bool:
    return seen.call is not None and seen.call.presses > 1


def _silenced(seen: Seen) -> bool:
    return seen.call is not None and not seen.call.waiting


def _quiet(seen: Seen) -> bool:
    return not seen.calls


def _gone(seen: Seen) -> bool:
    return seen.call is None


def _goes_before(seen: Seen) -> bool:
    urgent = seen.call is not None and seen.call.priority <= URGENT
    return urgent and any(call.priority > URGENT for call in seen.calls)


def _passed_on(seen: Seen) -> bool:
    return any(call.escalations for call in seen.calls)


def _taken(seen: Seen) -> bool:
    return any(call.escalations and not call.waiting for call in seen.calls)


def _unplugged(seen: Seen) -> bool:
    return not all(seen.lines_well)


def _mended(seen: Seen) -> bool:
    return all(seen.lines_well) and _quiet(seen)


STEPS = (
    Step(
        "Choose the first kind of call, then tap bed {bed}.",
        "The station shows the bed in the list and on the floor, chimes and says it aloud.",
        _waits,
    ),
    Step(
        "Tap bed {bed} again.",
        "A patient who presses again makes no second call: the station counts the presses.",
        _pressed_again,
    ),
    Step(
        "Acknowledge the call at the station.",
        "It falls silent, but it stays on the screen: nobody has been at the bed yet.",
        _silenced,
    ),
    Step(
        "Choose the reset, and tap bed {bed}.",
        "Only the reset at the bedside ends a call. That is how you know that somebody was there.",
        _gone,
    ),
    Step(
        "Let bed {other} call, then choose {urgent} and tap bed {bed}.",
        "An emergency goes before every other call, and sounds different.",
        _goes_before,
    ),
    Step("Reset both beds.", "The station is quiet again.", _quiet),
    Step(
        "Let bed {bed} call, and do nothing for {patience} seconds.",
        "A call that nobody answers is passed on: a message goes to the nurse on duty. See the mobile phones.",
        _passed_on,
    ),
    Step(
        "Answer the message with 1, or acknowledge at the station.",
        "With 1 the nurse takes the call from where she is; with 2 she passes it on.",
        _taken,
    ),
    Step(
        "Unplug a line.",
        "After a while the station and the status page say that this line is down. Calls do not come through it.",
        _unplugged,
    ),
    Step(
        "Mend the line, and reset what is open.",
        "What was pressed meanwhile comes now: the host has kept it. You know the box.",
        _mended,
    ),
)


def happened(step: int, seen: Seen) -> bool:
    """Whether what step number `step` (from 0) asks for is so now; False where there is no such step."""
    return 0 <= step < len(STEPS) and STEPS[step].happened(seen)
