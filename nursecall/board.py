"""Which calls are open, each at its place; never two at one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from nursecall.calls import CallFacts, NurseCall
from nursecall.life import life

LABEL = 16
"""As many characters of a bed label as a row has room for."""

LINE = "line"
"""The place, instead of a bed, of a trouble that concerns a whole line."""

Place = tuple[str, str, str]
"""Ward, bed and what is open there: the type of call as the wire names it, or which line is in trouble."""


def place(facts: CallFacts) -> Place:
    """Where a call is open. An emergency stands where the press was that became one, so that its reset finds it."""
    return facts.ward, facts.bed, facts.line if facts.bed == LINE else facts.heard_as or facts.call_type


@dataclass(frozen=True, eq=False)
class Call:
    """What is known of a call, and its life."""

    facts: CallFacts
    life: NurseCall

    @classmethod
    def of(cls, facts: CallFacts) -> Call:
        """The call with these facts, in the state they say."""
        return cls(facts, life(facts))


@dataclass(frozen=True)
class Reset:
    """The bedside button that ends every call of a bed, or those of one type."""

    ward: str
    bed: str
    call_type: str | None
    at: datetime

    def ends(self, facts: CallFacts) -> bool:
        """Whether it is this call's."""
        kinds = (None, facts.call_type, facts.heard_as)
        here = (self.ward, self.bed) == (facts.ward, facts.bed)
        # A nurse who was there has not plugged the cord in again.
        return here and self.call_type in kinds and not facts.watched


class Board:
    """Open calls by identity, by place and by bed."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._places: dict[Place, Call] = {}
        self._beds: dict[tuple[str, str], dict[str, Call]] = {}

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def find(self, call: str) -> Call | None:
        """The open call of that id."""
        return self._calls.get(call)

    def at(self, ward: str, bed: str, what: str) -> Call | None:
        """The open call at that place."""
        return self._places.get((ward, bed, what))

    def of_bed(self, ward: str, bed: str) -> list[Call]:
        """Every open call of that bed, oldest first."""
        return list(self._beds.get((ward, bed), {}).values())

    def hold(self, facts: CallFacts) -> Call:
        """A call begins, or is brought back."""
        call = Call.of(facts)
        self._calls[facts.id] = self._places[place(facts)] = call
        self._beds.setdefault((facts.ward, facts.bed), {})[facts.id] = call
        return call

    def let_go(self, facts: CallFacts) -> None:
        """A call is over. Nothing happens to one that was never held."""
        if self._calls.pop(facts.id, None) is not None:
            del self._places[place(facts)]
            bed = self._beds[facts.ward, facts.bed]
            del bed[facts.id]
            if not bed:
                del self._beds[facts.ward, facts.bed]


def printable(text: str, most: int) -> str:
    """What of `text` a row can hold and a person can read, at most so many characters."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:most]


def label(bed: str, known: Sequence[str]) -> str:
    """A bed's label as the plan has it, whether the host says 8 or 08; else what was heard, or `?` where nothing is."""
    heard = printable(bed, LABEL) or "?"
    if heard in known:
        return heard
    return next((there for there in known if there.lstrip("0") == heard.lstrip("0")), heard)
