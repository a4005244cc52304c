"""A tariff tried on calls that were made: what they would have cost, destination by destination. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from appliance.foundation.values import Money
from billing.charge import NOTHING
from billing.rating import NoRate, Tariff

Side = Literal["charge", "cost"]
"""What callers paid, or what carriers asked."""


@dataclass(frozen=True)
class Talk:
    """A call that was answered and is settled. called: E.164 digits. was: what it cost by the tariff of its time."""

    called: str
    answered_at: datetime
    seconds: int
    was: Money


@dataclass(frozen=True)
class Part:
    """Calls to one destination. prefix: of the row that rates them; of calls that no row fits, the number itself."""

    prefix: str
    name: str
    calls: int = 0
    seconds: int = 0
    before: Money = NOTHING
    after: Money = NOTHING

    @property
    def difference(self) -> Money:
        """What the new tariff brings on top; negative where it brings less."""
        return Money(self.after - self.before)

    def add(self, seconds: int, before: Money, after: Money) -> Part:
        """With one more call."""
        return Part(
            self.prefix, self.name, self.calls + 1, self.seconds + seconds, Money(self.before + before),
            Money(self.after + after),
        )  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    first, last: the days tried. parts: by destination, those that change most first. unrated: each number that no row
    fits, those with most calls first; its calls could not be made, so `after` is nothing.
    """

    tariff: str
    version: int
    side: Side
    first: date
    last: date
    whole: Part
    parts: tuple[Part, ...]
    unrated: tuple[Part, ...]

    def to_json(self) -> str:
        """For another process, and for other programs; money in 1/10 000 yuan."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Outcome:
        """What `to_json` wrote. Raises ValueError, KeyError, TypeError."""
        found: dict[str, Any] = json.loads(text)
        days = {name: date.fromisoformat(found[name]) for name in ("first", "last")}
        parts = {name: tuple(Part(**part) for part in found[name]) for name in ("parts", "unrated")}
        return cls(**found | days | parts | {"whole": Part(**found["whole"])})


@dataclass
class Trial:
    """Calls are added one by one, so that a large month needs little memory. zone: the site's."""

    tariff: Tariff
    zone: ZoneInfo
    _parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    _unrated: dict[str, Part] = field(default_factory=dict)

    def add(self, talk: Talk) -> None:
        """Rate one call anew."""
        try:
            charge = self.tariff.rate(talk.called, talk.answered_at.astimezone(self.zone), talk.seconds)
        except NoRate:
            known = self._unrated.get(talk.called) or Part(talk.called, "")
            self._unrated[talk.called] = known.add(talk.seconds, talk.was, NOTHING)
            return
        key = charge.prefix, charge.row.name
        self._parts[key] = (self._parts.get(key) or Part(*key)).add(talk.seconds, talk.was, charge.amount)

    def outcome(self, side: Side, first: date, last: date) -> Outcome:
        """All that was added."""
        parts = sorted(self._parts.values(), key=lambda part: (-abs(part.difference), part.prefix, part.name))
        unrated = sorted(self._unrated.values(), key=lambda part: (-part.calls, part.prefix))
        whole = total([*parts, *unrated])
        return Outcome(self.tariff.name, self.tariff.version, side, first, last, whole, tuple(parts), tuple(unrated))


def total(parts: Sequence[Part]) -> Part:
    """All of them together."""
    return Part(
        "", "", sum(part.calls for part in parts), sum(part.seconds for part in parts),
        Money(sum(part.before for part in parts)), Money(sum(part.after for part in parts)),
    )  # fmt: skip


def side_of(tariff: str, retail: str, trunks: Mapping[str, str]) -> tuple[Side, tuple[str, ...]]:
    """Whether a tariff is what callers pay or what trunks cost, and over which trunks its calls went (empty: all).

    retail: its name in the plan. trunks: trunk id to the name of its cost tariff. One the plan does not name is tried
    as a retail tariff.
    """
    over = tuple(trunk for trunk, name in trunks.items() if name == tariff)
    return ("cost", over) if over and tariff != retail else ("charge", ())
