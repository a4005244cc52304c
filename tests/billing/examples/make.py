"""Worked examples of charges, for the tests of billing and for whoever writes another rating engine.

Written from the rule as it is told to people, in exact fractions, and without a line of the code that it is to judge:
nothing of Nightbell is imported. `python -m tests.billing.examples.make` writes the tables anew.

The rule: 0 answered seconds cost nothing. Free seconds come off first. What remains is cut into increments, the first
of `first_seconds`, then of `next_seconds`. Each increment begun is charged whole, at the rate per minute of the band in
which it begins. The sum is rounded once, half up, to 1/10 000 yuan. The connection fee is added, then minimum and cap
apply. The longest prefix wins; of one prefix a timed row before an all-day one, then a row for that kind of day before
one for all. All but the later rates comes from the row in force at the answer. Where no row is in force any more the
rate before goes on.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("site", "dialled", "e164", "at", "tariff", "seconds", "charge", "prefix", "arithmetic")

HOLIDAYS = (
    # From the State Council's notices: first and last day of each holiday, by hand.
    ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
)  # fmt: skip
MADE_UP = (
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
)  # fmt: skip

Row = dict[str, str]
Case = tuple[str, str, str, str, int]
"""Dialled at the site, what that is in E.164, answered at, tariff, answered seconds."""


# --- where the clocks hang


def china(moment: datetime) -> datetime:
    """Eight hours before Greenwich all year."""
    return moment.astimezone(timezone(timedelta(hours=8)))


def berlin(moment: datetime) -> datetime:
    """One hour before Greenwich, two from the last Sunday of March to that of October, each at one o'clock UTC."""
    begin, end = (datetime.combine(last_sunday(moment.astimezone(UTC).year, month), time(1), UTC) for month in (3, 10))
    return moment.astimezone(timezone(timedelta(hours=2 if begin <= moment < end else 1)))


def last_sunday(year: int, month: int) -> date:
    """Of a month with 31 days."""
    last = date(year, month, 31)
    return last - timedelta(days=last.isoweekday() % 7)


def chinese(day: date) -> str:
    """Workday, restday or holiday in China."""
    if day.isoformat() in MADE_UP:
        return "workday"
    if any(first <= day.isoformat() <= last for first, last in HOLIDAYS):
        return "holiday"
    return weekly(day)


def weekly(day: date) -> str:
    """Workday or restday where no holidays are known."""
    return "restday" if day.isoweekday() in (6, 7) else "workday"


@dataclass(frozen=True)
class Site:
    """Where a hospital stands."""

    country: str
    area: str
    here: Callable[[datetime], datetime]
    kind_of: Callable[[date], str]


SITES = {"Hangzhou": Site("CN", "571", china, chinese), "Berlin": Site("DE", "30", berlin, weekly)}


# --- the rule


def holds(row: Row, moment: datetime, site: Site) -> bool:
    """Whether a row is in force then."""
    if row["day_kind"] and row["day_kind"] != site.kind_of(moment.date()):
        return False
    if not row["from"]:
        return True
    begins, now = clock(row["from"]), moment.time().replace(microsecond=0)
    if row["to"] == "24:00":
        return begins <= now
    ends = clock(row["to"])
    return begins <= now < ends if begins < ends else (now >= begins or now < ends)


def clock(text: str) -> time:
    """HH:MM."""
    return time.fromisoformat(text)


def in_force(rows: list[Row], number: str, moment: datetime, site: Site) -> Row | None:
    """The row that wins."""
    there = [row for row in rows if number.startswith(row["prefix"]) and holds(row, moment, site)]
    return max(there, key=lambda row: (len(row["prefix"]), bool(row["from"]), bool(row["day_kind"])), default=None)


@dataclass(frozen=True)
class Increment:
    """One begun, and charged whole."""

    length: int
    per_minute: str

    @property
    def units(self) -> Fraction:
        """Its price in 1/10 000 yuan, unrounded."""
        return units(self.per_minute) * self.length / 60


def units(yuan: str) -> Fraction:
    """An amount of a tariff in 1/10 000 yuan; nothing where it is empty."""
    return Fraction(yuan or "0") * 10_000


def increments(
    rows: list[Row], number: str, start: datetime, seconds: int, row: Row, site: Site
) -> Iterator[Increment]:
    """All that are begun, in order."""
    begins, length, rate = int(row["free_seconds"] or 0), int(row["first_seconds"]), row["rate_per_minute"]
    while begins < seconds:
        now = in_force(rows, number, site.here(start.astimezone(UTC) + timedelta(seconds=begins)), site)
        rate = now["rate_per_minute"] if now is not None else rate
        yield Increment(length, rate)
        begins, length = begins + length, int(row["next_seconds"])


