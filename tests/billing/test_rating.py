"""Charges, recomputed by hand and by an independent second-by-second script in exact fractions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from appliance.foundation.days import Calendar, DayKind, weekdays
from appliance.foundation.values import Money, yuan
from billing.charge import Rate
from billing.rating import NoRate, Tariff

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)

LOCAL = Rate("86571", "本地", per_minute=yuan("0.11"), first_seconds=180, next_seconds=60, connect_fee=yuan("0.11"))
MOBILE = Rate("861", "手机", per_minute=yuan("0.30"), first_seconds=60, next_seconds=6)


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    """Seconds since midnight."""
    return hour * 3600 + minute * 60 + second


def amount(rates: list[Rate], number: str, start: datetime, seconds: int) -> int:
    """What such a call costs."""
    return Tariff("t", rates).rate(number, start, seconds).amount


def test_nothing_is_paid_for_nothing() -> None:
    """0 answered seconds, in spite of a connection fee."""
    charge = Tariff("t", [LOCAL]).rate("8657188888888", MONDAY, 0)
    assert (charge.amount, charge.prefix) == (0, "86571")
    assert "0 seconds cost nothing." in charge.explanation


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1, "0.44"),  # 180 s at 0.11 a minute is 0.33, and 0.11 to connect
        (180, "0.44"),
        (181, "0.55"),
        (240, "0.55"),
        (241, "0.66"),
        (3600, "6.71"),  # 180 + 57 × 60 s: 3600 s = 6.60
    ],
)
def test_each_increment_begun_is_charged_whole(seconds: int, expected: str) -> None:
    """Three minutes first, then by the minute."""
    assert amount([LOCAL], "8657188888888", MONDAY, seconds) == yuan(expected)


def test_the_longest_prefix_counts() -> None:
    """Among prefixes of any length, in any order."""
    rates = [Rate("86", per_minute=yuan("9")), Rate("8613800", per_minute=yuan("1")), Rate("861", per_minute=yuan("5"))]
    tariff = Tariff("t", rates)
    assert tariff.rate("8613800138000", MONDAY, 60).prefix == "8613800"
    assert tariff.rate("8613900138000", MONDAY, 60).prefix == "861"
    assert tariff.rate("8657188888888", MONDAY, 60).prefix == "86"
    assert tariff.rate("861", MONDAY, 60).prefix == "861"


def test_a_number_without_a_row_has_no_rate() -> None:
    """Neither charge nor credit."""
    tariff = Tariff("t", [MOBILE])
    with pytest.raises(NoRate):
        tariff.rate("442079460958", MONDAY, 60)
    with pytest.raises(NoRate):
        tariff.affordable(yuan(1), "442079460958", MONDAY)


def test_free_seconds_come_off_first() -> None:
    """Of 70 s, 10 are to pay; a call within them still costs its connection fee."""
    rate = Rate("1", per_minute=yuan("0.6"), connect_fee=yuan("0.2"), free_seconds=60, first_seconds=6, next_seconds=6)
    assert amount([rate], "1", MONDAY, 60) == yuan("0.2")
    assert amount([rate], "1", MONDAY, 70) == yuan("0.32")


def test_the_increments_begin_after_the_free_seconds() -> None:
    """Answered 30 s before the dear hours with 30 s free: all of it is dear."""
    rates = [
        Rate("1", per_minute=yuan("1"), free_seconds=30),
        Rate("1", begins=at(9), ends=at(10), per_minute=yuan("2")),
    ]
    assert amount(rates, "1", MONDAY - timedelta(seconds=30), 90) == yuan("2")
    assert amount(rates, "1", MONDAY - timedelta(seconds=31), 90) == yuan("1")


def test_minimum_then_cap() -> None:
    """Never less than the one, never more than the other."""
    rate = Rate("1", per_minute=yuan("1"), connect_fee=yuan("0.5"), minimum=yuan("3"), cap=yuan("5"))
    assert [amount([rate], "1", MONDAY, n) for n in (1, 150, 240, 270, 3600)] == [
        yuan("3"),
        yuan("3.5"),
        yuan("4.5"),
        yuan("5"),
        yuan("5"),
    ]


def test_the_sum_is_rounded_once_half_up() -> None:
    """Two seconds at 0.0001 a minute: two sixtieths are nothing, thirty are one unit, ninety are two."""
    rate = Rate("1", per_minute=yuan("0.0001"), first_seconds=1, next_seconds=1)
    assert [amount([rate], "1", MONDAY, n) for n in (2, 29, 30, 89, 90)] == [0, 0, 1, 1, 2]


NIGHT = [
    Rate("1", per_minute=yuan("0.6"), first_seconds=60, next_seconds=60),
    Rate("1", begins=at(21), ends=at(7), per_minute=yuan("0.3")),
]


def test_a_band_across_midnight() -> None:
    """Cheap from nine in the evening to seven in the morning, `to` exclusive."""
    day = MONDAY.replace(hour=0)
    cheap = {time: amount(NIGHT, "1", day + timedelta(seconds=time), 60) == yuan("0.3") for time in range(0, 86400, 60)}
    assert [time for time in cheap if cheap[time]] == [*range(0, at(7), 60), *range(at(21), 86400, 60)]
    assert amount(NIGHT, "1", day + timedelta(seconds=at(20, 59, 59)), 60) == yuan("0.6")
    assert amount(NIGHT, "1", day + timedelta(seconds=at(6, 59, 59)), 60) == yuan("0.3")


def test_each_increment_has_the_rate_of_the_band_in_which_it_begins() -> None:
    """Answered at 20:58:30, four minutes: increments at :58:30 and :59:30 are dear, those at 21:00:30 and on cheap."""
    charge = Tariff("t", NIGHT).rate("1", MONDAY.replace(hour=20, minute=58, second=30), 240)
    assert charge.amount == yuan("1.8")
    assert [(s.count, s.per_minute) for s in charge.stretches] == [
        (2, yuan("0.6")),
        (2, yuan("0.3")),
    ]


def test_parts_of_a_second_change_no_band() -> None:
    """An increment that begins a microsecond before nine is still dear."""
    rates = [Rate("1", per_minute=yuan("0.6"), first_seconds=1, next_seconds=1), *NIGHT[1:]]
    start = MONDAY.replace(hour=20, minute=59, second=59, microsecond=999_999)
    assert amount(rates, "1", start, 2) == round((6000 + 3000) / 60)


def test_what_belongs_to_the_call_comes_from_the_row_in_force_at_the_answer() -> None:
    """Answered by day: the night's connection fee does not apply later on."""
    rates = [NIGHT[0], Rate("1", begins=at(21), ends=at(7), per_minute=yuan("0.3"), connect_fee=yuan("1"))]
    assert amount(rates, "1", MONDAY.replace(hour=20, minute=59), 120) == yuan("0.9")
    assert amount(rates, "1", MONDAY.replace(hour=21), 120) == yuan("1.6")


