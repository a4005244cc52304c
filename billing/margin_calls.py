"""The calls a margin is reckoned of: billed ones as they were settled, those of the house by carriers' tariffs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from appliance.foundation.days import Calendar
from appliance.foundation.values import Money
from billing.bill import whole_seconds
from billing.margin import Earned, Key
from billing.rating import NoRate, Tariff
from billing.schema import leases
from billing.tariff import NoTariff, Version, rates_of, versions
from pbx.calls.schema import telephone_calls

AT_ONCE = 1000


class PastTariffs:
    """Versions as they counted then. Satisfies `billing.route.Versions`."""

    def __init__(self, known: list[Version], parsed: Mapping[int, Tariff]) -> None:
        self._known = known
        self._parsed = parsed

    def current(self, name: str, at: datetime) -> Tariff:
        """The version of tariff `name` that counted at `at`. Raises NoTariff."""
        for one in self._known:
            if one.name == name and one.id in self._parsed and one.state(at) == "current":
                return self._parsed[one.id]
        raise NoTariff(name=name)

    def version(self, number: int) -> Tariff | None:
        """By its number; None for one that did not count in those days."""
        return self._parsed.get(number)


async def past_tariffs(database: Transactions, start: datetime, end: datetime, calendar: Calendar) -> PastTariffs:
    """Every version that counted in [start, end) or when the last calls before began."""
    known = await versions(database)
    wanted = [one for one in known if one.valid_from < end and (one.until is None or one.until > start)]
    wanted += [one for one, after in pairwise(known) if after in wanted and one.name == after.name]
    parsed = {
        one.id: Tariff(one.name, await rates_of(database, one.id), version=one.id, calendar=calendar)
        for one in {one.id: one for one in wanted}.values()
    }
    return PastTariffs(known, parsed)


@dataclass(frozen=True)
class House:
    """What the plan says. trunk_tariffs: trunk id to its cost tariff. group: of an extension, empty for none.

    carrier: of an E.164 number, in words.
    """

    zone: ZoneInfo
    trunk_tariffs: Mapping[str, str]
    group: Callable[[str], str]
    carrier: Callable[[str], str]


def billed(
    connection: sa.Connection, start: datetime, end: datetime, tariffs: PastTariffs, house: House
) -> Iterator[Earned]:
    """Settled calls answered in [start, end), oldest first."""
    names = ("call", "called", "extension", "trunk", "tariff_version", "answered_at", "seconds", "charge", "cost")
    answered = leases.c.answered_at
    query = sa.select(*(leases.c[name] for name in names)).order_by(answered)
    query = query.where(leases.c.state == "settled", answered >= start, answered < end)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query):
        keys: dict[Key, str] = {
            "destination": _destination(tariffs.version(row.tariff_version), row.called, row.answered_at, house.zone),
            "trunk": row.trunk,
            "group": house.group(row.extension),
            "carrier": house.carrier(row.called),
        }
        cost = None if row.cost is None else Money(row.cost)
        yield Earned(row.call, row.called, row.answered_at, row.seconds or 0, Money(row.charge or 0), cost, keys)


def unbilled(
    connection: sa.Connection, start: datetime, end: datetime, tariffs: PastTariffs, house: House
) -> Iterator[Earned]:
    """Answered calls out over trunks that no account paid for, oldest first."""
    calls = telephone_calls.c
    paid = sa.exists().where(leases.c.call == calls.id)
    query = (
        sa.select(calls.id, calls.called, calls.trunk, calls.answered_at, calls.ended_at)
        .where(calls.answered_at >= start, calls.answered_at < end, calls.ended_at.is_not(None))
        .where(calls.direction == "out", calls.trunk.in_(house.trunk_tariffs), ~paid)
        .order_by(calls.answered_at)
    )
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query):
        seconds = whole_seconds(row.ended_at - row.answered_at)
        cost = _cost(tariffs, house, row.trunk, row.called, row.answered_at, seconds)
        yield Earned(row.id, row.called, row.answered_at, seconds, None, cost, {"trunk": row.trunk})


def _destination(tariff: Tariff | None, called: str, at: datetime, zone: ZoneInfo) -> str:
    try:
        row = tariff.rate(called, at.astimezone(zone), 0).row if tariff is not None else None
    except NoRate:
        row = None
    return f"{row.prefix} {row.name}".rstrip() if row is not None else ""


def _cost(tariffs: PastTariffs, house: House, trunk: str, called: str, at: datetime, seconds: int) -> Money | None:
    try:
        tariff = tariffs.current(house.trunk_tariffs[trunk], at)
        return tariff.rate(called, at.astimezone(house.zone), seconds).amount
    except (NoTariff, NoRate):
        return None
