"""Speaking with a bed from the station screen, and calls of other wards that wait for help."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from nursecall.calls import Told
from nursecall.speech import NoSpeech
from tests.fakes.house import FakeTalks
from tests.web.browser import Hospital, hospital

HELP = (Told(1, "ward", "w1", "w1", "delivered", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),)


@pytest.fixture
def house() -> Hospital:
    """A house of one's own; beds 5 and 6 of ward 1 have telephones."""
    made = hospital()
    talks(made).beds = frozenset({("w1", "5"), ("w1", "6")})
    return made


def talks(house: Hospital) -> FakeTalks:
    """What connects telephones there."""
    return cast(FakeTalks, house.cardboard.house.talks)


def test_a_bed_with_a_telephone_has_a_button(house: Hospital) -> None:
    """For those who may answer calls; not while somebody speaks with it."""
    for bed in ("5", "7"):
        house.cardboard.wards.press("w1", bed)
    house.cardboard.wards.press("w1", "6", state="talking", acknowledged_by="沈敏")
    page = house.browser("nurse").get("/station/w1").text
    assert page.count("data-speak") == 1
    assert 'data-speak="w1/calls/c1"' in page
    assert "data-speak" not in house.browser("manager").get("/station/w1").text


def test_pressing_it_connects_the_desk_with_the_bed(house: Hospital) -> None:
    """In the name of who is logged in, by form and by script."""
    house.cardboard.wards.press("w1", "5")
    nurse = house.browser("nurse")
    assert nurse.post("/station/w1/calls/c1/speak", by_script=True).status == 204
    assert nurse.post("/station/w1/calls/c1/speak").headers["location"] == "/station/w1"
    assert talks(house).asked == [("c1", "The nurse")] * 2


def test_a_telephone_that_does_not_answer_is_one_clear_sentence(house: Hospital) -> None:
    """With the number."""
    house.cardboard.wards.press("w1", "5")
    talks(house).refuse = NoSpeech("The telephone of bed {bed}, {number}, does not answer.", bed="5", number="8005")
    reply = house.browser("nurse").post("/station/w1/calls/c1/speak", by_script=True)
    assert (reply.status, reply.text) == (409, "The telephone of bed 5, 8005, does not answer.")


def test_who_may_not_answer_calls_may_not_speak(house: Hospital) -> None:
    """The right is asked on the server."""
    house.cardboard.wards.press("w1", "5")
    assert house.browser("manager").post("/station/w1/calls/c1/speak", by_script=True).status == 403
    assert talks(house).asked == []


def test_a_call_of_another_ward_that_waits_for_help_is_on_the_station(house: Hospital) -> None:
    """With the name of its ward; it can be taken there, but its bed is not one of ours."""
    house.cardboard.wards.press("w2", "5", told=HELP)
    nurse = house.browser("nurse")
    page = nurse.get("/station/w1").text
    assert "Ward 2 · Orthopaedics" in page
    assert 'data-acknowledge="w1/calls/c1"' in page
    assert "data-speak" not in page
    bed = page[page.index('data-key="bed-5"') :].split("data-key=", 2)[1]
    assert "c1" not in bed
    assert nurse.post("/station/w1/calls/c1/speak", by_script=True).status == 404
    assert nurse.post("/station/w1/calls/c1/acknowledge", by_script=True).status == 204
    assert "Ward 2" not in nurse.get("/station/w1").text.split('id="queue"')[1].split("</ul>")[0]
