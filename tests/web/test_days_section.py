"""Holidays and make-up days by form, and what the status page says of a year that is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from appliance.foundation.days import CHINA
from tests.fakes.clock import FakeClock
from tests.fakes.house import SHANGHAI, FakeSite
from tests.web.browser import Hospital, hospital
from tests.web.test_sections import Desk, furnished
from web.site import site

DECEMBER = datetime(max(CHINA.years), 12, 1, 8, tzinfo=SHANGHAI)
FESTIVAL = {
    "name": {"zh": "春节", "en": "Spring Festival"},
    "first": "2031-01-22",
    "last": "2031-01-28",
    "kind": "holiday",
}
MAKES_UP = {"name": {"zh": "调休", "en": "Make-up day"}, "first": "2031-02-01", "last": "", "kind": "workday"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Of hospital IT that reads Chinese."""
    desk = furnished(tmp_path)
    return replace(desk, browser=desk.house.browser("it", language="zh"))


def test_a_festival_and_the_day_that_makes_up_for_it(desk: Desk) -> None:
    """Kept as they were announced; the calendar of that revision has them."""
    assert desk.post("days/new/check", FESTIVAL)["faults"] == []
    assert desk.post("days/new/save", FESTIVAL)["number"] == 2
    assert desk.post("days/new/save", MAKES_UP, 2)["number"] == 3
    calendar = desk.plan(3).site.calendar
    days = [date(2031, 1, 21), date(2031, 1, 22), date(2031, 1, 28), date(2031, 2, 1), date(2031, 2, 8)]
    assert [calendar(day) for day in days] == ["workday", "holiday", "holiday", "workday", "restday"]
    listed = desk.browser.get("/exchange/edit/days").text
    assert all(said in listed for said in ("春节", "2031-01-22 – 2031-01-28", "调休", "工作日"))


@pytest.mark.parametrize(
    ("wrong", "at", "said"),
    [
        ({"last": "2031-01-21"}, "last", "早于开始日期"),
        ({"last": "2032-01-28"}, "last", "比第一天晚 60 天以上"),
        ({"first": ""}, "first", ""),
        ({"kind": "workday", "first": "2031-01-28", "last": ""}, "first", "2031-01-28 已列为另一类日子"),
    ],
)
def test_days_that_cannot_be_are_refused(desk: Desk, wrong: dict[str, Any], at: str, said: str) -> None:
    """Beside the field."""
    desk.post("days/new/save", FESTIVAL)
    [fault] = desk.post("days/new/check", FESTIVAL | wrong, 2)["faults"]
    assert fault["at"] == at
    assert said in fault["text"]


def in_december(**named: Any) -> Hospital:
    """A house at the first of December of the last year whose holidays are known."""
    house = hospital()
    cardboard = house.cardboard
    cast(FakeClock, cardboard.clock).set(DECEMBER - cardboard.clock.now())
    here = FakeSite(calendar=CHINA.with_days({date(DECEMBER.year + 1, 1, 1): "holiday"} if named.get("known") else {}))
    cardboard.house = replace(cardboard.house, site=lambda: here)
    return Hospital(cardboard, house.live, site(cardboard.house, house.live, cast(Any, Clock())))


def test_a_year_that_is_not_known_is_told_in_time() -> None:
    """With the way to enter it, to whoever may; not before, and no more when one of its days is entered."""
    said = f"尚不知道 {DECEMBER.year + 1} 年的节假日安排"
    page = in_december().browser("it", language="zh").get("/status").text
    assert said in page
    assert 'href="/exchange/edit/days"' in page
    assert said not in in_december(known=True).browser("it", language="zh").get("/status").text
    house = in_december()
    cast(FakeClock, house.cardboard.clock).set(-timedelta(days=1))
    assert said not in house.browser("it", language="zh").get("/status").text
