"""The figures of a period, on calls made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.i18n import Text
from nursecall.analysis import Analysis, PatientDays, Spread, analyse, spread
from nursecall.patient_days import Stay, lain, patient_days
from nursecall.plan import NurseCallPlan
from nursecall.plan_types import CallType
from nursecall.plan_wards import Shift, Ward
from nursecall.schema import patient_stays, patient_words, patients
from nursecall.views import PastCall
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.nursecall.test_views import a_call
from tests.support import now

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)
"""START is nine o'clock there on that day."""

PLAN = NurseCallPlan(
    call_types=(
        CallType(id="old", name=Text(zh="旧", en="Old"), spoken=Text(zh="旧", en="old"), priority=5, icon="bell"),
    ),
    wards=(
        Ward(
            id="ward-a", name=Text(zh="甲", en="A"), beds=("1-40",),
            shifts=(
                Shift(id="day", name=Text(zh="白班", en="Day"), start=time(8), end=time(20)),
                Shift(id="night", name=Text(zh="夜班", en="Night"), start=time(20), end=time(8)),
            ),
        ),
        Ward(id="ward-b", name=Text(zh="乙", en="B"), beds=("1-40",)),
    ),
)  # fmt: skip


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def analysed(calls: Sequence[PastCall], *, last: date = MONDAY, **facts: Any) -> Analysis:
    facts.setdefault("now", START + timedelta(hours=15))
    return analyse(calls, PLAN, MONDAY, last, SHANGHAI, **facts)


@pytest.fixture(scope="module")
def monday() -> Analysis:
    """Seven calls, two of which are nobody's."""
    return analysed(
        [
            # Taken after 10, there after 40, reset after 100.
            a_call("1", waited=100, acknowledged_at=at(10), acknowledged_by="沈敏", attended_at=at(40)),
            # Taken after 30, reset after 400: over the 300 of a call.
            a_call("2", waited=400, acknowledged_at=at(30), acknowledged_by="沈敏", escalations=1, bed="3"),
            # Spoken with and ended from afar: nobody was there, and it was over in time.
            a_call("3", waited=60, outcome="cancelled", spoken_with="郑洁", ended_by="郑洁"),
            # At night, over the 120 of a bathroom.
            a_call("4", waited=121, at=START + timedelta(hours=12), call_type="wc", ward="ward-a"),
            # Of the other ward, open for fifteen hours; its type has no target.
            a_call("5", waited=None, ward="ward-b", call_type="old"),
            a_call("6", waited=9, heard_as="*", call_type="plug-out"),
            a_call("7", waited=9, outcome="continued"),
        ],
        patient_days=PatientDays(2.5, "stays"),
    )


def test_the_figures_are_those_worked_by_hand(monday: Analysis) -> None:
    """Times to be taken 10, 30; until somebody came 40, 400, 121; until the end 100, 400, 60, 121."""
    figures = monday.figures
    assert (figures.count, figures.open, figures.escalated) == (5, 1, 1)
    assert figures.acknowledge == Spread(2, 20, 10, 30, 30)
    assert figures.arrive == Spread(3, 187, 121, 400, 400)
    assert figures.resolve == Spread(4, 170.25, 100, 400, 400)
    assert (figures.judged, figures.over, figures.share) == (4, 2, 50)


def test_nobodys_calls_are_not_among_them(monday: Analysis) -> None:
    """What a terminal raised by itself is counted apart; what went on elsewhere is counted there."""
    assert monday.troubles == 1


def test_calls_are_put_apart(monday: Analysis) -> None:
    """The most calls first; by bed of which ward; by who took, spoke or ended; by the shift of the ward."""
    assert [(group.key, group.figures.count) for group in monday.by_type] == [("call", 3), ("old", 1), ("wc", 1)]
    beds = [(group.ward, group.key, group.figures.count) for group in monday.by_bed]
    assert beds == [("ward-a", "28", 3), ("ward-a", "3", 1), ("ward-b", "28", 1)]
    assert [(group.key, group.figures.count) for group in monday.by_staff] == [("", 2), ("沈敏", 2), ("郑洁", 1)]
    shifts = [(group.ward, group.key, group.figures.count) for group in monday.by_shift]
    assert shifts == [("ward-a", "day", 3), ("ward-a", "night", 1), ("ward-b", "", 1)]
    assert [(group.key, group.figures.count) for group in monday.by_ward] == [("ward-a", 4), ("ward-b", 1)]


def test_hours_and_weekdays_are_the_sites(monday: Analysis) -> None:
    """Nine in the morning and nine in the evening of a Monday in Shanghai."""
    assert {group.key: group.figures.count for group in monday.by_hour if group.figures.count} == {"9": 4, "21": 1}
    assert len(monday.by_hour) == 24
    assert (monday.heat[0][9], monday.heat[0][21], sum(map(sum, monday.heat))) == (4, 1, 5)


def test_each_day_has_its_figures_quiet_ones_too() -> None:
    """Three days, the second without a call."""
    calls = [a_call("1"), a_call("2", at=START + timedelta(days=2)), a_call("3", at=START + timedelta(days=2))]
    days = analysed(calls, last=MONDAY + timedelta(days=2)).by_day
    assert [(group.key, group.figures.count) for group in days] == [
        ("2026-03-02", 1), ("2026-03-03", 0), ("2026-03-04", 2),
    ]  # fmt: skip
    assert days[1].figures.arrive == Spread(0, None, None, None, None)