def test_a_timed_row_wins_over_an_all_day_one_and_a_day_kind_over_none() -> None:
    """In this order: timed and for the day, timed, for the day, for all."""
    rates = [
        Rate("1", per_minute=yuan(1)),
        Rate("1", day_kind="workday", per_minute=yuan(2)),
        Rate("1", begins=at(9), ends=at(18), per_minute=yuan(3)),
        Rate("1", begins=at(9), ends=at(12), day_kind="workday", per_minute=yuan(4)),
    ]
    sunday = MONDAY - timedelta(days=1)
    noon, evening = timedelta(hours=3), timedelta(hours=10)
    starts = (MONDAY, MONDAY + noon, MONDAY + evening, sunday, sunday + noon, sunday + evening)
    assert [amount(rates, "1", start, 60) for start in starts] == [yuan(n) for n in (4, 3, 2, 3, 3, 1)]


def test_the_kind_of_day_is_that_of_the_date_on_which_an_increment_begins() -> None:
    """From Sunday night into Monday; holidays are told by who knows them."""
    rates = [
        Rate("1", day_kind="workday", per_minute=yuan(2)),
        Rate("1", day_kind="restday", per_minute=yuan(1)),
        Rate("1", day_kind="holiday", per_minute=yuan(5)),
    ]
    start = MONDAY.replace(hour=0) - timedelta(minutes=2)
    assert amount(rates, "1", start, 240) == yuan(6)

    def feast(day: date) -> DayKind:
        return "holiday" if day == MONDAY.date() else weekdays(day)

    assert Tariff("t", rates, calendar=Calendar(feast, range(2026, 2027))).rate("1", start, 240).amount == yuan(12)


