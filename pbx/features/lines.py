"""How every telephone is now. Pure: what rings, talks and is there is handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.bells import Bell

State = Literal["away", "idle", "busy", "ringing", "talking"]
"""away: no telephone is registered. busy: it dials, or is with a service of the house."""


@dataclass(frozen=True)
class Talk:
    """Two who talk: extensions, or names of trunks' endpoints. since: None where that is not known."""

    caller: str
    called: str
    since: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One extension. other: with whom it talks, or who makes it ring."""

    number: str
    state: State
    other: str = ""
    since: datetime | None = None


def lines(
    numbers: Sequence[str],
    registered: Collection[str],
    talks: Sequence[Talk],
    ringing: Sequence[Bell],
    engaged: Callable[[str], bool],
) -> list[Line]:
    """Every extension, in this order."""
    talking = {talk.caller: (talk.called, talk.since) for talk in talks}
    talking |= {talk.called: (talk.caller, talk.since) for talk in talks}
    rings = {bell.extension: bell.caller for bell in reversed(ringing)}

    def line(number: str) -> Line:
        if number in talking:
            return Line(number, "talking", *talking[number])
        if number in rings:
            return Line(number, "ringing", rings[number])
        if engaged(number):
            return Line(number, "busy")
        return Line(number, "idle" if number in registered else "away")

    return [line(number) for number in numbers]
