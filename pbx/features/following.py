"""Where a call to an extension is to be tried, one telephone after another. Pure: others ring, and say how it went.

follow-me, forward always ─► there instead
do not disturb, or engaged without call waiting ─► busy, nothing rings
busy ─► forward when busy     no answer ─► forward when not answered, then those in turn
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta

TAKEN = ("answered", "caller-left")
"""Outcomes after which nobody else is tried."""


@dataclass(frozen=True)
class Wishes:
    """What an extension wants done with its calls; numbers are empty for none.

    always, busy, no_answer: an extension, or a number outside as it is dialled at this one.
    follow_me: the extension at which its owner is. in_turn: who is tried after that when nobody answers.
    """

    do_not_disturb: bool = False
    call_waiting: bool = True
    always: str = ""
    busy: str = ""
    no_answer: str = ""
    follow_me: str = ""
    in_turn: tuple[str, ...] = ()


AS_IT_COMES = Wishes()


@dataclass(frozen=True)
class House:
    """What a search asks. patience: of a telephone after which others are tried."""

    wishes: Callable[[str], Wishes]
    is_extension: Callable[[str], bool]
    engaged: Callable[[str], bool]
    patience: timedelta


@dataclass(frozen=True)
class Try:
    """Ring this next. by: the extension that wants it so; its rights count for a number outside.

    seconds: how long; None for as long as is usual.
    """

    number: str
    by: str
    outside: bool = False
    ring: timedelta | None = None


@dataclass(frozen=True)
class Found:
    """How it ended. outcome: as `pbx.pair.outcome` has it. loop: extensions that forward to one another, else empty."""

    outcome: str
    loop: tuple[str, ...] = ()


Search = Generator[Try, str, Found]
"""Yields telephones to ring, is sent the outcome of each, returns how it all went."""


def search(extension: str, house: House, *, last: bool = True) -> Search:
    """Where a call to `extension` is tried. last: nobody but the wishes' own takes it when nobody answers."""
    return (yield from _to(extension, house, (), last=last))


def _to(extension: str, house: House, way: tuple[str, ...], *, last: bool) -> Search:
    if extension in way:
        return Found("loop", (*way, extension))
    by = way[-1] if way else extension
    way, wishes = (*way, extension), house.wishes(extension)
    if instead := wishes.follow_me or wishes.always:
        return (yield from _on(instead, house, way, last=last))
    if wishes.do_not_disturb or (not wishes.call_waiting and house.engaged(extension)):
        outcome = "busy"
    else:
        waits = last and not wishes.no_answer and not wishes.in_turn
        outcome = yield Try(extension, by, ring=None if waits else house.patience)
    if outcome == "busy" and wishes.busy:
        return (yield from _on(wishes.busy, house, way, last=last))
    if outcome in ("busy", *TAKEN):
        return Found(outcome)
    return (yield from _others(outcome, wishes, house, way, last=last))


def _others(outcome: str, wishes: Wishes, house: House, way: tuple[str, ...], *, last: bool) -> Search:
    found = Found(outcome)
    for number in (wishes.no_answer, *wishes.in_turn):
        if number:
            found = yield from _on(number, house, way, last=last)
            if found.outcome in TAKEN:
                break
    return found


def _on(number: str, house: House, way: tuple[str, ...], *, last: bool) -> Search:
    if house.is_extension(number):
        return (yield from _to(number, house, way, last=last))
    return Found((yield Try(number, way[-1], outside=True, ring=None if last else house.patience)))