def test_a_longer_prefix_counts_only_while_it_has_a_row_in_force() -> None:
    """A special night price for one city; by day it is like the rest of the country."""
    rates = [Rate("86", per_minute=yuan("0.6")), Rate("8610", begins=at(22), ends=at(6), per_minute=yuan("0.2"))]
    tariff = Tariff("t", rates)
    assert tariff.rate("861062345678", MONDAY, 60).prefix == "86"
    assert tariff.rate("861062345678", MONDAY.replace(hour=23), 60).prefix == "8610"


def test_where_nothing_is_in_force_any_more_the_last_rate_goes_on() -> None:
    """The table ends at ten; a call that runs over is still charged, a new one is refused."""
    rates = [Rate("1", begins=at(9), ends=at(10), per_minute=yuan(1))]
    assert amount(rates, "1", MONDAY.replace(minute=59), 180) == yuan(3)
    with pytest.raises(NoRate):
        amount(rates, "1", MONDAY.replace(hour=10), 1)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_bands_follow_the_clock_on_the_wall_when_it_is_put_forward_or_back(day: date, hours: int) -> None:
    """Cheap from midnight to four by the clock of Berlin: an hour less in March, an hour more in October."""
    rates = [Rate("1", per_minute=yuan(2)), Rate("1", begins=at(0), ends=at(4), per_minute=yuan(1))]
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    seconds = hours * 3600
    cheap = hours - 20
    assert amount(rates, "1", start, seconds) == yuan(cheap * 60 * 1 + 20 * 60 * 2)


def test_the_arithmetic_is_written_out() -> None:
    """Steps, in both languages, that a person can follow."""
    rate = Rate("861", "手机", per_minute=yuan("0.3"), connect_fee=yuan("0.1"), free_seconds=5, next_seconds=6)
    charge = Tariff("t", [rate]).rate("8613800138000", MONDAY, 80)
    assert charge.explanation == (
        "Prefix 861 手机: 80 s answered, 5 s free, 75 s to pay. "
        "From 09:00:05: 1 × 60 s at 0.3 yuan a minute = 0.3 × 60 ÷ 60. "
        "From 09:01:05: 3 × 6 s at 0.3 yuan a minute = 0.3 × 18 ÷ 60. "
        "Talk, rounded half up: 0.39 yuan. Connection fee: 0.1 yuan. Charge: 0.49 yuan."
    )
    assert "应收：0.49 元" in charge.explain("zh")
    nameless = Tariff("t", [Rate("861", per_minute=yuan("0.3"))]).rate("8613800138000", MONDAY, 0)
    assert nameless.explanation == "Prefix 861: 0 seconds cost nothing."


def test_a_hundred_thousand_prefixes() -> None:
    """Each is found."""
    tariff = Tariff("t", [Rate(str(n), per_minute=Money(n)) for n in range(100_000, 200_000)])
    assert len(tariff) == 100_000
    assert all(tariff.rate(f"{n}55", MONDAY, 60).amount == n for n in range(100_000, 200_000, 997))


# --- an independent script: second by second, in exact fractions


