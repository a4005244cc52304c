"""Rosters: shifts by the clock on the wall, who works in them, and what people do to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.foundation.i18n import Text
from nursecall.bed_spans import NoSuchBed, spelled, spread, still_there
from nursecall.plan_wards import Shift, Ward
from nursecall.roster import Cells, RosterRefused, Stint, different, put, repeat, run_of, running, runs, share, swap

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NAME = Text(zh="班", en="Shift")
MONDAY = date(2026, 3, 2)
BEDS = (*map(str, range(1, 13)), "加1", "1203-2")


def a_ward(*hours: tuple[str, str, str]) -> Ward:
    shifts = tuple(Shift(id=name, name=NAME, start=time.fromisoformat(s), end=time.fromisoformat(e))
                   for name, s, e in hours)  # fmt: skip
    return Ward(id="w1", name=NAME, beds=("1-12",), shifts=shifts)


THREE = a_ward(("day", "08:00", "16:00"), ("evening", "16:00", "00:00"), ("night", "00:00", "08:00"))
TWO = a_ward(("day", "07:00", "19:00"), ("night", "19:00", "07:00"))
EDGE = a_ward(("early", "22:00", "02:30"), ("late", "02:30", "22:00"))


def on(ward: Ward, at: str, zone: ZoneInfo) -> list[tuple[str, date]]:
    return [(run.shift.id, run.day) for run in running(ward, datetime.fromisoformat(at), zone)]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T08:00+08:00", [("day", date(2026, 3, 2))]),
        ("2026-03-02T15:59:59+08:00", [("day", date(2026, 3, 2))]),
        ("2026-03-02T16:00+08:00", [("evening", date(2026, 3, 2))]),
        ("2026-03-03T00:00+08:00", [("night", date(2026, 3, 3))]),
    ],
)
def test_a_shift_is_on_from_its_first_moment_until_its_end(at: str, expected: list[tuple[str, date]]) -> None:
    """And belongs to the day on which it began."""
    assert on(THREE, at, SHANGHAI) == expected


def test_a_shift_that_crosses_midnight_belongs_to_the_day_before() -> None:
    """Three in the morning is still yesterday's night."""
    assert on(TWO, "2026-03-03T03:00+08:00", SHANGHAI) == [("night", MONDAY)]
    assert on(TWO, "2026-03-03T07:00+08:00", SHANGHAI) == [("day", date(2026, 3, 3))]


def test_equal_times_mean_a_whole_day() -> None:
    """From eight to eight."""
    ward = a_ward(("all", "08:00", "08:00"))
    assert on(ward, "2026-03-03T07:59+08:00", SHANGHAI) == [("all", MONDAY)]
    assert on(ward, "2026-03-03T08:00+08:00", SHANGHAI) == [("all", date(2026, 3, 3))]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 11), (date(2026, 10, 24), 13), (MONDAY, 12)])
def test_where_clocks_are_set_a_night_is_shorter_or_longer(day: date, hours: int) -> None:
    """Nobody is on duty twice, and nobody never."""
    night = run_of(TWO.shifts[1], day, BERLIN)
    assert night.end - night.start == timedelta(hours=hours)
    assert night.end == run_of(TWO.shifts[0], day + timedelta(days=1), BERLIN).start


@pytest.mark.parametrize("ward", [THREE, TWO, EDGE])
@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_at_every_moment_exactly_one_shift_is_on(ward: Ward, day: date) -> None:
    """Also in the hour that does not exist and in the one that comes twice."""
    start = datetime.combine(day, time(12), BERLIN).astimezone(UTC)
    seen: list[tuple[date, str]] = []
    for minute in range(0, 36 * 60, 10):
        (run,) = running(ward, start + timedelta(minutes=minute), BERLIN)
        if not seen or seen[-1] != run.cell:
            seen.append(run.cell)
    assert len(seen) == len(set(seen)), "a shift came back"


def test_the_runs_of_some_days_come_in_order() -> None:
    """Six of two days."""
    assert [run.cell for run in runs(THREE, MONDAY, MONDAY + timedelta(days=1), SHANGHAI)] == [
        (MONDAY + timedelta(days=day), shift) for day in (0, 1) for shift in ("night", "day", "evening")
    ]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1-3", ("1", "2", "3")),
        ("3、1,2；加1", ("1", "2", "3", "加1")),
        ("1203-2 12", ("12", "1203-2")),
        (" ", ()),
        ("11–12", ("11", "12")),
    ],
)
def test_beds_are_written_as_people_write_them(text: str, labels: tuple[str, ...]) -> None:
    """Labels and ranges, with whatever between them."""
    assert spread(text, BEDS) == labels
    assert spread(spelled(labels, BEDS), BEDS) == labels


