"""The call history as pages and reports see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nursecall.schema import nurse_calls
from nursecall.views import PastCall, history, masked, percentile, summary
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.support import now

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = (START, START + timedelta(days=1))


def a_call(identity: str = "c1", *, at: datetime = START, waited: float | None = 60, **facts: Any) -> PastCall:
    """A call of bed 28 that was answered after `waited` seconds, or is open."""
    values: dict[str, Any] = {
        "ward": "ward-a",
        "bed": "28",
        "call_type": "call",
        "priority": 5,
        "line": "ward-a",
        "state": "ended" if waited is not None else "raised",
        "presses": 1,
        "escalations": 0,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "ended_at": None if waited is None else at + timedelta(seconds=waited),
        "patient": "乐正平",
        "care_grade": 1,
    }
    return PastCall(id=identity, raised_at=at, **(values | facts))


def stored(*calls: PastCall) -> InlineDatabase:
    database = InlineDatabase()
    now(database.transact(lambda connection: connection.execute(nurse_calls.insert(), [vars(call) for call in calls])))
    return database


def test_history_returns_what_was_stored() -> None:
    """Every column comes back as it was written, times in UTC."""
    call = a_call(acknowledged_at=START + timedelta(seconds=20), acknowledged_by="沈敏", escalations=1)
    assert now(history(stored(call), *DAY)) == [call]


def test_history_is_newest_first_and_ends_before_its_end() -> None:
    """The period includes its beginning, not its end."""
    calls = [a_call(name, at=at) for name, at in (("first", DAY[0]), ("later", DAY[0] + timedelta(hours=1)))]
    outside = [a_call("before", at=DAY[0] - timedelta(microseconds=1)), a_call("after", at=DAY[1])]
    assert [call.id for call in now(history(stored(*calls, *outside), *DAY))] == ["later", "first"]


def test_history_is_searched_by_ward_bed_and_type() -> None:
    """Each filter alone leaves out what does not fit."""
    database = stored(a_call("a"), a_call("b", ward="ward-b"), a_call("c", bed="3"), a_call("d", call_type="wc"))
    assert {call.id for call in now(history(database, *DAY, ward="ward-b"))} == {"b"}
    assert {call.id for call in now(history(database, *DAY, bed="3"))} == {"c"}
    assert {call.id for call in now(history(database, *DAY, call_type="wc"))} == {"d"}


def test_history_keeps_to_its_limit_unless_told_otherwise() -> None:
    """The newest are kept; None is all of them."""
    database = stored(*(a_call(f"c{n}", at=START + timedelta(seconds=n)) for n in range(5)))
    assert [call.id for call in now(history(database, *DAY, limit=2))] == ["c4", "c3"]
    assert len(now(history(database, *DAY, limit=None))) == 5


def test_a_call_waits_from_the_press_to_the_reset() -> None:
    """Being taken at a screen is not being at the bedside; an open call has not waited its time yet."""
    call = a_call(waited=150, acknowledged_at=START + timedelta(seconds=20))
    assert (call.waited, call.taken_after) == (timedelta(seconds=150), timedelta(seconds=20))
    assert a_call(waited=None).waited is None
    assert a_call().taken_after is None


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank, worked by hand: of 15, 20, 35, 40, 50 the 30th is 20, the 40th is 20, the 50th 35."""
    ranked = [15, 20, 35, 40, 50]
    assert [percentile(ranked, p) for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    assert percentile(list(range(1, 101)), 99) == 99
    assert percentile([7.5], 50) == 7.5
    assert percentile([], 50) is None


def test_a_summary_counts_by_the_hours_of_the_site() -> None:
    """Nine in the morning in Shanghai is one at night in UTC; open calls count, but have no response time."""
    calls = [
        a_call("1", waited=30),
        a_call("2", waited=90, escalations=2, call_type="wc"),
        a_call("3", waited=None, at=START + timedelta(hours=1)),
    ]
    figures = summary(calls, SHANGHAI)
    assert (figures.count, figures.ended, figures.escalated) == (3, 2, 1)
    assert (figures.p50, figures.p90, figures.p99) == (30, 90, 90)
    assert {hour: count for hour, count in enumerate(figures.by_hour) if count} == {9: 2, 10: 1}
    assert figures.by_type == (("call", 2), ("wc", 1))


def test_a_summary_of_nothing_has_no_percentiles() -> None:
    """A quiet day."""
    figures = summary([], SHANGHAI)
    assert (figures.count, figures.p50, sum(figures.by_hour), figures.by_type) == (0, None, 0, ())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王建国", "王**"),
        ("单宁", "单**"),
        ("欧阳建华", "欧阳**"),
        ("尉迟恭敏", "尉迟**"),
        ("欧阳", "欧**"),
        ("阿依古丽·买买提", "阿**"),
        ("Smith John", "S**"),
        (" 李秀英 ", "李**"),
        ("", ""),
    ],
)
def test_a_name_on_a_board_shows_the_surname_only(name: str, shown: str) -> None:
    """Two characters for a compound surname; how long the given name is stays hidden."""
    assert masked(name) == shown
