"""Where a call to an extension is tried, by what extensions wish."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.features.following import AS_IT_COMES, Found, House, Wishes, search

PATIENCE = timedelta(seconds=20)
EXTENSIONS = ("8001", "8002", "8003")


def tried(
    wishes: Mapping[str, Wishes], outcomes: Mapping[str, str], engaged: Collection[str] = ()
) -> tuple[list[str], Found]:
    """What rings for a call to 8001, and how it ends; without a word an extension does not answer."""
    house = House(lambda one: wishes.get(one, AS_IT_COMES), EXTENSIONS.__contains__, engaged.__contains__, PATIENCE)
    trying, rung = search("8001", house), list[str]()
    try:
        step = next(trying)
        while True:
            rung.append(f"{step.number} by {step.by}" if step.outside else step.number)
            step = trying.send(outcomes.get(step.number, "no-answer"))
    except StopIteration as over:
        return rung, over.value


@pytest.mark.parametrize(
    ("wishes", "outcomes", "rung", "outcome"),
    [
        ({}, {"8001": "answered"}, ["8001"], "answered"),
        ({}, {}, ["8001"], "no-answer"),
        ({"8001": Wishes(always="8002")}, {"8002": "answered"}, ["8002"], "answered"),
        ({"8001": Wishes(follow_me="8003", always="8002")}, {}, ["8003"], "no-answer"),
        ({"8001": Wishes(do_not_disturb=True)}, {}, [], "busy"),
        ({"8001": Wishes(do_not_disturb=True, busy="8002")}, {"8002": "answered"}, ["8002"], "answered"),
        ({"8001": Wishes(busy="8002")}, {"8001": "busy", "8002": "busy"}, ["8001", "8002"], "busy"),
        ({"8001": Wishes(busy="8002")}, {}, ["8001"], "no-answer"),
        ({"8001": Wishes(no_answer="8002")}, {"8001": "busy"}, ["8001"], "busy"),
        ({"8001": Wishes(no_answer="8002")}, {"8001": "unreachable"}, ["8001", "8002"], "no-answer"),
        ({"8001": Wishes(no_answer="8002")}, {"8001": "caller-left"}, ["8001"], "caller-left"),
        (
            {"8001": Wishes(no_answer="8002", in_turn=("8003", "13800138000"))},
            {"13800138000": "answered"},
            ["8001", "8002", "8003", "13800138000 by 8001"],
            "answered",
        ),
        (
            {"8001": Wishes(always="8002"), "8002": Wishes(always="13800138000")},
            {"13800138000": "busy"},
            ["13800138000 by 8002"],
            "busy",
        ),
    ],
)
def test_wishes_say_what_rings(
    wishes: dict[str, Wishes], outcomes: dict[str, str], rung: list[str], outcome: str
) -> None:
    """In this order, and until somebody takes it; who forwards outside is named, since its rights count."""
    assert tried(wishes, outcomes) == (rung, Found(outcome))


def test_without_call_waiting_a_telephone_in_use_is_busy() -> None:
    """It does not ring; with call waiting it does."""
    assert tried({"8001": Wishes(call_waiting=False)}, {}, engaged=["8001"]) == ([], Found("busy"))
    assert tried({"8001": Wishes(call_waiting=False)}, {}, engaged=["8002"])[0] == ["8001"]
    assert tried({}, {}, engaged=["8001"])[0] == ["8001"]


def test_a_telephone_after_which_others_are_tried_rings_for_a_time_only() -> None:
    """The last one rings as long as is usual."""
    wishes = {"8001": Wishes(no_answer="8002")}
    house = House(lambda one: wishes.get(one, AS_IT_COMES), EXTENSIONS.__contains__, lambda _: False, PATIENCE)
    trying = search("8001", house)
    assert [next(trying).ring, trying.send("no-answer").ring] == [PATIENCE, None]


def test_forwards_that_go_round_end() -> None:
    """Whoever forwards to whom is told."""
    wishes = {"8001": Wishes(always="8002"), "8002": Wishes(follow_me="8001")}
    assert tried(wishes, {}) == ([], Found("loop", ("8001", "8002", "8001")))


numbers = st.sampled_from(["", *EXTENSIONS, "13800138000"])
any_wishes = st.builds(
    Wishes, do_not_disturb=st.booleans(), call_waiting=st.booleans(), always=numbers, busy=numbers, no_answer=numbers,
    follow_me=st.sampled_from(["", *EXTENSIONS]), in_turn=st.lists(numbers.filter(bool), max_size=3).map(tuple),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(EXTENSIONS), any_wishes), st.sampled_from(["busy", "no-answer", "unreachable"]))
def test_whatever_is_wished_a_search_ends(wishes: dict[str, Wishes], outcome: str) -> None:
    """Nobody is rung for ever, and nobody's telephone twice in one way of forwards."""
    rung, found = tried(wishes, dict.fromkeys((*EXTENSIONS, "13800138000"), outcome))
    assert found.outcome in (outcome, "busy", "loop")
    assert len(rung) < 500
