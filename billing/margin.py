"""What outside calls brought and what carriers ask for them: by destination, trunk, group of telephones, day. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from appliance.foundation.values import Money
from billing.charge import NOTHING

Key = Literal["destination", "trunk", "group", "carrier", "day"]
KEYS: tuple[Key, ...] = ("destination", "trunk", "group", "carrier", "day")
LOSSES = 50


@dataclass(frozen=True)
class Earned:
    """One call that was answered and is settled.

    charge: what its caller paid, None for a call that nobody pays for. cost: what its carrier asks, None where no
    tariff says. keys: what it counts under; destination and carrier in words, trunk and group by id.
    """

    call: str
    called: str
    answered_at: datetime
    seconds: int
    charge: Money | None
    cost: Money | None
    keys: Mapping[Key, str]


@dataclass(frozen=True)
class Sum:
    """Calls together. unknown: those of which nobody knows the cost; what they brought is in `revenue` all the same."""

    key: str
    calls: int = 0
    seconds: int = 0
    revenue: Money = NOTHING
    cost: Money = NOTHING
    unknown: int = 0

    @property
    def margin(self) -> Money:
        """What is left."""
        return Money(self.revenue - self.cost)

    @property
    def share(self) -> float | None:
        """What is left of a hundred that came in; None where nothing came in."""
        return 100 * self.margin / self.revenue if self.revenue else None

    def add(self, earned: Earned) -> Sum:
        """With one more call."""
        return Sum(
            self.key, self.calls + 1, self.seconds + earned.seconds, Money(self.revenue + (earned.charge or 0)),
            Money(self.cost + (earned.cost or 0)), self.unknown + (earned.cost is None),
        )  # fmt: skip


@dataclass(frozen=True)
class Loss:
    """A call that cost more than it brought."""

    call: str
    called: str
    trunk: str
    answered_at: str
    seconds: int
    charge: Money
    cost: Money


@dataclass(frozen=True)
class Margin:
    """Of the days from `first` to `last`, both included.

    billed: calls that somebody paid for; house: those that nobody did, so only their cost counts. by: billed calls put
    apart; days all of them and in order, the others by what they bring. losses: the worst, of `losing`.
    """

    first: date
    last: date
    billed: Sum
    house: Sum
    by: Mapping[Key, tuple[Sum, ...]]
    house_by_trunk: tuple[Sum, ...]
    losses: tuple[Loss, ...]
    losing: int

    def to_json(self) -> str:
        """For another process, and for other programs; money in 1/10 000 yuan."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Margin:
        """What `to_json` wrote. Raises ValueError, KeyError, TypeError."""
        found: dict[str, Any] = json.loads(text)
        by = {key: tuple(Sum(**one) for one in found["by"][key]) for key in KEYS}
        return cls(
            date.fromisoformat(found["first"]), date.fromisoformat(found["last"]), Sum(**found["billed"]),
            Sum(**found["house"]), by, tuple(Sum(**one) for one in found["house_by_trunk"]),
            tuple(Loss(**one) for one in found["losses"]), found["losing"],
        )  # fmt: skip


@dataclass
class Reckoning:
    """Calls are added one by one, so that a large month needs little memory. local: a moment at the site."""

    local: Callable[[datetime], datetime]
    _billed: Sum = Sum("")
    _house: Sum = Sum("")
    _by: dict[Key, dict[str, Sum]] = field(default_factory=lambda: {key: {} for key in KEYS})
    _house_by_trunk: dict[str, Sum] = field(default_factory=dict)
    _losses: list[Loss] = field(default_factory=list)
    _losing: int = 0

    def add(self, earned: Earned) -> None:
        """One call."""
        if earned.charge is None:
            self._house = self._house.add(earned)
            _count(self._house_by_trunk, earned.keys["trunk"], earned)
            return
        self._billed = self._billed.add(earned)
        keys = {**earned.keys, "day": str(self.local(earned.answered_at).date())}
        for key in KEYS:
            _count(self._by[key], keys.get(key, ""), earned)
        if earned.cost is not None and earned.cost > earned.charge:
            self._lost(earned, earned.charge, earned.cost)

    def margin(self, first: date, last: date) -> Margin:
        """All that was added."""
        days = {str(first + timedelta(days=n)): Sum("") for n in range((last - first).days + 1)}
        by: dict[Key, tuple[Sum, ...]] = {key: _largest(self._by[key].values()) for key in KEYS}
        by["day"] = tuple(self._by["day"].get(day) or Sum(day) for day in days)
        return Margin(
            first, last, self._billed, self._house, by, _largest(self._house_by_trunk.values()),
            tuple(sorted(self._losses, key=_worst)[:LOSSES]), self._losing,
        )  # fmt: skip

    def _lost(self, earned: Earned, charge: Money, cost: Money) -> None:
        self._losing += 1
        at = f"{self.local(earned.answered_at):%Y-%m-%d %H:%M}"
        self._losses.append(Loss(earned.call, earned.called, earned.keys["trunk"], at, earned.seconds, charge, cost))
        if len(self._losses) > 20 * LOSSES:
            self._losses = sorted(self._losses, key=_worst)[:LOSSES]


def _count(sums: dict[str, Sum], key: str, earned: Earned) -> None:
    sums[key] = (sums.get(key) or Sum(key)).add(earned)


def _largest(sums: Iterable[Sum]) -> tuple[Sum, ...]:
    return tuple(sorted(sums, key=lambda one: (-one.revenue, -one.cost, one.key)))


def _worst(loss: Loss) -> tuple[int, str]:
    return loss.charge - loss.cost, loss.call
