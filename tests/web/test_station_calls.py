"""What a station says of a call and of a bed, and who may end a call there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from nursecall.calls import Told
from nursecall.plan_escalation import TAKES
from nursecall.plan_types import PLUG_OUT, TROUBLE
from nursecall.troubles import Watched
from tests.fakes.house import a_patient
from tests.web.browser import Hospital, hospital
from tests.web.test_words import chinese
from web.pages.faces import STEPS


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def card(house: Hospital, call: str, role: str = "nurse", ward: str = "w1") -> str:
    """The HTML of one card."""
    page = house.browser(role).get(f"/station/{ward}").text
    start = page.index(f'data-key="call-{call}"')
    return page[page.rindex("<li ", 0, start) : page.index("</li>", start)]


def tile(house: Hospital, bed: str) -> str:
    """The HTML of one bed."""
    page = house.browser("nurse").get("/station/w1").text
    start = page.index(f'data-key="bed-{bed}"')
    return page[page.rindex("<li ", 0, start) : page.index("</li>", start)]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "nobody yet"),
        ({"state": "acknowledged", "acknowledged_by": "沈敏"}, "沈敏 comes"),
        ({"state": "talking", "spoken_with": "沈敏"}, "speaking: 沈敏"),
        ({"state": "attended", "present": True}, "nurse at the bed"),
        ({"trouble": True}, "line trouble"),
        ({"present": True}, "nurse at the bed"),
        ({"in_plan": False}, "bed not in the plan"),
        ({"note": "a pillow"}, "a pillow"),
        ({"spoken_with": "沈敏"}, "沈敏 has spoken"),
    ],
)
def test_a_card_has_a_word_for_where_a_call_stands(house: Hospital, facts: dict[str, Any], words: str) -> None:
    """Never a colour or a mark alone."""
    house.cardboard.wards.press("w1", "5", **facts)
    assert words in card(house, "c1")


def test_a_card_says_what_comes_next_and_when(house: Hospital) -> None:
    """By what it was passed on, and a countdown that is right before any script has run."""
    at = house.cardboard.clock.now()
    told = (Told(1, "pager", "x", "x", None, at), Told(2, "sms", "沈敏", "1", "delivered", at))
    house.cardboard.wards.press(
        "w1",
        "5",
        state="escalated",
        escalations=2,
        told=told,
        next_step="desk",
        next_step_at=at + timedelta(seconds=40),
    )
    shown = card(house, "c1")
    assert "passed on: SMS ×2" in shown
    assert "next: desk phone in" in shown
    assert ">0:40</time>" in shown
    house.cardboard.wards.press("w1", "6", state="acknowledged", acknowledged_by="x", next_step="desk", next_step_at=at)
    assert "next:" not in card(house, "c2")


def test_every_way_of_passing_on_has_a_word_in_both_languages() -> None:
    """A step of the plan without one would leave a card without a word."""
    assert set(STEPS) == set(TAKES)
    assert set(STEPS.values()) <= set(chinese())


def test_a_card_has_the_colour_of_its_row(house: Hospital) -> None:
    """The plan's, else what its priority gives."""
    for bed, kind in (("1", "assist"), ("2", "call"), ("3", "code")):
        house.cardboard.wards.press("w1", bed, kind)
    for call, colour in (("c1", "violet"), ("c2", "blue"), ("c3", "red")):
        assert f"colour-{colour}" in card(house, call)
    assert "colour-violet" in tile(house, "1")


def test_a_line_in_trouble_is_a_card_without_a_bed(house: Hospital) -> None:
    """It names the line, and no patient."""
    house.cardboard.wards.press("w1", "line", TROUBLE)
    shown = card(house, "c1")
    for words in ("Line h1", "Some beds may not be able to call.", "Acknowledge: Line h1"):
        assert words in shown
    assert "No patient" not in shown
    assert "Line h1" in house.browser("board").get("/wallboard").text


def test_a_neighbour_s_emergency_comes_before_an_own_call(house: Hospital) -> None:
    """What is most urgent stands first, whoever's it is; of two as urgent the older one."""
    wards, at = house.cardboard.wards, house.cardboard.clock.now()
    asked = (Told(1, "ward", "w1", "w1", None, at),)
    wards.press("w1", "5", ago=30)
    wards.press("w2", "6", "code", told=asked)
    wards.press("w2", "7", ago=60, told=asked)
    page = house.browser("nurse").get("/station/w1").text
    queue = page[page.index('id="queue"') : page.index('id="beds-title"')]
    assert re.findall(r'data-key="call-(\w+)"', queue) == ["c2", "c3", "c1"]