def test_calls_for_each_day_of_a_patient(monday: Analysis) -> None:
    """Five calls in two and a half days; unknown where nobody is known to have been there."""
    assert monday.per_patient_day == 2
    assert analysed([a_call()]).per_patient_day is None


@pytest.mark.parametrize(
    ("facts", "over"),
    [
        ({"waited": 300}, (1, 0)),
        ({"waited": 301}, (1, 1)),
        ({"waited": 900, "attended_at": at(299)}, (1, 0)),
        ({"waited": 900, "outcome": "cancelled"}, (1, 1)),
        ({"waited": None}, (0, 0)),
        ({"waited": None, "at": START - timedelta(seconds=1)}, (1, 1)),
        ({"waited": 900, "call_type": "old"}, (0, 0)),
        ({"waited": 900, "call_type": "not-in-the-plan"}, (0, 0)),
    ],
)
def test_a_call_is_judged_by_its_types_target(facts: dict[str, Any], over: tuple[int, int]) -> None:
    """300 s for a call. An open one is judged when its time is up, five minutes from START."""
    figures = analysed([a_call(**facts)], now=at(300)).figures
    assert (figures.judged, figures.over) == over


@given(st.lists(st.floats(0, 90_000)))
def test_percentiles_are_times_that_occurred(seconds: list[float]) -> None:
    """And in order; the mean lies within them."""
    times = [timedelta(seconds=value) for value in seconds]
    found = spread([*times, None])
    assert found.count == len(times)
    if times:
        assert {found.p50, found.p90, found.p99} <= {value.total_seconds() for value in times}
        assert found.p50 is not None
        assert found.p90 is not None
        assert found.p99 is not None
        assert found.mean is not None
        assert found.p50 <= found.p90 <= found.p99
        assert min(times).total_seconds() - 1e-6 <= found.mean <= max(times).total_seconds() + 1e-6


@given(st.lists(st.tuples(st.sampled_from(["ward-a", "ward-b"]), st.sampled_from(["1", "2"]), st.integers(0, 23))))
def test_however_they_are_put_apart_none_is_lost(calls: list[tuple[str, str, int]]) -> None:
    """The groups of each table add up to the whole."""
    whole = analysed(
        [
            a_call(str(number), ward=ward, bed=bed, at=START + timedelta(hours=hour))
            for number, (ward, bed, hour) in enumerate(calls)
        ],
        last=MONDAY + timedelta(days=1),
    )
    tables = (whole.by_type, whole.by_bed, whole.by_staff, whole.by_shift, whole.by_ward, whole.by_hour, whole.by_day)
    for table in tables:
        assert sum(group.figures.count for group in table) == len(calls)


def test_patient_days_end_when_the_bed_or_the_patient_changes() -> None:
    """Of four days: V1 lies two, then V2 two in the same bed; V3 is moved after one; V4 has left after three."""
    day = datetime(2026, 3, 2, tzinfo=UTC)
    stays = [
        Stay("V1", "w1", "1", day - timedelta(days=9), 1, open=True),
        Stay("V2", "w1", "1", day + timedelta(days=2), 2, open=True),
        Stay("V3", "w1", "2", day, 3, open=False),
        Stay("V3", "w2", "9", day + timedelta(days=1), 4, open=True),
        Stay("V4", "w1", "3", day, 5, open=False),
        Stay("V5", "w1", "4", day, 6, open=False),
        Stay("", "w1", "5", day, 7, open=True),
    ]
    left = [("V4", day + timedelta(days=3)), ("V4", day - timedelta(days=3))]
    assert lain(stays, left, ("w1",), day, day + timedelta(days=4)) == 2 + 2 + 1 + 3
    assert lain(stays, left, (), day, day + timedelta(days=4)) == 8 + 3


def test_patient_days_are_counted_from_what_was_said_else_from_who_is_there() -> None:
    """And not at all where nothing is known."""
    database, period = InlineDatabase(), (START, START + timedelta(days=2))
    assert now(patient_days(database, (), *period)) is None
    patient = {"key": "v:V1", "ward": "w1", "bed": "1", "number": "1", "name": "x", "care_grade": 1}
    now(database.transact(lambda c: c.execute(patients.insert().values(updated_at=START, **patient))))
    assert now(patient_days(database, ("w1",), *period)) == PatientDays(2, "now")
    assert now(patient_days(database, ("w2",), *period)) is None
    stay = {"key": "v:V1", "rank": 1, "ward": "w1", "bed": "1", "since": START + timedelta(hours=12), "open": False}
    word = {"key": "v:V1", "event": "A03", "at": START + timedelta(hours=36), "sent": START}
    now(database.transact(lambda c: c.execute(patient_stays.insert().values(**stay))))
    now(database.transact(lambda c: c.execute(patient_words.insert().values(**word))))
    assert now(patient_days(database, ("w1",), *period)) == PatientDays(1, "stays")