def worked(case: Case, name: str) -> dict[str, object]:
    """A row of a table."""
    dialled, e164, at, tariff, seconds = case
    rows, site = tariff_rows(tariff), SITES[name]
    moment = datetime.fromisoformat(at)
    # Without an offset it is China's time, which has only one.
    start = site.here(moment) if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(hours=8)))
    row = in_force(rows, e164, start, site)
    assert row is not None, case
    charge, arithmetic = 0, "0 s cost nothing"
    if seconds > 0:
        charge, arithmetic = reckoned(row, seconds, list(increments(rows, e164, start, seconds, row, site)))
    found = (name, dialled, e164, at, tariff, seconds, charge, row["prefix"], arithmetic)
    return dict(zip(COLUMNS, found, strict=True))


def reckoned(row: Row, seconds: int, begun: list[Increment]) -> tuple[int, str]:
    """The charge and how it comes about, in yuan."""
    free = min(int(row["free_seconds"] or 0), seconds)
    steps = [f"{seconds} s - {free} s free = {seconds - free} s"] if free else [f"{seconds} s"]
    for increment, same in groupby(begun):
        steps.append(f"{len(list(same))} x {increment.length} s x {increment.per_minute}/60")
    total = sum((increment.units for increment in begun), Fraction(0))
    talk = floor(total + Fraction(1, 2))
    steps.append(f"sum {total} units, half up {talk}")
    fee, least, most = units(row["connect_fee"]), units(row["minimum"]), units(row["cap"])
    amount = talk + fee
    if fee:
        steps.append(f"+ {fee} fee = {amount}")
    if amount < least:
        amount = least
        steps.append(f"at least {least}")
    if row["cap"] and amount > most:
        amount = most
        steps.append(f"at most {most}")
    assert amount.denominator == 1
    return int(amount), "; ".join(steps)


