"""The wallboard: words, wards, and what must not be pushed out of sight."""

from __future__ import annotations

import re

import pytest

from appliance.foundation.health import State
from tests.web.browser import Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def test_each_row_says_in_words_what_and_how_far(house: Hospital) -> None:
    """Kind and state; who comes stays unnamed."""
    wards = house.cardboard.wards
    for bed, state in zip("12345", ("raised", "escalated", "acknowledged", "talking", "attended"), strict=True):
        wards.press("w1", bed, "wc", state=state, escalations=1, acknowledged_by="沈敏", spoken_with="沈敏")
    page = house.browser("board").get("/wallboard").text
    for words in ("nobody yet", "passed on", "somebody comes", "speaking", "nurse at the bed"):
        assert words in page
    assert page.count("<b>Bathroom</b>") == 5
    assert page.count(" colour-orange") == 5
    assert "沈敏" not in page


def test_what_nobody_sees_to_comes_first(house: Hospital) -> None:
    """Urgent calls that were taken must not fill the board."""
    for bed in range(1, 7):
        house.cardboard.wards.press("w1", str(bed), "code", state="acknowledged", acknowledged_by="x")
    house.cardboard.wards.press("w1", "30", "service")
    rows = re.findall(r'data-key="row-(\w+)"', house.browser("board").get("/wallboard").text)
    assert rows == ["c7", "c1", "c2", "c3", "c4", "c5"]


def test_a_board_may_show_one_ward(house: Hospital) -> None:
    """On the page and as it goes on; no ward that is not there."""
    house.cardboard.wards.press("w1", "1")
    house.cardboard.wards.press("w2", "2")
    board = house.browser("board")
    page = board.get("/wallboard?ward=w2").text
    assert re.findall(r'data-key="row-(\w+)"', page) == ["c2"]
    assert 'data-live="/live?view=wallboard&amp;ward=w2"' in page
    shown = board.open("/live?view=wallboard&ward=w2").events()[0][1]["regions"]["board"]["order"]
    assert shown == ["row-c2"]
    assert board.get("/wallboard?ward=w9").status == 404
    assert len(re.findall(r'href="/wallboard\?ward=', page)) == 2


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((State.UP, State.UP), "Sound OK"),
        ((State.UP, State.STARTING), "Sound not tested"),
        ((State.UP, State.DOWN), "Not heard at the station: Ward 2 · Orthopaedics"),
    ],
)
def test_the_board_says_whether_stations_are_heard(house: Hospital, states: tuple[State, State], words: str) -> None:
    """One of the three, never two."""
    for ward, state in zip(("w1", "w2"), states, strict=True):
        house.cardboard.health.say(house.cardboard.clock.now(), f"station:{ward}", state)
    page = house.browser("board").get("/wallboard").text
    said = {word for word in ("Sound OK", "Sound not tested", "Not heard at the station") if word in page}
    assert words in page
    assert len(said) == 1
