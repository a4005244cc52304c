"""The call history as pages and reports see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from nursecall.schema import nurse_calls
from nursecall.views import Ending, PastCall, Wanted, count, history, masked, percentile, summary
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.support import now

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = (START, START + timedelta(days=1))
ANY = Wanted(*DAY)


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
    assert now(history(stored(call), ANY)) == [call]


def test_history_is_newest_first_and_ends_before_its_end() -> None:
    """The period includes its beginning, not its end."""
    calls = [a_call(name, at=at) for name, at in (("first", DAY[0]), ("later", DAY[0] + timedelta(hours=1)))]
    outside = [a_call("before", at=DAY[0] - timedelta(microseconds=1)), a_call("after", at=DAY[1])]
    assert [call.id for call in now(history(stored(*calls, *outside), ANY))] == ["later", "first"]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({}, "abcdefg"),
        ({"wards": ("ward-b", "ward-c")}, "b"),
        ({"bed": "3"}, "c"),
        ({"call_type": "wc"}, "d"),
        ({"patient": "诸葛"}, "e"),
        ({"patient": "%"}, ""),
        ({"staff": "ann"}, "bcd"),
        ({"ending": "reset"}, "acg"),
        ({"ending": "cancelled"}, "d"),
        ({"ending": "cleared"}, "e"),
        ({"ending": "escalated"}, "c"),
        ({"ending": "open"}, "bf"),
        ({"waited": timedelta(minutes=5), "now": START + timedelta(minutes=6)}, "bf"),
        ({"waited": timedelta(seconds=59), "now": START + timedelta(minutes=6)}, "abcdef"),
        ({"bed": "28", "ending": "open", "wards": ("ward-a",)}, "f"),
    ],
)
def test_history_is_searched(sought: dict[str, Any], found: str) -> None:
    """Each filter alone leaves out what does not fit, several leave out more; the count says the same."""
    database = stored(
        a_call("a"),
        a_call("b", ward="ward-b", waited=None, acknowledged_by="Ann Lee"),
        a_call("c", bed="3", escalations=2, spoken_with="ann"),
        a_call("d", call_type="wc", outcome="cancelled", ended_by="ANN"),
        a_call("e", outcome="cleared", patient="诸葛亮"),
        a_call("f", waited=None),
        a_call("g", waited=400, attended_at=START + timedelta(seconds=10), outcome="reset"),
    )
    wanted = Wanted(*DAY, **sought)
    assert {call.id for call in now(history(database, wanted))} == set(found)
    assert now(count(database, wanted)) == len(found)


def test_history_is_read_page_by_page() -> None:
    """The newest first; nothing twice, nothing left out."""
    database = stored(*(a_call(f"c{n}", at=START + timedelta(seconds=n)) for n in range(5)))
    pages = [[call.id for call in now(history(database, ANY, limit=2, after=after))] for after in (0, 2, 4)]
    assert pages == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert len(now(history(database, ANY))) == 5


def test_every_ending_can_be_sought() -> None:
    """None is forgotten in the query."""
    database = stored(a_call())
    for ending in get_args(Ending):
        assert now(count(database, Wanted(*DAY, ending=ending))) in (0, 1)


def test_a_call_waits_from_the_press_to_the_reset() -> None:
    """Being taken at a screen is not being at the bedside; an open call has not waited its time yet."""
    call = a_call(waited=150, acknowledged_at=START + timedelta(seconds=20))
    assert (call.waited, call.taken_after) == (timedelta(seconds=150), timedelta(seconds=20))
    assert a_call(waited=None).waited is None
    there = a_call(waited=150, attended_at=START + timedelta(seconds=90))
    assert (call.came_after, there.came_after) == (timedelta(seconds=150), timedelta(seconds=90))
    assert a_call(waited=150, outcome="cancelled").came_after is None, "ended from afar: nobody was there"
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
