"""How fast calls are rated by a tariff of 100 000 prefixes, against the bare look-up of the longest prefix."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.foundation.days import CHINA
from appliance.foundation.values import Money
from billing.charge import Rate
from billing.rating import Tariff
from tests.bench.figures import Figure, Row, beside

PREFIXES = 100_000
CALLS = 100_000
ROUNDS = 10
"""A million calls in all."""
SEED = 600
NIGHT = (21 * 3600, 7 * 3600)
BEGIN = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))

Call = tuple[str, datetime, int]


def measure() -> list[Figure]:
    """The figures for one price all day and for a cheaper night."""
    chance = random.Random(SEED)
    prefixes = _prefixes(chance)
    all_day = [_rate(chance, prefix) for prefix in prefixes]
    nights = [_rate(chance, prefix, *NIGHT) for prefix in prefixes]

    def calls() -> list[Call]:
        return [_call(chance, chance.choice(prefixes)) for _ in range(CALLS)]

    return [
        _figure("one price all day", all_day, calls),
        _figure("and a cheaper night for each", [*all_day, *nights], calls),
    ]


def _figure(name: str, rates: list[Rate], fresh: Callable[[], list[Call]]) -> Figure:
    tariff = Tariff("bench", rates, calendar=CHINA)
    bare = {rate.prefix: rate for rate in rates}
    lengths = sorted({len(prefix) for prefix in bare}, reverse=True)

    def rated(calls: list[Call]) -> None:
        for call in calls:
            tariff.rate(*call)

    def looked_up(calls: list[Call]) -> None:
        for number, _, _ in calls:
            for length in lengths:
                if number[:length] in bare:
                    break

    pairs = []
    for _ in range(ROUNDS):
        calls = fresh()
        pairs.append((_speed(rated, calls), _speed(looked_up, calls)))
    ours = Row("rated", [fast for fast, _ in pairs], "a second", rate=True)
    peer = Row("longest prefix looked up in a dict alone", [fast for _, fast in pairs], "a second", rate=True)
    return Figure(
        f"Rating: {PREFIXES:,} prefixes, {name}; {CALLS * ROUNDS:,} calls up to an hour, one core, {ROUNDS} rounds",
        beside(ours, peer, "time to rate ÷ time to look up"),
    )


def _speed(work: Callable[[list[Call]], None], calls: list[Call]) -> float:
    began = time.perf_counter()
    work(calls)
    return CALLS / (time.perf_counter() - began)


def _prefixes(chance: random.Random) -> list[str]:
    found: set[str] = set()
    while len(found) < PREFIXES:
        found.add(str(chance.randrange(1, 10 ** chance.randint(3, 8))))
    return sorted(found)


def _rate(chance: random.Random, prefix: str, begins: int | None = None, ends: int | None = None) -> Rate:
    increments = chance.choice([(60, 60), (60, 6), (6, 6), (1, 1)])
    per_minute = Money(chance.randint(500, 50_000))
    return Rate(prefix, "", "", begins, ends, per_minute, Money(0), *increments)


def _call(chance: random.Random, prefix: str) -> Call:
    digits = "".join(chance.choices("0123456789", k=15 - len(prefix)))
    return prefix + digits, BEGIN + timedelta(seconds=chance.randrange(86_400)), chance.randint(1, 3600)
