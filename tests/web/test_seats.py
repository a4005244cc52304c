"""Free seating, over HTTP."""

from __future__ import annotations

import re

import pytest

from appliance.foundation.journal import entries
from pbx.seating.events import SeatLeft
from tests.support import now
from tests.web.browser import Hospital, hospital

NUMBER, DESK = "8003", "8001"


@pytest.fixture
def house() -> Hospital:
    """8003 is at 8001's telephone."""
    place = hospital()
    now(place.cardboard.features.seats.take(NUMBER, DESK))
    return place


def test_it_sees_who_sits_where_and_sends_them_home(house: Hospital) -> None:
    """In the list, beside both extensions, and by a button that is on record."""
    browser = house.browser("it", language="en")
    page = browser.get("/exchange/seats").text
    row = re.search(rf'data-key="seat-{NUMBER}".*?</tr>', page, re.S)
    assert row is not None
    assert DESK in row[0]
    assert "Send home" in row[0]
    lines = browser.get("/exchange/extensions").text
    assert f"is at {DESK}" in lines
    assert f"{NUMBER} is here" in lines
    assert browser.post(f"/exchange/seats/{NUMBER}/leave", {}).status == 303
    assert not house.cardboard.features.seats.every()
    with house.cardboard.database.engine.connect() as connection:
        left = [entry.body for entry in entries(connection) if entry.kind == f"pbx.{SeatLeft.__name__}"]
    assert [(one["number"], one["telephone"], one["by"]) for one in left] == [(NUMBER, DESK, "it")]


def test_a_pin_is_made_and_shown_once(house: Hospital) -> None:
    """It is the right one at a telephone, and gone from the page when that is opened again."""
    browser = house.browser("it", language="en")
    assert browser.post(f"/exchange/seats/{NUMBER}/pin", {}).status == 303
    shown = re.search(r"8003 has the PIN (\d{6})", browser.get("/exchange/seats").text)
    assert shown is not None
    assert now(house.cardboard.features.seat_pins.is_right(NUMBER, shown[1], DESK))
    assert shown[1] not in browser.get("/exchange/seats").text


def test_only_whose_number_may_move_has_a_pin(house: Hospital) -> None:
    """A number that the plan does not name, and somebody without the right."""
    assert house.browser("it", language="en").post("/exchange/seats/8002/pin", {}).status == 404
    assert house.browser("nurse", language="en").get("/exchange/seats").status == 403