def tariff_rows(name: str) -> list[Row]:
    """A tariff as it stands in its file."""
    with (HERE / "tariffs" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- which calls

LOCAL, MOBILE, NATIONAL = (
    ("88123456", "8657188123456"),
    ("13900138000", "8613900138000"),
    ("057487123456", "8657487123456"),
)
BEIJING, SHANGHAI, CANTON = (
    ("01062345678", "861062345678"),
    ("02162345678", "862162345678"),
    ("02038123456", "862038123456"),
)
OURS = ("13800138000", "8613800138000")
LONDON, HONG_KONG, NEW_YORK = (
    ("00442079460958", "442079460958"),
    ("0085223456789", "85223456789"),
    ("0012125550123", "12125550123"),
)

FORMS = [
    LOCAL, ("057188123456", "8657188123456"), ("+8657188123456", "8657188123456"), ("008657188123456", "8657188123456"),
    OURS, ("013800138000", "8613800138000"), ("008613800138000", "8613800138000"), ("+8613800138000", "8613800138000"),
    MOBILE, ("013900138000", "8613900138000"), NATIONAL, ("+8657487123456", "8657487123456"),
    BEIJING, ("00861062345678", "861062345678"), ("4008001234", "864008001234"), ("02083123456", "862083123456"),
    LONDON, ("+442079460958", "442079460958"), ("00441614960958", "441614960958"), HONG_KONG,
    ("+85223456789", "85223456789"), NEW_YORK, ("+12125550123", "12125550123"), ("0014155550123", "14155550123"),
    ("0081312345678", "81312345678"), ("+81312345678", "81312345678"),
]  # fmt: skip
"""Numbers as people in Hangzhou dial them."""


def forms() -> Iterator[Case]:
    """Local, mobile, national and international numbers, by day and by night."""
    for number in FORMS:
        yield (*number, "2026-03-02T09:00:00", "house", 61)
        yield (*number, "2026-03-02T15:30:00Z", "house", 200)


def lengths() -> Iterator[Case]:
    """From no second to long calls."""
    for number in (LOCAL, OURS, MOBILE, BEIJING, LONDON, ("0081312345678", "81312345678")):
        for seconds in (0, 1, 5, 6, 7, 59, 60, 66, 180, 181, 3600, 14_400, 86_400):
            yield (*number, "2026-03-02T10:15:00", "house", seconds)


def bands() -> Iterator[Case]:
    """Over the edges of bands and over midnight."""
    for at, seconds in (
        ("20:58:30", 240), ("20:59:59", 1), ("20:59:59", 61), ("21:00:00", 60), ("06:59:30", 90), ("07:00:00", 60),
        ("23:58:00", 300), ("12:00:00", 50_000), ("20:59:59.900", 61), ("00:00:00", 86_400),
    ):  # fmt: skip
        yield (*NATIONAL, f"2026-03-02T{at}", "bands", seconds)
    for at, seconds in (
        ("07:59:54", 12), ("07:59:55", 12), ("19:59:57", 9), ("20:00:00", 6), ("23:59:56", 20), ("00:00:00", 6),
        ("19:50:00", 1200), ("23:00:00", 36_000), ("07:59:59", 7), ("23:59:59", 1),
    ):  # fmt: skip
        yield (*BEIJING, f"2026-03-02T{at}", "bands", seconds)
    for at, seconds in (
        ("11:29:59", 181), ("11:30:00", 181), ("11:28:00", 300), ("13:27:00", 400), ("13:29:59", 1), ("13:30:00", 180),
    ):  # fmt: skip
        yield (*SHANGHAI, f"2026-03-02T{at}", "bands", seconds)
    for at, seconds in (
        ("16:59:00", 300), ("16:59:55", 5), ("16:59:55", 16), ("09:00:00", 10), ("09:00:00", 11), ("22:00:00", 1),
        ("01:59:30", 3600), ("23:59:30", 200), ("16:00:00", 25_000),
    ):  # fmt: skip
        yield (*LONDON, f"2026-03-02T{at}", "bands", seconds)
    for at, seconds in (("23:29:35", 60), ("23:29:40", 21), ("00:29:30", 90), ("23:00:00", 7200), ("00:29:39", 22)):
        yield (*HONG_KONG, f"2026-03-02T{at}", "bands", seconds)


def days() -> Iterator[Case]:
    """Workdays, rest days, holidays and make-up workdays."""
    dates = (
        "2025-01-26", "2025-01-28", "2025-02-04", "2025-02-08", "2025-04-27", "2025-06-02", "2025-09-28", "2025-10-08",
        "2026-01-01", "2026-01-04", "2026-02-13", "2026-02-14", "2026-02-15", "2026-02-23", "2026-02-28", "2026-03-02",
        "2026-03-07", "2026-04-06", "2026-05-09", "2026-06-20", "2026-09-20", "2026-09-26", "2026-10-01", "2026-10-10",
    )  # fmt: skip
    for day in dates:
        yield (*NATIONAL, f"{day}T10:00:00", "days", 90)
        yield (*MOBILE, f"{day}T21:59:57", "days", 15)
    for at, seconds in (
        ("2026-09-30T23:58:30", 240), ("2026-10-07T23:58:30", 240), ("2026-10-03T05:59:00", 180),
        ("2026-10-03T17:59:30", 60), ("2026-02-14T11:59:30", 120), ("2026-02-14T23:59:30", 90),
        ("2026-03-06T23:59:00", 120), ("2026-03-08T23:59:00", 120), ("2026-10-01T12:59:30", 120),
        ("2026-09-30T16:00:00Z", 60), ("2026-09-30T15:59:59Z", 60),
        ("2026-10-09T22:00:00-04:00", 60), ("2026-02-22T12:00:00", 200_000),
    ):  # fmt: skip
        yield (*NATIONAL, at, "days", seconds)


def extras() -> Iterator[Case]:
    """Free seconds, connection fees, minimum and cap."""
    for number, lengths_ in (
        (LOCAL, (0, 1, 179, 180, 181, 240, 241, 600)),
        (NATIONAL, (0, 1, 96, 97, 102, 103, 600)),
        (BEIJING, (0, 1, 60, 180, 181, 190, 241, 14_400)),
        (SHANGHAI, (0, 1, 15, 16, 45, 46, 51, 52, 380, 420, 10_000)),
        (MOBILE, (0, 1, 2, 59, 60, 600)),
        (OURS, (0, 1, 30, 31, 40, 41, 46, 300)),
        (HONG_KONG, (0, 1, 3600)),
        (LONDON, (0, 1, 30, 61)),
        (NEW_YORK, (0, 1, 3600)),
    ):
        for seconds in lengths_:
            yield (*number, "2026-03-02T14:05:09", "extras", seconds)


def rounding() -> Iterator[Case]:
    """Below, at and above a half; one rounding of the sum, not one for each increment."""
    for number, lengths_ in (
        (MOBILE, (1, 29, 30, 31, 89, 90, 91, 150, 210)),
        (BEIJING, (9, 10, 11, 29, 30, 31, 50, 70)),
        (SHANGHAI, (1, 6, 7, 12, 13, 18, 19, 30)),
        (CANTON, (1, 7, 8, 18, 19, 29, 100, 3601)),
        (HONG_KONG, (1, 10, 11, 20, 21, 50, 60)),
        (LONDON, (3, 4, 23, 24, 43, 44, 3600)),
    ):
        for seconds in lengths_:
            yield (*number, "2026-03-02T14:05:09", "rounding", seconds)
    for at, seconds in (("20:59:45", 15), ("20:59:45", 30), ("20:59:30", 45), ("20:59:15", 60), ("06:59:30", 60)):
        yield (*LOCAL, f"2026-03-02T{at}", "rounding", seconds)


def edges() -> Iterator[Case]:
    """What beats what: at midnight before and after holidays, of one prefix, at the half, between minimum and cap."""
    # A holiday's eve, its first midnight and its last; a rest day's; a make-up Saturday's.
    for day, seconds in (
        ("2026-09-30", 180), ("2026-10-07", 180), ("2026-02-14", 180), ("2026-02-23", 120), ("2026-03-06", 180),
        ("2026-03-08", 180), ("2026-02-27", 180), ("2026-02-28", 180), ("2025-12-31", 180), ("2026-01-03", 200),
    ):  # fmt: skip
        for at in ("23:58:45", "23:59:59"):
            yield (*NATIONAL, f"{day}T{at}", "edges", seconds)
    # A timed row beats an all-day one of the same prefix, even one for that kind of day.
    for at in (
        "2026-10-02T17:59:59", "2026-10-02T18:00:00", "2026-10-02T23:59:59", "2026-10-03T05:59:30",
        "2026-10-03T06:00:00", "2026-03-02T18:00:00", "2026-03-07T11:59:59", "2026-03-07T12:00:00",
    ):  # fmt: skip
        for seconds in (1, 61, 121):
            yield (*BEIJING, at, "edges", seconds)
    # The longer prefix has a row for holidays only, the shorter is there for all others.
    for at in ("2026-09-30T23:59:30", "2026-10-07T23:59:30", "2026-10-01T00:00:00", "2026-03-02T00:00:00"):
        for seconds in (30, 31, 90, 151):
            yield (*MOBILE, at, "edges", seconds)
    # An increment longer than the band between: it is charged whole where it begins, or steps over it.
    for at in ("2026-03-02T07:56:00", "2026-03-02T07:57:30", "2026-03-02T07:58:00", "2026-03-02T07:59:59.999"):
        for seconds in (1, 181, 361):
            yield (*SHANGHAI, at, "edges", seconds)
    # Exactly at the half, and a unit beside it, across bands.
    for at in ("2026-03-02T20:59:40", "2026-03-02T20:59:50", "2026-03-02T20:59:55", "2026-03-02T21:00:00"):
        for seconds in (5, 10, 15, 30, 35, 65):
            yield (*CANTON, at, "edges", seconds)
    # Minimum, cap and fee in every order.
    for number, lengths_ in ((LONDON, (1, 59, 61, 121, 600)), (NEW_YORK, (0, 1, 61)), (HONG_KONG, (1, 30, 31, 90))):
        for seconds in lengths_:
            yield (*number, "2026-03-02T12:00:00", "edges", seconds)


def summer() -> Iterator[Case]:
    """In Berlin, where the clocks are put forward and back in the night."""
    berlins, munich, china_ = (
        ("55667788", "493055667788"),
        ("08955667788", "498955667788"),
        ("008657188123456", "8657188123456"),
    )
    for at, seconds in (
        ("2026-03-29T01:58:30+01:00", 300), ("2026-03-29T01:59:59+01:00", 61), ("2026-03-29T03:00:00+02:00", 60),
        ("2026-03-28T23:30:00+01:00", 14_400), ("2026-10-25T02:58:30+02:00", 300), ("2026-10-25T02:59:59+02:00", 61),
        ("2026-10-25T02:00:00+01:00", 60), ("2026-10-25T01:59:00+02:00", 7200), ("2026-10-24T23:30:00+02:00", 14_400),
        ("2026-07-01T05:59:30+02:00", 60), ("2026-12-01T05:59:30+01:00", 60), ("2026-03-02T00:30:00Z", 5400),
        ("2026-07-02T00:30:00Z", 5400), ("2026-03-29T01:30:00+01:00", 18_000), ("2026-10-25T01:30:00+02:00", 25_000),
        ("2026-03-28T21:59:59+01:00", 40_000), ("2026-10-25T00:59:30Z", 60), ("2026-10-25T01:00:00Z", 60),
    ):  # fmt: skip
        yield (*berlins, at, "summer", seconds)
        yield (*munich, at, "summer", seconds)
    for at in ("2026-03-27T22:59:30Z", "2026-03-29T21:59:30Z", "2026-10-25T22:59:30Z", "2026-10-23T21:59:30Z"):
        yield (*china_, at, "summer", 60)


TABLES = {
    "forms": forms, "lengths": lengths, "bands": bands, "days": days, "extras": extras, "rounding": rounding,
    "edges": edges, "summer": summer,
}  # fmt: skip
PLACES = {"summer": "Berlin"}
"""Of the tables that are not Hangzhou's."""


def table(name: str) -> list[dict[str, object]]:
    """A whole table."""
    return [worked(case, PLACES.get(name, "Hangzhou")) for case in TABLES[name]()]


def main() -> None:
    """Write all of them."""
    for name in TABLES:
        rows = table(name)
        with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{name}: {len(rows)}")


if __name__ == "__main__":
    main()
