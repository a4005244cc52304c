"""Hours of traffic put together for people: a day by its hours, a longer time by its days. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pbx.traffic.hours import NOTHING, Amount, Key


@dataclass(frozen=True)
class Step:
    """One hour of a day, `08:00`, or one day, `2026-03-02`, at the site."""

    label: str
    out: Amount
    incoming: Amount

    @property
    def both(self) -> Amount:
        """Both directions."""
        return self.out + self.incoming


@dataclass(frozen=True)
class Busiest:
    """The hour in which the lines were held longest; `begin` at the site."""

    begin: datetime
    amount: Amount


@dataclass(frozen=True)
class Summary:
    """steps: every one, also those without a call. trunks: the whole of each that had any."""

    steps: tuple[Step, ...]
    trunks: Mapping[str, Amount]
    whole: Amount
    busiest: Busiest | None


def summary(found: Mapping[Key, Amount], labels: tuple[str, ...], label: Callable[[datetime], str]) -> Summary:
    """`found` by `label` of the hour it stands for. labels: all there can be, in order."""
    steps: dict[tuple[str, bool], Amount] = defaultdict(lambda: NOTHING)
    trunks: dict[str, Amount] = defaultdict(lambda: NOTHING)
    hours: dict[datetime, Amount] = defaultdict(lambda: NOTHING)
    for key, amount in found.items():
        steps[label(key.hour), key.incoming] += amount
        trunks[key.trunk] += amount
        hours[key.hour] += amount
    whole = sum(trunks.values(), NOTHING)
    busiest = max(hours.items(), key=lambda entry: (entry[1].held_ms, entry[1].seizures), default=None)
    return Summary(
        tuple(Step(name, steps[name, False], steps[name, True]) for name in labels),
        dict(trunks),
        whole,
        Busiest(*busiest) if busiest else None,
    )


def by_hour(found: Mapping[Key, Amount], zone: ZoneInfo) -> Summary:
    """A day, hour by hour."""
    labels = tuple(f"{hour:02}:00" for hour in range(24))
    return summary(found, labels, lambda hour: f"{hour.astimezone(zone):%H}:00")


def by_day(found: Mapping[Key, Amount], days: tuple[date, ...], zone: ZoneInfo) -> Summary:
    """A longer time, day by day."""
    return summary(found, tuple(map(str, days)), lambda hour: str(hour.astimezone(zone).date()))
