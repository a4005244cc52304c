"""Live events: a snapshot first, then only what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.health import State
from tests.fakes.clock import FakeClock
from tests.fakes.house import PLAN, SHANGHAI
from tests.web.browser import Hospital, Line, hospital
from web.live import Regions, Say, differ
from web.pages import status
from web.stream import BACKLOG


@pytest.fixture
def house() -> Hospital:
    """A house of one's own, its heart beating."""
    place = hospital()
    place.live.start(PLAN.wards, SHANGHAI)
    return place


def advance(house: Hospital, seconds: float) -> None:
    """Let time pass."""
    clock = house.cardboard.clock
    assert isinstance(clock, FakeClock)
    clock.advance(seconds)


def names(line: Line) -> list[str]:
    """The events' names so far."""
    return [name for name, _ in line.events()]


def last(line: Line) -> dict[str, Any]:
    """The last event's data."""
    return line.events()[-1][1]


def test_a_browser_gets_everything_first(house: Hospital) -> None:
    """As a stream, numbered, with the server's time."""
    house.cardboard.wards.press("w1", "28")
    line = house.browser("nurse").open("/live?ward=w1")
    head = line.sent.partition(b"\r\n\r\n")[0].lower()
    assert b"content-type: text/event-stream" in head
    (name, data), *more = line.events()
    assert (name, more) == ("snapshot", [])
    assert data["now"] == int(house.cardboard.clock.now().timestamp() * 1000)
    assert data["regions"]["queue"]["order"] == ["call-c1"]
    assert len(data["regions"]["beds"]["order"]) == 40
    assert b"\nid: " in line.sent


def test_a_press_reaches_every_open_screen_of_its_ward_at_once(house: Hospital) -> None:
    """Only the new card, its bed and the count; other wards hear nothing."""
    first, second = house.browser("nurse").open("/live?ward=w1"), house.browser("manager").open("/live?ward=w1")
    other = house.browser("nurse").open("/live?ward=w2")
    house.cardboard.wards.press("w1", "28")
    for line in (first, second):
        assert names(line) == ["snapshot", "change"]
        regions = last(line)["regions"]
        assert set(regions) == {"queue", "beds", "summary"}
        assert list(regions["queue"]["pieces"]) == ["call-c1"]
        assert list(regions["beds"]["pieces"]) == ["bed-28"]
    assert names(other) == ["snapshot"]


def test_what_changes_at_once_is_drawn_at_once(house: Hospital) -> None:
    """Bus power returns and forty beds call: the first is shown now, the others together, each a moment later."""
    line = house.browser("nurse").open("/live?ward=w1")
    for bed in range(1, 38):
        house.cardboard.wards.press("w1", str(bed))
    assert names(line) == ["snapshot", "change"]
    advance(house, 0)
    assert names(line) == ["snapshot", "change", "change"]
    assert len(last(line)["regions"]["queue"]["order"]) == 37


def test_an_ended_call_goes_and_the_rest_is_not_sent_again(house: Hospital) -> None:
    """The order names what stays."""
    for bed in ("1", "2", "3"):
        house.cardboard.wards.press("w1", bed)
    line = house.browser("nurse").open("/live?ward=w1")
    advance(house, 3)
    house.cardboard.wards.end("c2")
    assert last(line)["regions"]["queue"] == {"order": ["call-c1", "call-c3"], "pieces": {}}


def test_time_passing_alone_changes_nothing(house: Hospital) -> None:
    """Waiting times tick in the browser."""
    house.cardboard.wards.press("w1", "28")
    line = house.browser("nurse").open("/live?ward=w1")
    advance(house, 5)
    house.live.calls_changed("w1")
    assert names(line) == ["snapshot"]


def test_each_reader_has_their_language(house: Hospital) -> None:
    """Two screens of one ward."""
    english = house.browser("nurse").open("/live?ward=w1")
    chinese = house.browser("nurse", language="zh").open("/live?ward=w1")
    house.cardboard.wards.press("w1", "28")
    assert "Acknowledge" in last(english)["regions"]["queue"]["pieces"]["call-c1"]
    assert "确认" in last(chinese)["regions"]["queue"]["pieces"]["call-c1"]


def test_after_a_break_everything_comes_again(house: Hospital) -> None:
    """Whatever was missed."""
    browser = house.browser("nurse")
    line = browser.open("/live?ward=w1")
    line.hang_up()
    house.cardboard.wards.press("w1", "28")
    again = browser.open("/live?ward=w1")
    assert last(again)["regions"]["queue"]["order"] == ["call-c1"]
    assert names(line) == ["snapshot"]


def test_the_heart_beats_every_ten_seconds(house: Hospital) -> None:
    """With the time, so that clocks stay together."""
    line = house.browser("nurse").open("/live?ward=w1")
    advance(house, 10)
    advance(house, 10)
    assert names(line) == ["snapshot", "beat", "beat"]
    assert last(line)["now"] == int(house.cardboard.clock.now().timestamp() * 1000)


def test_a_screen_is_told_when_its_session_is_over(house: Hospital) -> None:
    """Then the line is closed: no calls for who is logged out."""
    browser = house.browser("nurse")
    line = browser.open("/live?ward=w1")
    browser.post("/logout")
    advance(house, 10)
    assert names(line)[-1] == "bye"
    house.cardboard.wards.press("w1", "28")
    assert names(line)[-1] == "bye"


def test_an_open_station_keeps_its_session_alive(house: Hospital) -> None:
    """All night, without a touch."""
    browser = house.browser("nurse")
    browser.open("/live?ward=w1")
    for _ in range(28):
        advance(house, 1800)
    assert browser.get("/station/w1").status == 200


