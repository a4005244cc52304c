"""Calls that go on, for supervisors, over HTTP."""

from __future__ import annotations

import pytest

from pbx.dialer import Conversation
from pbx.leg import Latch, Leg
from pbx.supervision import NO_CALL, NoSupervision
from tests.web.browser import Hospital, hospital

CALL = "c" * 32


@pytest.fixture
def house() -> Hospital:
    """8005 talks to outside over telecom."""
    place = hospital()
    legs = Leg("one", "PJSIP/8005-01"), Leg("two", "PJSIP/trunk-telecom-02")
    talk = Conversation(CALL, *legs, "bridge", place.cardboard.clock.now(), Latch())
    place.cardboard.supervision.going_on.append(talk)
    return place


def test_who_talks_is_shown_to_a_manager_and_nobody_below(house: Hospital) -> None:
    """With the line's own name; in Chinese too."""
    page = house.browser("manager").get("/exchange/now").text
    assert "8005 → " in page
    assert f"/exchange/now/{CALL}/whisper" in page
    assert "监听" in house.browser("manager", language="zh").get("/exchange/now").text
    assert house.browser("nurse").get("/exchange/now").status == 403
    assert house.browser("it").post(f"/exchange/now/{CALL}/listen").status == 403


def test_a_supervisor_says_where_they_are_and_then_acts(house: Hospital) -> None:
    """At which telephone, checked; then each act is theirs."""
    boss = house.browser("manager")
    boss.get("/exchange/now")
    assert boss.post(f"/exchange/now/{CALL}/listen").status == 409
    assert "7777 is no extension." in boss.post("/exchange/now/phone", {"extension": "7777"}).text
    assert boss.post("/exchange/now/phone", {"extension": "8001"}).status in (302, 303)
    for what in ("listen", "whisper", "join", "end"):
        assert boss.post(f"/exchange/now/{CALL}/{what}").status in (302, 303)
    name = house.cardboard.supervision.acts[0][3]
    assert house.cardboard.supervision.acts == [
        *((CALL, mode, "8001", name) for mode in ("listen", "whisper", "join")), (CALL, "end", name),
    ]  # fmt: skip
    assert boss.post(f"/exchange/now/{CALL}/eavesdrop").status == 404


def test_what_cannot_be_done_is_said(house: Hospital) -> None:
    """In the supervisor's language."""
    house.cardboard.supervision.refuses = NoSupervision(NO_CALL)
    boss = house.browser("manager", language="zh")
    boss.get("/exchange/now")
    boss.post("/exchange/now/phone", {"extension": "8001"})
    answer = boss.post(f"/exchange/now/{CALL}/join")
    assert answer.status == 409
    assert "该呼叫已经结束" in answer.text


def test_the_page_is_live(house: Hospital) -> None:
    """A call that ends goes from open pages."""
    line = house.browser("manager").open("/live?view=now")
    house.cardboard.supervision.going_on.clear()
    house.live.talks_changed()
    assert line.events()[-1][1]["regions"]["talks"]["pieces"] == {}
