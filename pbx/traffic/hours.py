"""What a call adds to the hours it lasted into. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.trunk_lines import LineCall

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Key:
    """One trunk in one direction in one hour; `hour` is its first moment, UTC."""

    trunk: str
    hour: datetime
    incoming: bool


@dataclass(frozen=True)
class Amount:
    """What went over it. talk_ms, held_ms: milliseconds. peak: lines at once, the most of it, not a sum.

    rung: calls out that rang; delay_ms: how long they took to, all together.
    """

    seizures: int = 0
    answers: int = 0
    busy: int = 0
    congestion: int = 0
    failures: int = 0
    talk_ms: int = 0
    held_ms: int = 0
    peak: int = 0
    rung: int = 0
    delay_ms: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.seizures + other.seizures,
            self.answers + other.answers,
            self.busy + other.busy,
            self.congestion + other.congestion,
            self.failures + other.failures,
            self.talk_ms + other.talk_ms,
            self.held_ms + other.held_ms,
            max(self.peak, other.peak),
            self.rung + other.rung,
            self.delay_ms + other.delay_ms,
        )

    @property
    def erlangs(self) -> float:
        """Lines in use on average, if this is an hour's."""
        return self.held_ms / (HOUR / timedelta(milliseconds=1))

    @property
    def ratio(self) -> float | None:
        """Answers of a hundred seizures; None without any."""
        return 100 * self.answers / self.seizures if self.seizures else None

    @property
    def delay(self) -> float | None:
        """Seconds from the seizure to the ringing, on average; None where none rang."""
        return self.delay_ms / self.rung / 1000 if self.rung else None


NOTHING = Amount()
_COUNTED = {
    "answered": Amount(answers=1),
    "busy": Amount(busy=1),
    "no-answer": Amount(busy=1),
    "congestion": Amount(congestion=1),
    "unreachable": Amount(failures=1),
    "silent": Amount(failures=1),
    "slow": Amount(failures=1),
}


def hour_of(moment: datetime) -> datetime:
    """The first moment of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def amounts(call: LineCall) -> Iterator[tuple[Key, Amount]]:
    """What `call` adds, hour by hour."""
    first = hour_of(call.began_at)
    counted = Amount(seizures=1) + _COUNTED.get(call.outcome, NOTHING)
    if call.rang_at is not None and not call.incoming:
        counted += Amount(rung=1, delay_ms=max(0, (call.rang_at - call.began_at) // timedelta(milliseconds=1)))
    yield Key(call.trunk, first, call.incoming), counted
    hour = first
    while hour <= call.ended_at:
        held = _within(hour, call.began_at, call.ended_at)
        talk = _within(hour, call.answered_at, call.ended_at) if call.answered_at is not None else 0
        if held:
            yield Key(call.trunk, hour, call.incoming), Amount(talk_ms=talk, held_ms=held)
        hour += HOUR


def _within(hour: datetime, begin: datetime, end: datetime) -> int:
    time = min(end, hour + HOUR) - max(begin, hour)
    return max(0, time // timedelta(milliseconds=1))
