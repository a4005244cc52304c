"""Named hours: which of them count on a day, and why."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.foundation.days import CHINA, WEEKDAYS
from pbx.plan import PbxPlan
from pbx.plan_schedules import Schedule
from pbx.schedules import hours_of, shown_span, standing

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Schedule.model_validate(
    {
        "id": "office",
        "name": {"zh": "上班时间", "en": "Office hours"},
        "hours": {"workday": ["08:00-12:00", "13:30-17:30"], "restday": ["08:00-12:00"], "wed": ["08:00-12:00"]},
        "special": [
            {"first": date(2026, 3, 5), "name": {"zh": "院庆", "en": "Founders' day"}},
            {"first": date(2026, 3, 9), "last": date(2026, 3, 10), "name": {"zh": "义诊", "en": "Free clinic"},
             "hours": ["07:00-20:00"]},
        ],
    }
)  # fmt: skip
NIGHT = Schedule.model_validate(
    {
        "id": "night",
        "name": {"zh": "夜间", "en": "Night"},
        "hours": {"daily": ["22:00-06:00"], "holiday": ["00:00-24:00"]},
    }
)


def at(text: str) -> datetime:
    """A moment at the site."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-02T07:59", False),
        ("2026-03-02T08:00", True),  # a Monday
        ("2026-03-02T12:00", False),  # the end is exclusive
        ("2026-03-02T17:29", True),
        ("2026-03-04T15:00", False),  # Wednesdays end at noon
        ("2026-03-05T09:00", False),  # a special day, closed
        ("2026-03-10T19:59", True),  # the last of two special days
        ("2026-03-07T09:00", True),  # a Saturday
        ("2026-03-07T14:00", False),
        ("2026-02-14T14:00", True),  # a Saturday that makes up for the Spring Festival: a workday
        ("2026-02-18T09:00", False),  # a Wednesday, but a holiday, of which nothing is said
        ("2026-10-01T09:00", False),  # National Day
        ("2026-10-10T14:00", True),  # the Saturday that makes up for it
    ],
)
def test_hours_go_by_the_chinese_calendar(moment: str, *, open_: bool) -> None:
    """Holidays and make-up workdays as they were announced."""
    assert standing(OFFICE, at(moment), CHINA).open is open_


def test_where_no_holidays_are_known_the_week_decides() -> None:
    """A hospital elsewhere."""
    assert standing(OFFICE, at("2026-10-01T09:00"), WEEKDAYS).open
    assert not standing(OFFICE, at("2026-10-10T14:00"), WEEKDAYS).open


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-03T21:59", False),
        ("2026-03-03T22:00", True),
        ("2026-03-04T05:59", True),
        ("2026-03-04T06:00", False),
        ("2026-10-01T12:00", True),  # a holiday: all day
        ("2026-10-08T05:59", False),  # the day before was a holiday, whose hours end at midnight
    ],
)
def test_hours_may_cross_midnight(moment: str, *, open_: bool) -> None:
    """They belong to the day on which they begin."""
    assert standing(NIGHT, at(moment), CHINA).open is open_


def test_the_hand_comes_before_the_hours() -> None:
    """The night switch."""
    assert not standing(OFFICE, at("2026-03-02T09:00"), CHINA, "closed").open
    opened = standing(OFFICE, at("2026-03-02T23:00"), CHINA, "open")
    assert opened.open
    assert [reason.text("en") for reason in opened.why] == ["“Office hours” was opened by hand."]


def test_it_says_why_in_both_languages() -> None:
    """Somebody who looks at it must find out what made it so."""
    found = standing(OFFICE, at("2026-10-10T14:00"), CHINA)
    assert [reason.text("en") for reason in found.why] == [
        "2026-10-10, a Saturday, is a make-up workday.",
        "“Office hours” is open at 14:00.",
    ]
    assert [reason.text("zh") for reason in found.why] == [
        "2026-10-10（星期六）是调休上班日。",
        "“上班时间”在 14:00 开放。",
    ]
    late = standing(OFFICE, at("2026-10-10T18:00"), CHINA)
    assert late.why[-1].text("en") == "“Office hours” is closed at 18:00: its hours are 08:00-12:00, 13:30-17:30."
    special = standing(OFFICE, at("2026-03-05T09:00"), CHINA)
    assert special.why[0].text("zh") == "2026-03-05 是特殊日期“院庆”。"
    assert special.why[1].text("en") == "“Office hours” is closed all day."


def test_hours_of_a_day_for_a_calendar() -> None:
    """As the page draws them."""
    assert hours_of(OFFICE, date(2026, 3, 2), CHINA).spans == ((480, 720), (810, 1050))
    assert hours_of(NIGHT, date(2026, 10, 2), CHINA).spans == ((0, 1440),)
    assert shown_span((1320, 1800)) == "22:00-06:00"
    assert shown_span((0, 1440)) == "00:00-24:00"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('hours = { workday = ["8-12"] }', "line 4: schedules[0].hours: '8-12' is not hours such as 08:00-12:00"),
        ('hours = { workday = ["08:00-24:30"] }', "line 4: schedules[0].hours: '08:00-24:30' is not hours"),
        (
            'special = [{ first = 2026-03-05, last = 2026-03-04, name = { zh = "一", en = "one" } }]',
            "line 4: schedules[0].special[0].last: is before the first day",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, fault: str) -> None:
    """With its place."""
    plan = f'[[schedules]]\nid = "a"\nname = {{ zh = "甲", en = "A" }}\n{text}\n'
    with pytest.raises(Faulty) as faulty:
        parse(plan, PbxPlan)
    assert fault in str(faulty.value)


def test_names_and_switches_are_used_once() -> None:
    """Two of a name cannot be told apart."""
    one = '[[schedules]]\nid = "{id}"\nname = {{ zh = "甲", en = "A" }}\nswitch = "*28"\n'
    with pytest.raises(Faulty, match=r"line 6: schedules\[1\].id: 'a' is used twice"):
        parse(one.format(id="a") * 2, PbxPlan)
    with pytest.raises(Faulty, match=r"line 8: schedules\[1\].switch: '\*28' is used twice"):
        parse(one.format(id="a") + one.format(id="b"), PbxPlan)