@pytest.mark.parametrize("text", ["13", "11-14", "x", "3-1", "1-"])
def test_a_bed_that_is_not_there_is_named(text: str) -> None:
    """Rather than silently nobody's; one that has left the plan later is only left out."""
    with pytest.raises(NoSuchBed):
        spread(text, BEDS)
    assert still_there(f"1-2 {text}", BEDS) >= {"1", "2"}


def test_beds_are_spelled_short() -> None:
    """In the ward's order."""
    assert spelled(["加1", "3", "1", "2", "9"], BEDS) == "1-3 9 加1"


CELL = (MONDAY, "day")
FULL: Cells = {CELL: (Stint("a", "1-6"), Stint("b", "7-12")), (MONDAY, "night"): (Stint("c"),)}


def test_somebody_is_put_on_and_taken_off() -> None:
    """Last in the order; twice is once; an empty cell is no cell."""
    assert put(FULL, CELL, "c", on=True)[CELL] == (Stint("a", "1-6"), Stint("b", "7-12"), Stint("c"))
    assert put(FULL, CELL, "a", on=True) == FULL
    assert put(FULL, CELL, "a", on=False)[CELL] == (Stint("b", "7-12"),)
    assert (MONDAY, "night") not in put(FULL, (MONDAY, "night"), "c", on=False)
    assert put({}, CELL, "a", on=False) == {}


def test_two_people_swap_their_duties_and_beds() -> None:
    """Each stands where the other stood."""
    swapped = swap(FULL, (CELL, "a"), ((MONDAY, "night"), "c"))
    assert swapped == {CELL: (Stint("c", "1-6"), Stint("b", "7-12")), (MONDAY, "night"): (Stint("a"),)}


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ((CELL, "c"), ((MONDAY, "night"), "c"), "c is not on duty then."),
        ((CELL, "a"), (CELL, "b"), "anyway"),
        (((MONDAY, "night"), "c"), ((MONDAY, "evening"), "a"), "a is not on duty then."),
        ((CELL, "a"), ((MONDAY, "evening"), "b"), "b is on duty in that shift already."),
    ],
)
def test_a_swap_that_cannot_be_says_why(
    one: tuple[tuple[date, str], str], other: tuple[tuple[date, str], str], why: str
) -> None:
    """And changes nothing."""
    cells = {**FULL, (MONDAY, "evening"): (Stint("b"),)}
    with pytest.raises(RosterRefused, match=why):
        swap(cells, one, other)


def test_a_week_is_copied_over_what_was_there() -> None:
    """Day by day; what is not in the first week is emptied in the second."""
    week = timedelta(days=7)
    later = {(MONDAY + week, "evening"): (Stint("x"),)}
    new = repeat({**FULL, **later}, MONDAY, 7, MONDAY + week, MONDAY + week + timedelta(days=6))
    assert new == {**FULL, **{(day + week, shift): stints for (day, shift), stints in FULL.items()}}
    assert different({**FULL, **later}, new)[MONDAY + week, "evening"] == ()


def test_a_pattern_of_one_person_goes_on_and_leaves_the_others() -> None:
    """Day, night, off, off: from Friday on, after b who has Saturday anyway."""
    friday = MONDAY + timedelta(days=4)
    cells = {
        (MONDAY, "day"): (Stint("a", "1-6"), Stint("b")),
        (MONDAY + timedelta(days=1), "night"): (Stint("a"),),
        (friday, "night"): (Stint("a"),),
        (friday + timedelta(days=1), "night"): (Stint("b"),),
    }
    new = repeat(cells, MONDAY, 4, friday, friday + timedelta(days=5), "a")
    assert {cell: stints for cell, stints in new.items() if cell[0] >= friday} == {
        (friday, "day"): (Stint("a", "1-6"),),
        (friday + timedelta(days=1), "night"): (Stint("b"), Stint("a")),
        (friday + timedelta(days=4), "day"): (Stint("a", "1-6"),),
        (friday + timedelta(days=5), "night"): (Stint("a"),),
    }


@pytest.mark.parametrize(("length", "start", "end"), [(0, 7, 13), (7, 3, 9), (7, 8, 7), (7, 7, 400)])
def test_a_pattern_that_cannot_be_is_refused(length: int, start: int, end: int) -> None:
    """It may not fill its own days, nor none, nor more than a year."""
    with pytest.raises(RosterRefused):
        repeat(FULL, MONDAY, length, MONDAY + timedelta(days=start), MONDAY + timedelta(days=end))


def test_beds_are_shared_among_those_who_are_there() -> None:
    """Who is not named keeps theirs; who is not there gets none."""
    assert share(FULL, CELL, {"a": "1-4", "z": "9"})[CELL] == (Stint("a", "1-4"), Stint("b", "7-12"))
