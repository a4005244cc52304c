"""What was said of a visit, in order, makes where the patient is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from nursecall.occupancy import ELSEWHERE, Facts, Place, Said, Visit, tell

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
A1, A2, A3 = Place("w1", "1"), Place("w1", "2"), Place("w2", "3")


def story(*events: tuple[str, Place | None] | Said) -> list[Said]:
    """One thing a minute."""
    return [event if isinstance(event, Said) else said(minute, *event) for minute, event in enumerate(events)]


def said(minute: int, event: str, place: Place | None = None, **more: Any) -> Said:
    """Something that happened `minute` minutes after nine."""
    at = NINE + timedelta(minutes=minute)
    return Said("v", event, at, at, place, rank=minute, **more)


def beds(visit: Visit) -> list[tuple[str, bool]]:
    """Every bed the patient was in; True where the patient still is."""
    return [(stay.place.bed, stay.open) for stay in visit.stays]


@pytest.mark.parametrize("event", ["A01", "A04", "A06", "A08", "A13", "A02", "A17", "A21", "A22", "file"])
def test_whatever_first_names_a_bed_puts_the_patient_there(event: str) -> None:
    """A box that is switched on in the middle of a stay has not heard of the admission."""
    visit = tell(story((event, A1)))
    assert (visit.here, visit.place, visit.away) == (True, A1, event == "A21")


@pytest.mark.parametrize("event", ["A03", "A11", "A07", "gone"])
def test_who_leaves_is_gone_and_facts_do_not_bring_them_back(event: str) -> None:
    """Bills are written after the discharge, with the old bed in them."""
    visit = tell(story(("A01", A1), (event, None), ("A08", A1), ("A21", A1), ("A22", A1), ("A12", A2)))
    assert (visit.here, visit.away, beds(visit)) == (False, False, [] if event == "A11" else [("1", False)])


def test_an_old_visit_is_not_taken_for_a_new_one() -> None:
    """An update that says itself that the visit is over admits nobody."""
    assert not tell([said(0, "A08", A1, over=True)]).here


def test_an_outpatient_may_have_a_bed() -> None:
    """In a day ward."""
    assert tell(story(("A01", A1), ("A07", A2))).place == A2


def test_a_discharge_taken_back_ends_in_the_bed() -> None:
    """The one that the message names, else the one before."""
    assert tell(story(("A01", A1), ("A03", None), ("A13", None))).place == A1
    visit = tell(story(("A01", A1), ("A03", None), ("A13", A2)))
    assert beds(visit) == [("1", False), ("2", True)]


def test_an_admission_taken_back_leaves_no_trace_in_the_bed() -> None:
    """Only this admission: an earlier stay of the visit was real."""
    visit = tell(story(("A01", A1), ("A03", None), ("A01", A2), ("A02", A3), ("A11", None)))
    assert (visit.here, beds(visit)) == (False, [("1", False)])


@pytest.mark.parametrize(
    ("now", "before"),
    [(A2, A1), (None, A1), (A1, A2), (None, None), (A2, None), (A1, None)],
    ids=["PV1-6", "PV1-6 alone", "PV1-3 as in the standard", "nothing", "no PV1-6", "PV1-3 alone"],
)
def test_a_transfer_taken_back_leaves_no_trace(now: Place | None, before: Place | None) -> None:
    """Back to where it came from, in every way in which senders say it."""
    visit = tell([*story(("A01", A1), ("A02", A2)), said(2, "A12", now, before=before)])
    assert (visit.place, beds(visit)) == (A1, [("1", False), ("1", True)])


def test_a_transfer_that_never_came_can_be_taken_back() -> None:
    """Then the patient stays."""
    assert tell([said(0, "A01", A1), said(2, "A12", A2, before=A1)]).place == A1
    assert tell([said(0, "A01", A2), said(2, "A12", A3, before=A1)]).place == A1
    assert tell([said(0, "A01", A2), said(2, "A12", A1)]).place == A1


def test_leave_keeps_the_bed() -> None:
    """Until the patient is back, or discharged."""
    home = story(("A01", A1), ("A21", None))
    assert (tell(home).away, tell(home).place) == (True, A1)
    assert not tell([*home, said(2, "A22")]).away
    assert not tell([*home, said(2, "A03")]).away
    assert tell([*home, said(2, "A02", A2), said(3, "file", A2)]).away


def test_an_update_moves_only_to_another_bed() -> None:
    """Many systems tell a transfer as an update; the same bed again is no new stay, and a ward alone says nothing."""
    assert beds(tell(story(("A01", A1), ("A08", A1), ("A08", Place("w1")), ("A08", A2)))) == [("1", False), ("2", True)]
    assert tell(story(("A01", A1), ("A08", Place("w2")))).place == Place("w2")
    assert tell(story(("A01", A1), ("A08", ELSEWHERE))).place == ELSEWHERE


def test_put_into_the_same_bed_again_is_a_new_stay() -> None:
    """It takes the bed back from who was put there in the meantime."""
    assert beds(tell(story(("A01", A1), ("A02", A1)))) == [("1", False), ("1", True)]


def test_the_last_word_on_each_fact_counts() -> None:
    """Nothing said changes nothing; an empty text does."""
    facts = [Facts(number="1001", name="李明", care_grade=1), Facts(name="李敏", born=date(1950, 3, 4), note="x"),
             Facts(note="")]  # fmt: skip
    visit = tell([said(minute, "A08", A1, facts=one) for minute, one in enumerate(facts)])
    assert visit.facts == Facts("1001", "李敏", None, date(1950, 3, 4), 1, None, "")


STORIES = {
    "in and out": story(("A01", A1), ("A02", A2), ("A08", A2), ("A03", None)),
    "back again": story(("A01", A1), ("A03", None), ("A13", None), ("A21", None), ("A22", A2)),
    "all a mistake": [*story(("A01", A1), ("A02", A2)), said(2, "A12", A2, before=A1), said(3, "A11")],
    "after the end": story(("A04", None), ("A06", A1), ("A03", None), ("A08", A1)),
}


def ending(events: list[Said]) -> tuple[object, ...]:
    """Where the patient is in the end, and in which beds they were."""
    visit = tell(events)
    return visit.here, visit.place, visit.away, visit.facts, [(s.place, s.since, s.open) for s in visit.stays]


@pytest.mark.parametrize("name", STORIES)
def test_the_order_of_arrival_does_not_matter(name: str) -> None:
    """Every order of the same messages ends alike, also in the beds they were in."""
    right = ending(STORIES[name])
    for shuffled in permutations(STORIES[name]):
        assert ending([replace(one, rank=rank) for rank, one in enumerate(shuffled)]) == right


@pytest.mark.parametrize("name", STORIES)
def test_what_is_told_twice_is_so_once(name: str) -> None:
    """Also where a system sends it again under another name."""
    assert ending([one for one in STORIES[name] for _ in (1, 2)])[:3] == ending(STORIES[name])[:3]