def test_a_tile_shows_who_is_there_and_what_is_unplugged(house: Hospital) -> None:
    """Each mark with its word; a terminal nobody can hear is marked only while a line is in trouble."""
    wards, at = house.cardboard.wards, house.cardboard.clock.now()
    wards.nurses["w1", "3"] = at
    wards.watched = [Watched("w1", None, "h1", None, None), Watched("w1", "7", "h1", None, None)]
    house.cardboard.patients.beds["w1", "8"] = a_patient("王秀英", 1, bed="8")
    assert "nurse at the bed" in tile(house, "3")
    assert "in trouble" not in tile(house, "7")
    assert "bed-grade-1" in tile(house, "8")
    wards.watched = [
        Watched("w1", None, "h1", False, at), Watched("w1", "6", "h1", False, at), Watched("w1", "7", "h1", None, None)
    ]  # fmt: skip
    assert "terminal in trouble" in tile(house, "6")
    assert "cannot be heard" in tile(house, "7")
    assert "trouble" not in tile(house, "8")


@pytest.mark.parametrize(
    ("kind", "facts", "status"),
    [
        ("code", {}, 409),
        ("call", {}, 409),
        ("call", {"state": "talking", "spoken_with": "x"}, 204),
        ("call", {"state": "acknowledged", "spoken_with": "x"}, 204),
        ("code", {"spoken_with": "x"}, 409),
        ("service", {}, 204),
        (PLUG_OUT, {}, 204),
    ],
)
def test_a_call_is_ended_from_a_station_only_where_its_kind_allows_that(
    house: Hospital, kind: str, facts: dict[str, Any], status: int
) -> None:
    """The rule is the server's; whoever breaks it is told what would end the call."""
    house.cardboard.wards.press("w1", "5", kind, **facts)
    reply = house.browser("nurse").post("/station/w1/calls/c1/cancel", by_script=True)
    assert reply.status == status
    assert bool(house.cardboard.wards.open("w1")) == (status == 409)
    if status == 409:
        assert "This call can" in reply.text


def test_the_button_that_ends_a_call_is_there_only_where_it_works(house: Hospital) -> None:
    """Not for a patient's call nobody has spoken with, not while they speak, not for who may only look."""
    wards = house.cardboard.wards
    spoken: dict[str, Any] = {"spoken_with": "x"}
    for bed, kind, facts in (
        ("1", "call", {}), ("2", "code", spoken), ("3", "service", {}), ("4", "call", spoken),
        ("5", "call", {"state": "talking", **spoken}),
    ):  # fmt: skip
        wards.press("w1", bed, kind, **facts)
    assert [number for number in range(1, 6) if "data-cancel" in card(house, f"c{number}")] == [3, 4]
    assert not any("data-cancel" in card(house, f"c{number}", "manager") for number in range(1, 6))


def test_only_who_may_acknowledge_may_end_or_make_a_call(house: Hospital) -> None:
    """And only those of one's own ward."""
    house.cardboard.wards.press("w1", "5", "service")
    house.cardboard.wards.press("w2", "5", "service")
    form = {"bed": "5", "kind": "call"}
    for role in ("manager", "it", "cashier", "board"):
        browser = house.browser(role)
        assert browser.post("/station/w1/calls/c1/cancel", by_script=True).status == 403
        assert browser.post("/station/w1/calls", form).status == 403
    assert house.browser("nurse").post("/station/w1/calls/c2/cancel", by_script=True).status == 404
    assert len(house.cardboard.wards.open()) == 2


def test_a_nurse_makes_a_call_by_hand(house: Hospital) -> None:
    """Of any kind that can be made so, for a bed of the ward."""
    nurse = house.browser("nurse")
    page = nurse.get("/station/w1").text
    assert 'data-call-kind="code-blue"' in page
    assert nurse.post("/station/w1/calls", {"bed": "7", "kind": "code-blue"}).status == 303
    assert [(call.bed, call.call_type) for call in house.cardboard.wards.open("w1")] == [("7", "code-blue")]
    for form in ({"bed": "99", "kind": "call"}, {"bed": "7", "kind": TROUBLE}, {"bed": "7", "kind": "no such"}, {}):
        assert nurse.post("/station/w1/calls", form).status == 422, form
    assert len(house.cardboard.wards.open("w1")) == 1
