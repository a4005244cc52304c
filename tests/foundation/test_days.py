"""Kinds of days: the Chinese calendar with its make-up workdays, and what is said where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation.days import CHINA, WEEKDAYS, calendar
from appliance.foundation.i18n import translate
from appliance.foundation.values import yuan
from billing.charge import ON, Rate
from billing.rating import Tariff

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = [
    Rate("1", day_kind="workday", per_minute=yuan(2)),
    Rate("1", day_kind="restday", per_minute=yuan(1)),
    Rate("1", day_kind="holiday", per_minute=yuan(5)),
]
BEYOND = date(max(CHINA.years) + 1, 1, 1)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-03-02", "workday"),  # a Monday like any other
        ("2026-03-07", "restday"),  # a Saturday like any other
        ("2026-01-01", "holiday"),
        ("2026-01-04", "workday"),  # a Sunday that makes up for 2 January
        ("2026-02-14", "workday"),  # a Saturday that makes up for the Spring Festival
        ("2026-02-15", "holiday"),  # the Sunday with which it begins
        ("2026-02-23", "holiday"),
        ("2026-02-24", "workday"),
        ("2026-09-20", "workday"),
        ("2026-10-03", "holiday"),  # a Saturday within the National Day holiday
        ("2026-10-08", "workday"),
        ("2026-10-10", "workday"),
        ("2026-10-11", "restday"),
        ("2025-10-08", "holiday"),
        ("2024-02-09", "workday"),  # the eve of the Spring Festival of 2024 was a workday
        ("2024-02-10", "holiday"),
    ],
)
def test_chinese_days(day: str, kind: str) -> None:
    """As the State Council announced them."""
    assert calendar("CN")(date.fromisoformat(day)) == kind


def test_elsewhere_the_week_alone_decides() -> None:
    """Nobody told which holidays there are."""
    assert calendar("GB") is WEEKDAYS
    assert [WEEKDAYS(date(2026, 10, day)) for day in (1, 2, 3, 4)] == ["workday", "workday", "restday", "restday"]


def test_no_holiday_is_guessed_beyond_the_known_years() -> None:
    """Not even New Year's Day or the first of October; before the first year neither."""
    for year in (min(CHINA.years) - 1, BEYOND.year):
        for day in (date(year, 1, 1), date(year, 10, 1)):
            assert not CHINA.knows(day)
            assert CHINA(day) == WEEKDAYS(day)


def test_the_arithmetic_says_which_kind_of_day_counted() -> None:
    """From the last day of the National Day holiday into a workday."""
    charge = Tariff("t", KINDS, calendar=CHINA).rate("1", datetime(2026, 10, 7, 23, 58, tzinfo=SHANGHAI), 240)
    assert charge.amount == yuan(14)
    assert charge.guessed == ()
    assert "From 23:58:00 on a holiday: 2 × 60 s at 5 yuan a minute" in charge.explanation
    assert "From 00:00:00 on a workday: 2 × 60 s at 2 yuan a minute" in charge.explanation
    assert "节假日 23:58:00 起：2 × 60 秒" in charge.explain("zh")


def test_the_arithmetic_says_where_holidays_are_not_known() -> None:
    """Only of years that the call touches, and only where the kind of day could matter."""
    tariff = Tariff("t", KINDS, calendar=CHINA)
    midnight = datetime(BEYOND.year, 1, 1, tzinfo=SHANGHAI)
    said = f"The holidays of {BEYOND.year} are not known: weekends count as rest days, all other days as workdays."
    assert said in tariff.rate("1", midnight, 60).explanation
    assert said in tariff.rate("1", midnight - timedelta(seconds=60), 61).explanation
    assert "not known" not in tariff.rate("1", midnight - timedelta(seconds=60), 60).explanation
    plain = Tariff("t", [Rate("1", per_minute=yuan(1))], calendar=CHINA)
    assert "not known" not in plain.rate("1", midnight, 60).explanation
    assert f"尚不知道 {BEYOND.year} 年的节假日安排" in tariff.rate("1", midnight, 60).explain("zh")


def test_what_is_said_of_kinds_of_days_has_its_chinese() -> None:
    """All four sentences."""
    assert [text for text in ON.values() if translate(text, "zh") == text] == []


def test_what_is_named_comes_before_the_calendar() -> None:
    """A holiday and the Saturday that makes up for it; the year is known then, and others are as they were."""
    new_year, saturday = date(BEYOND.year, 1, 1), next(_saturdays(BEYOND.year))
    named = CHINA.with_days({new_year: "holiday", saturday: "workday", date(2026, 3, 2): "restday"})
    assert [named(day) for day in (new_year, saturday)] == ["holiday", "workday"]
    assert named(saturday + timedelta(days=7)) == "restday"
    assert named(date(2026, 3, 2)) == "restday"
    assert named(date(2026, 1, 4)) == "workday"
    assert named.knows(new_year)
    assert not named.knows(date(BEYOND.year + 1, 1, 1))
    assert CHINA.with_days({}) is CHINA
    assert WEEKDAYS.with_days({date(2026, 7, 4): "holiday"})(date(2026, 7, 4)) == "holiday"


def _saturdays(year: int) -> Iterator[date]:
    return (day for day in (date(year, 1, 2) + timedelta(days=n) for n in range(14)) if day.weekday() == 5)


def test_a_year_that_should_be_known_is_named_from_december_on() -> None:
    """The next, and this one once it has come; nothing where the week is meant to decide."""
    last = max(CHINA.years)
    assert CHINA.unknown(date(last, 11, 30)) is None
    assert CHINA.unknown(date(last, 12, 1)) == last + 1
    assert CHINA.unknown(date(last + 1, 6, 1)) == last + 1
    assert CHINA.with_days({BEYOND: "holiday"}).unknown(date(last, 12, 31)) is None
    assert WEEKDAYS.unknown(date(2026, 12, 1)) is None
