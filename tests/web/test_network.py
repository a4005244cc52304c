"""The page of the box's network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.foundation.config import Fault
from tests.fakes.house import FakeNetworking
from tests.web.browser import Hospital, hospital
from web.network import CardState, NotTaken, Standing, Tried, Typed, Unfit

NIGHT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
FIXED = Typed(False, "", "10.9.0.2/24", "10.9.0.1", "10.9.0.53", "")
NEW = Typed(False, "", "10.9.0.3/24", "10.9.0.1")
CARDS = (
    CardState("eno1", "02:00:00:00:00:01", True, ["10.9.0.2/24"]), CardState("eno2", "02:00:00:00:00:02", False, []),
)  # fmt: skip
STANDS = Standing(
    True, CARDS, "10.9.0.1", ["10.9.0.53"], ["10.9.0.123"], FIXED,
)  # fmt: skip
TRIAL = Tried("trial", NEW, "10.9.0.3", "admin", NIGHT, NIGHT)


@pytest.fixture
def place() -> Hospital:
    """A panel of a box that was started from the image."""
    found = hospital()
    of(found).stands = STANDS
    return found


def of(place: Hospital) -> FakeNetworking:
    networking = place.cardboard.house.networking
    assert isinstance(networking, FakeNetworking)
    return networking


def test_it_shows_how_the_box_is_in_the_network(place: Hospital) -> None:
    """Cards, cables, what is fixed; the form begins with it; in both languages."""
    page = place.browser("admin").get("/network").text
    for words in ("eno1", "02:00:00:00:00:01", "cable in", "no cable", "No address yet.", "10.9.0.53", "10.9.0.123",
                  'value="10.9.0.2/24"', "option 66"):  # fmt: skip
        assert words in page
    assert "网线未接" in place.browser("admin", language="zh").get("/network").text
    assert of(place).reached_at == "127.0.0.1"


def test_an_ordinary_machine_says_whose_affair_it_is() -> None:
    """And offers nothing."""
    page = hospital().browser("admin").get("/network").text
    assert "the operating system&#39;s affair" in page
    assert "/network/try" not in page


def test_another_network_is_asked_for(place: Hospital) -> None:
    """The answer is a page of its own: the next one may not be reached here."""
    browser = place.browser("admin")
    form = {
        "mode": "fixed",
        "interface": "eno1",
        "address": " 10.9.0.3/24 ",
        "gateway": "10.9.0.1",
        "dns": "",
        "ntp": "a",
    }
    assert browser.post("/network/try", form).status == 200
    assert of(place).asked == [("try", Typed(False, "eno1", "10.9.0.3/24", "10.9.0.1", "", "a"), "admin")]
    assert browser.post("/network/try", {"mode": "dhcp"}).status == 200
    assert of(place).asked[-1] == ("try", Typed(), "admin")


def test_what_cannot_be_stands_beside_its_field(place: Hospital) -> None:
    """And what was typed stays."""
    fault = Fault("gateway", None, "the box cannot be its own gateway")
    of(place).refuses = Unfit({"gateway": fault})
    answer = place.browser("admin").post(
        "/network/try", {"mode": "fixed", "address": "10.9.0.3/24", "gateway": "10.9.0.3"}
    )
    assert answer.status == 422
    for words in ('id="gateway-fault"', "the box cannot be its own gateway", 'value="10.9.0.3/24"', 'value="10.9.0.3"'):
        assert words in answer.text
    answer = place.browser("admin", language="zh").post("/network/try", {"mode": "fixed", "address": "x"})
    assert "本机不能作自己的网关" in answer.text


def test_what_is_refused_is_said(place: Hospital) -> None:
    """On the page, and as the answer of a button."""
    of(place).refuses = NotTaken("That is how it is already.")
    answer = place.browser("admin").post("/network/try", {"mode": "dhcp"})
    assert (answer.status, "That is how it is already." in answer.text) == (409, True)
    of(place).refuses = NotTaken("No change is on trial any more.")
    answer = place.browser("admin").post("/network/confirm", by_script=True)
    assert (answer.status, answer.text) == (409, "No change is on trial any more.")


@pytest.mark.parametrize(
    ("tried", "words", "missing"),
    [
        (replace(TRIAL, phase="asked"), ('href="http://10.9.0.3:8080/network"', "within seconds"), "/network/back"),
        (TRIAL, ('href="http://10.9.0.3:8080/network"', "data-until", "Go back now"), "/network/confirm"),
        (replace(TRIAL, proven=True), ("/network/confirm", "Go back now", "You reach the box"), "href=\"http://10"),
        (replace(TRIAL, at="", wanted=Typed()), ("at the address that DHCP gives",), "/network/confirm"),
        (replace(TRIAL, phase="keeping"), ("being kept",), "/network/back"),
        (replace(TRIAL, phase="confirmed", ended_by="wang"), ("confirmed", "by wang, 2026-03-03 02:30"), "data-until"),
        (replace(TRIAL, phase="back", why="Nobody confirmed it from the new address within {minutes} minutes.",
                 facts={"minutes": "2"}), ("went back", "within 2 minutes"), "Go back now"),
        (replace(TRIAL, phase="refused", why="Somebody went back."), ("refused",), "Go back now"),
    ],
)  # fmt: skip
def test_it_shows_how_far_the_change_is(tried: Tried, words: tuple[str, ...], missing: str, place: Hospital) -> None:
    """Who may do what next, and where; nothing else can be begun meanwhile."""
    of(place).stands = replace(STANDS, tried=tried)
    page = place.browser("admin").get("/network").text
    for one in words:
        assert one in page
    assert missing not in page
    assert ('action="/network/try"' in page) != tried.is_open


def test_the_box_itself_knows_where_it_was_reached(place: Hospital) -> None:
    """By its own end of the connection; what a browser says of the host proves nothing."""
    browser = place.browser("admin")
    assert browser.post("/network/confirm", by_script=True).status == 200
    assert browser.post("/network/back", by_script=True).status == 200
    assert of(place).asked == [("confirm", "127.0.0.1", "admin"), ("back", "admin")]


def test_an_open_page_follows(place: Hospital) -> None:
    """By itself, as it is seen from where it is open."""
    line = place.browser("admin").open("/live?view=network")
    of(place).stands = replace(STANDS, tried=TRIAL)
    place.live.network_changed()
    assert any("Go back now" in str(data) for _, data in line.events())
    line.hang_up()


def test_nobody_but_administrators(place: Hospital) -> None:
    """Not even hospital IT; neither to see nor to do."""
    for role in ("it", "manager", "nurse", "operator"):
        browser = place.browser(role)
        for path in ("/network", "/live?view=network"):
            assert browser.get(path).status == 403
        for path in ("/network/try", "/network/confirm", "/network/back"):
            assert browser.post(path, by_script=True).status == 403
    assert place.browser("admin").post("/network/back", csrf="0" * 64).status == 403
    assert of(place).asked == []