def slow(rates: list[Rate], number: str, start: datetime, seconds: int) -> Fraction | None:
    """The charge by the letter of the rule; None where the number has no rate."""

    def row_at(moment: datetime) -> Rate | None:
        local = moment.astimezone(start.tzinfo)
        second = at(local.hour, local.minute, local.second)
        found = []
        for rate in rates:
            if not number.startswith(rate.prefix) or rate.day_kind not in ("", weekdays(local.date())):
                continue
            if rate.begins is not None and rate.ends is not None:
                span = (rate.ends - rate.begins) % 86400
                if (second - rate.begins) % 86400 >= span:
                    continue
            found.append((len(rate.prefix), rate.begins is not None, rate.day_kind != "", rate))
        return max(found, key=lambda entry: entry[:3])[3] if found else None

    first = row_at(start)
    if first is None:
        return None
    if seconds == 0:
        return Fraction(0)
    total, rate, next_begins = Fraction(0), first, first.free_seconds
    length = first.first_seconds
    for second in range(first.free_seconds, seconds):
        if second == next_begins:
            rate = row_at(start.astimezone(UTC) + timedelta(seconds=second)) or rate
            total += Fraction(rate.per_minute * length, 60)
            next_begins += length
            length = first.next_seconds
    charge = Fraction(floor(total + Fraction(1, 2))) + first.connect_fee
    charge = max(charge, Fraction(first.minimum))
    return charge if first.cap is None else min(charge, Fraction(first.cap))


money = st.integers(0, 20_000).map(Money)
minutes = st.integers(0, 24 * 60 - 1).map(lambda n: n * 60)


@st.composite
def rows(draw: st.DrawFn) -> list[Rate]:
    """A few rows that may be in force together, none of which ties with another."""
    kinds = draw(
        st.lists(
            st.tuples(st.sampled_from(["1", "12", "123"]), st.sampled_from(["", "workday", "restday"]), st.booleans()),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    rates = []
    for prefix, day_kind, timed in kinds:
        begins = draw(minutes) if timed else None
        ends = (begins + draw(st.integers(1, 1439)) * 60) % 86400 if begins is not None else None
        rates.append(
            Rate(
                prefix,
                day_kind=day_kind,
                begins=begins,
                ends=ends,
                per_minute=draw(money),
                connect_fee=draw(st.sampled_from([Money(0), Money(1000)])),
                first_seconds=draw(st.integers(1, 90)),
                next_seconds=draw(st.integers(1, 90)),
                free_seconds=draw(st.sampled_from([0, 0, 5, 60])),
                minimum=draw(st.sampled_from([Money(0), Money(3000)])),
                cap=draw(st.sampled_from([None, None, Money(50_000)])),
            )
        )
    return rates


starts = st.builds(
    lambda day, second, zone: (
        datetime(2026, 3, 27, tzinfo=UTC) + timedelta(days=day, seconds=second, microseconds=second * 7 % 1_000_000)
    ).astimezone(zone),
    st.integers(0, 4),
    st.integers(0, 86399),
    st.sampled_from([SHANGHAI, BERLIN]),
)


@settings(max_examples=300, deadline=None)
@given(rows(), starts, st.integers(0, 9000))
def test_the_same_charge_as_second_by_second(rates: list[Rate], start: datetime, seconds: int) -> None:
    """Whatever the table, the hour (a clock change among them) and the length."""
    expected = slow(rates, "1234", start, seconds)
    if expected is None:
        with pytest.raises(NoRate):
            amount(rates, "1234", start, seconds)
    else:
        assert amount(rates, "1234", start, seconds) == expected


@settings(max_examples=300, deadline=None)
@given(rows(), starts, st.integers(0, 400_000).map(Money), st.sampled_from([30, 300, 14400]))
def test_credit_allows_exactly_as_long_as_it_pays_for(
    rates: list[Rate], start: datetime, credit: Money, most: int
) -> None:
    """One second more would cost too much, unless it is the most there may be."""
    assume(slow(rates, "1234", start, 0) is not None)
    tariff = Tariff("t", rates)
    seconds = tariff.affordable(credit, "1234", start, most)
    assert 0 <= seconds <= most
    assert tariff.rate("1234", start, seconds).amount <= credit
    if seconds < most:
        assert tariff.rate("1234", start, seconds + 1).amount > credit


def test_four_hours_are_the_most() -> None:
    """Also of a number that costs nothing."""
    assert Tariff("t", [Rate("1")]).affordable(Money(0), "1", MONDAY) == 4 * 3600