def test_announcements_go_to_the_stations_of_the_ward(house: Hospital) -> None:
    """Not to other wards, not to the wallboard, not to a desk."""
    station = house.browser("nurse").open("/live?ward=w1")
    others = [house.browser("nurse").open(path) for path in ("/live?ward=w2", "/live?view=wallboard", "/live")]
    house.live.announce("w1", Say("c1", "二十八床呼叫", "k1", "zh", 3, "call"))
    house.live.announce("w1", Say("c2", "七床呼叫", None, "zh", 1, "emergency"))
    assert [data for name, data in station.events() if name == "say"] == [
        {"call": "c1", "text": "二十八床呼叫", "url": "/speech/k1.wav", "language": "zh", "priority": 3, "tone": "call",
         "volume": 100},
        {"call": "c2", "text": "七床呼叫", "url": None, "language": "zh", "priority": 1, "tone": "emergency",
         "volume": 100},
    ]  # fmt: skip
    assert all(names(line) == ["snapshot"] for line in others)


def test_by_night_it_is_softer_but_never_an_emergency(house: Hospital) -> None:
    """Half past ten in the evening in Shanghai."""
    advance(house, 13.5 * 3600)
    station = house.browser("nurse").open("/live?ward=w1")
    house.live.announce("w1", Say("c1", "二十八床呼叫", None, "zh", 3, "call"))
    house.live.announce("w1", Say("c2", "七床抢救", None, "zh", 1, "emergency"))
    assert [data["volume"] for name, data in station.events() if name == "say"] == [60, 100]


def test_a_browser_that_does_not_read_is_dropped(house: Hospital) -> None:
    """So that it cannot eat the memory; the others go on."""
    slow, quick = house.browser("nurse").open("/live?ward=w1"), house.browser("nurse").open("/live?ward=w1")
    slow.transport.producer.pauseProducing()
    count = 0
    while not slow.transport.aborted:
        count += 1
        assert count * 100 < 4 * BACKLOG, "never dropped"
        house.live.announce("w1", Say("c1", "x" * 1000, None, "zh", 3, "call"))
    slow.hang_up()
    before = len(quick.events())
    house.cardboard.wards.press("w1", "28")
    assert len(quick.events()) == before + 1


def test_a_browser_that_catches_up_is_kept(house: Hospital) -> None:
    """A full buffer alone is no crime."""
    line = house.browser("nurse").open("/live?ward=w1")
    for _ in range(3 * BACKLOG // 10_000):
        line.transport.producer.pauseProducing()
        house.live.announce("w1", Say("c1", "x" * 10_000, None, "zh", 3, "call"))
        line.transport.producer.resumeProducing()
    assert not line.transport.aborted


def test_health_reaches_every_header_and_the_status_page(house: Hospital) -> None:
    """The dot for all, the sentence for IT."""
    nurse, status = house.browser("nurse").open("/live?ward=w1"), house.browser("it").open("/live?view=status")
    at = house.cardboard.clock.now()
    house.cardboard.health.say(at, "trunk:telecom", State.DOWN, "No answer from {host}.", host="10.0.0.9")
    house.live.health_changed()
    assert "1 down" in last(nurse)["regions"]["health"]["pieces"]["dot"]
    part = last(status)["regions"]["parts"]["pieces"]["kind-trunk"]
    assert "China Telecom" in part
    assert "No answer from 10.0.0.9." in part


def test_the_status_does_not_wait_for_records_that_do_not_answer(house: Hospital) -> None:
    """It is what says that they do not."""

    class Stalled:
        """Locked, say."""

        async def transact(self, work: object) -> object:
            return await Deferred()

    stalled = replace(house.cardboard.house, database=cast(Any, Stalled()))
    drawn: list[Regions] = []
    Deferred.fromCoroutine(status.regions(stalled, "en")).addCallback(drawn.append)
    assert drawn == []
    advance(house, status.PATIENCE.total_seconds())
    [regions] = drawn
    assert list(regions["messages"]) == ["broken"]
    assert "parts" in regions


def test_one_screens_fault_harms_no_other(house: Hospital) -> None:
    """Drawing fails for a moment; afterwards everything is there."""
    line = house.browser("nurse").open("/live?ward=w1")
    wards = house.cardboard.wards
    opened, wards.open = wards.open, None  # type: ignore[method-assign, assignment]
    house.live.calls_changed("w1")
    wards.open = opened  # type: ignore[method-assign]
    advance(house, 0)
    wards.press("w1", "28")
    assert last(line)["regions"]["queue"]["order"] == ["call-c1"]


def test_stopping_closes_every_screen(house: Hospital) -> None:
    """In good order; they come back by themselves."""
    line = house.browser("nurse").open("/live?ward=w1")
    house.live.stop()
    assert line.sent.endswith(b"0\r\n\r\n")


def test_differ_names_new_changed_and_gone_pieces() -> None:
    """And says nothing of what is the same."""
    old = {"a": {"1": "x", "2": "y"}, "b": {"1": "z"}}
    assert differ(old, {"a": {"2": "y", "3": "n"}, "b": {"1": "z"}}) == {
        "a": {"order": ["2", "3"], "pieces": {"3": "n"}}
    }
    assert differ(old, {"a": {"2": "y", "1": "x"}, "b": {"1": "w"}}) == {
        "a": {"order": ["2", "1"], "pieces": {}},
        "b": {"order": ["1"], "pieces": {"1": "w"}},
    }
    assert differ(old, old) == {}
