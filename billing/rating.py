"""Duration and tariff in, charge and its arithmetic out. Pure: no storage, no clock.

The rule, so that anyone can recompute a charge:

1. 0 answered seconds cost nothing.
2. The row in force when the call is answered gives everything but the later rates: connection fee, increments,
   free seconds, minimum and cap.
3. Free seconds come off first; what remains is cut into increments, the first of `first_seconds`, then of
   `next_seconds`. The first begins when the free seconds are over.
4. Each increment begun is charged whole, at the rate per minute of the row in force when it begins.
5. The sum is rounded once, half up, to 1/10 000 yuan. The connection fee is added, then minimum and cap apply.
   (So a call that ends within its free seconds still costs its connection fee and its minimum, if the row has any.)

In force at a moment is, of the longest prefix of the called number that has such a row, the row whose hours and day
kind hold then by the site's clock: a timed row before an all-day one, then a row for that kind of day before one for
all. Where nothing is in force any more in mid-call, the rate of the increment before goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from appliance.foundation.days import WEEKDAYS, Calendar
from appliance.foundation.values import Money
from billing.charge import NOTHING, Charge, Rate, Stretch
from billing.refusal import Refusal

FOUR_HOURS = 4 * 3600
DAY = 86_400


class NoRate(Refusal):
    """The tariff has no row for this number at this time: it may not be called."""

    message = "This number cannot be called."


class Tariff:
    """The rows of one version of a tariff, found by longest prefix.

    version: its number in the database, 0 when it has none. calendar: of the site.
    """

    def __init__(self, name: str, rates: Iterable[Rate], *, version: int = 0, calendar: Calendar = WEEKDAYS) -> None:
        self.name = name
        self.version = version
        self._calendar = calendar
        self._rows: dict[str, tuple[Rate, ...]] = _by_prefix(rates)
        self._lengths = sorted({len(prefix) for prefix in self._rows}, reverse=True)

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def rate(self, number: str, start: datetime, seconds: int) -> Charge:
        """What `seconds` answered seconds cost, called `number` (E.164 digits), answered at `start`.

        start: aware, in the site's zone: hours and dates are read from its own clock. Raises NoRate.
        """
        rows = self._candidates(number)
        row = self._in_force(rows, start)
        if row is None:
            raise NoRate
        if seconds <= 0:
            return Charge(NOTHING, row.prefix, 0, row, (), NOTHING)
        stretches = tuple(self._stretches(rows, row, start, seconds - row.free_seconds))
        talk = _rounded(sum(stretch.seconds * stretch.per_minute for stretch in stretches))
        amount = max(talk + row.connect_fee, row.minimum)
        if row.cap is not None:
            amount = min(amount, row.cap)
        return Charge(Money(amount), row.prefix, seconds, row, stretches, talk, self._guessed(rows, start, stretches))

    def affordable(self, credit: Money, number: str, start: datetime, most: int = FOUR_HOURS) -> int:
        """How many seconds `credit` pays for, `most` at most: the last n whose charge is within it. Raises NoRate."""
        if self.rate(number, start, most).amount <= credit:
            return most
        enough, too_long = 0, most
        while too_long - enough > 1:
            middle = (enough + too_long) // 2
            if self.rate(number, start, middle).amount <= credit:
                enough = middle
            else:
                too_long = middle
        return enough

    def _candidates(self, number: str) -> tuple[Rate, ...]:
        """Rows in the order of their precedence, up to the first that always holds."""
        found: list[Rate] = []
        for length in self._lengths:
            for row in self._rows.get(number[:length], ()) if length <= len(number) else ():
                found.append(row)
                if row.always:
                    return tuple(found)
        return tuple(found)

    def _in_force(self, rows: Sequence[Rate], moment: datetime) -> Rate | None:
        if rows and rows[0].always:
            return rows[0]
        day_kind, second = self._calendar(moment.date()), _second_of_day(moment)
        return next((row for row in rows if row.in_force(day_kind, second)), None)

    def _stretches(self, rows: Sequence[Rate], row: Rate, start: datetime, paid: int) -> Iterator[Stretch]:
        edges = _edges(rows)
        offset, length, rate = row.free_seconds, row.first_seconds, row
        while paid > 0:
            moment = _after(start, offset)
            rate = self._in_force(rows, moment) or rate
            first = offset == row.free_seconds and row.first_seconds != row.next_seconds
            count = 1 if first else -(-min(paid, _until_change(moment, edges)) // length)
            day_kind = self._calendar(moment.date()) if rate.day_kind else ""
            yield Stretch(moment, count, length, rate.per_minute, day_kind)
            offset += count * length
            paid -= count * length
            length = row.next_seconds

    def _guessed(self, rows: Sequence[Rate], start: datetime, stretches: Sequence[Stretch]) -> tuple[int, ...]:
        """Years of the call whose holidays are not known, where the kind of day might have changed the charge."""
        if not any(row.day_kind for row in rows):
            return ()
        days = {start.date(), *(stretch.begins.date() for stretch in stretches)}
        return tuple(sorted({day.year for day in days if not self._calendar.knows(day)}))


def _by_prefix(rates: Iterable[Rate]) -> dict[str, tuple[Rate, ...]]:
    rows: dict[str, list[Rate]] = {}
    for rate in rates:
        rows.setdefault(rate.prefix, []).append(rate)
    for group in rows.values():
        group.sort(key=lambda rate: (rate.begins is None, not rate.day_kind))
    return {prefix: tuple(group) for prefix, group in rows.items()}


def _rounded(sixtieths: int) -> Money:
    """A sum of seconds times rate per minute, half up."""
    return Money((sixtieths + 30) // 60)


def _second_of_day(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _after(start: datetime, seconds: int) -> datetime:
    """So much later by the clock on the wall of `start`'s zone, summer time minded."""
    return start if seconds == 0 else (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(start.tzinfo)


def _edges(rows: Sequence[Rate]) -> tuple[int, ...]:
    """Seconds of the day at which another row may come into force; empty where none ever does."""
    if rows and rows[0].always:
        return ()
    times = {edge for row in rows for edge in (row.begins, row.ends) if edge}
    return tuple(sorted(times | {DAY}))


def _until_change(moment: datetime, edges: Sequence[int]) -> int:
    """Seconds from `moment` for which the same row is certainly in force; at least 1.

    Edges stand on whole seconds, so parts of a second in `moment` change nothing.
    """
    if not edges:
        return FOUR_HOURS * 1000
    second = _second_of_day(moment)
    until = next(edge for edge in edges if edge > second) - second
    if _after(moment, until).utcoffset() != moment.utcoffset():
        return 60 - moment.second  # the clocks are put forward or back before then: minute by minute
    return until
