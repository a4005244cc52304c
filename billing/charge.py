"""A row of a tariff, what a call costs by it, and the arithmetic in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, in_yuan

NOTHING = Money(0)


def decimals(money: Money) -> str:
    """Yuan exactly, without needless zeros: `0.25`, `12`, `0.0001`."""
    return f"{in_yuan(money).normalize():f}"


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a tariff.

    prefix: E.164 digits without `+`. day_kind: empty for all.
    begins, ends: seconds since midnight by the site's clock, `ends` exclusive; may cross midnight; None for all day.
    per_minute, connect_fee, minimum, cap: money; cap None for none.
    """

    prefix: str
    name: str = ""
    day_kind: str = ""
    begins: int | None = None
    ends: int | None = None
    per_minute: Money = NOTHING
    connect_fee: Money = NOTHING
    first_seconds: int = 60
    next_seconds: int = 60
    free_seconds: int = 0
    minimum: Money = NOTHING
    cap: Money | None = None

    def in_force(self, day_kind: str, second: int) -> bool:
        """Whether this row holds at `second` since midnight of such a day."""
        if self.day_kind and self.day_kind != day_kind:
            return False
        if self.begins is None or self.ends is None:
            return True
        if self.begins < self.ends:
            return self.begins <= second < self.ends
        return second >= self.begins or second < self.ends

    @property
    def always(self) -> bool:
        """Whether this row holds at every hour of every day."""
        return self.begins is None and not self.day_kind


@dataclass(frozen=True, slots=True)
class Stretch:
    """Increments of one length at one rate, one after another.

    begins: the first one's beginning, by the site's clock. count: how many. length: of each, in seconds.
    day_kind: of that day, where the row is for such days only.
    """

    begins: datetime
    count: int
    length: int
    per_minute: Money
    day_kind: str = ""

    @property
    def seconds(self) -> int:
        """How long all of them last."""
        return self.count * self.length


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call costs and why. `talk` is the sum of the stretches, rounded.

    guessed: years whose holidays were not known, where they might have mattered.
    """

    amount: Money
    prefix: str
    seconds: int
    row: Rate
    stretches: tuple[Stretch, ...]
    talk: Money
    guessed: tuple[int, ...] = ()

    @property
    def explanation(self) -> str:
        """The arithmetic in English."""
        return self.explain("en")

    def explain(self, language: Language) -> str:
        """The arithmetic in words, so that anyone can follow it with a pencil."""
        return " ".join(self.steps(language))

    def steps(self, language: Language) -> list[str]:
        """The same, a sentence each."""
        return [translate(message, language, **facts) for message, facts in _steps(self)]


Step = tuple[str, dict[str, object]]

ON = {
    "workday": "From {time} on a workday: {count} × {length} s at {rate} yuan a minute = {rate} × {seconds} ÷ 60.",
    "restday": "From {time} on a rest day: {count} × {length} s at {rate} yuan a minute = {rate} × {seconds} ÷ 60.",
    "holiday": "From {time} on a holiday: {count} × {length} s at {rate} yuan a minute = {rate} × {seconds} ÷ 60.",
    "": "From {time}: {count} × {length} s at {rate} yuan a minute = {rate} × {seconds} ÷ 60.",
}
"""What is said of a stretch, by the kind of day that its row is for."""


def _steps(charge: Charge) -> Iterator[Step]:
    row = charge.row
    yield "Prefix {prefix}:", {"prefix": f"{charge.prefix} {row.name}".rstrip()}
    if charge.seconds == 0:
        yield "0 seconds cost nothing.", {}
        return
    free = min(row.free_seconds, charge.seconds)
    yield (
        "{seconds} s answered, {free} s free, {paid} s to pay.",
        {"seconds": charge.seconds, "free": free, "paid": charge.seconds - free},
    )
    yield from map(_stretch, charge.stretches)
    if charge.guessed:
        yield (
            "The holidays of {years} are not known: weekends count as rest days, all other days as workdays.",
            {"years": ", ".join(map(str, charge.guessed))},
        )
    yield "Talk, rounded half up: {talk} yuan.", {"talk": decimals(charge.talk)}
    yield from _extras(charge)
    yield "Charge: {amount} yuan.", {"amount": decimals(charge.amount)}


def _stretch(stretch: Stretch) -> Step:
    return (
        ON[stretch.day_kind],
        {
            "time": f"{stretch.begins:%H:%M:%S}",
            "count": stretch.count,
            "length": stretch.length,
            "rate": decimals(stretch.per_minute),
            "seconds": stretch.seconds,
        },
    )


def _extras(charge: Charge) -> Iterator[Step]:
    row = charge.row
    if row.connect_fee:
        yield "Connection fee: {fee} yuan.", {"fee": decimals(row.connect_fee)}
    raised = max(charge.talk + row.connect_fee, row.minimum)
    if raised > charge.talk + row.connect_fee:
        yield "At least: {minimum} yuan.", {"minimum": decimals(row.minimum)}
    if row.cap is not None and raised > row.cap:
        yield "At most: {cap} yuan.", {"cap": decimals(row.cap)}
