"""The control page of the conference rooms, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.foundation.journal import entries
from pbx.conference.events import ConferenceChanged
from pbx.conference.room import Member
from tests.fakes.clock import FakeClock
from tests.web.browser import Hospital, hospital


class _Phone:
    """Somebody's leg; remembers that it was hung up on."""

    def __init__(self) -> None:
        self.over = False

    async def hang_up(self, cause: int = 16) -> None:
        self.over = True


@pytest.fixture
def house() -> Hospital:
    """A chairman at 8005 and a member at 8006 in room 8801."""
    place = hospital()
    cardboard = place.cardboard
    cardboard.bus.subscribe(ConferenceChanged, lambda _: place.live.conferences_changed())
    room = cardboard.conferences.conduct.room("8801")
    for number, chairman in (("8005", True), ("8006", False)):
        room.put(Member(f"leg-{number}", number, chairman, cardboard.clock.now()))
        phone: Any = _Phone()
        cardboard.conferences.conduct.parties[f"leg-{number}"] = phone
    return place


def acts(house: Hospital) -> list[dict[str, Any]]:
    """What is on record."""
    with house.cardboard.database.engine.connect() as connection:
        return [entry.body for entry in entries(connection) if entry.kind == "pbx.ConferenceActed"]


def _let_it_be_drawn(house: Hospital) -> None:
    assert isinstance(house.cardboard.clock, FakeClock)
    house.cardboard.clock.advance(0)


def test_the_page_shows_who_is_there(house: Hospital) -> None:
    """By number, the chairman as such; in Chinese too."""
    page = house.browser("it", language="en").get("/exchange/conferences").text
    assert "Morning meeting" in page
    assert 'data-number="8005"' in page
    assert page.count('<span class="room-mark">Chairman</span>') == 1
    chinese = house.browser("manager", language="zh").get("/exchange/conferences").text
    assert "主持人" in chinese
    assert "晨会" in chinese


def test_who_talks_is_seen_at_once(house: Hospital) -> None:
    """Only the room is sent again; it says who talks, and no longer once they are muted."""
    line = house.browser("it", language="en").open("/live?view=conferences")
    conduct = house.cardboard.conferences.conduct
    conduct.talks(conduct.room("8801"), "leg-8006", True)
    changed = line.events()[-1][1]["regions"]
    assert list(changed) == ["rooms"]
    assert 'aria-label="talks"' in changed["rooms"]["pieces"]["room-8801"]
    house.browser("it").post("/exchange/conferences/8801/mute", {"member": "leg-8006"})
    _let_it_be_drawn(house)
    piece = line.events()[-1][1]["regions"]["rooms"]["pieces"]["room-8801"]
    assert 'aria-label="talks"' not in piece
    assert 'aria-label="muted"' in piece


def test_acts_are_done_and_on_record(house: Hospital) -> None:
    """Mute, lock, remove, end: each with who did it."""
    browser, conduct = house.browser("manager"), house.cardboard.conferences.conduct
    for what, fields in (
        ("mute", {"member": "leg-8006"}), ("lock", {}), ("unlock", {}), ("remove", {"member": "leg-8006"}), ("end", {}),
    ):  # fmt: skip
        assert browser.post(f"/exchange/conferences/8801/{what}", fields).status == 303
    told = [(act["act"], act["member"], act["by"]) for act in acts(house)]
    assert told == [
        ("mute", "8006", "manager"), ("lock", "", "manager"), ("unlock", "", "manager"),
        ("remove", "8006", "manager"), ("end", "", "manager"),
    ]  # fmt: skip
    phones: list[Any] = list(conduct.parties.values())
    assert all(phone.over for phone in phones)


def test_extensions_and_numbers_outside_are_called_in(house: Hospital) -> None:
    """As they are dialled at the site; nonsense is refused in one sentence."""
    browser, asked = house.browser("it", language="en"), house.cardboard.conferences.asked
    for whom in ("8003", "138 0013 8000"):
        assert browser.post("/exchange/conferences/8801/invite", {"whom": whom}).status == 303
    assert asked == [("8801", "8003", "it", False), ("8801", "8613800138000", "it", True)]
    refused = browser.post("/exchange/conferences/8801/invite", {"whom": "12"}, by_script=False)
    assert refused.status == 409
    assert "This is neither an extension nor a number outside." in refused.text


def test_a_pin_is_shown_once(house: Hospital) -> None:
    """On the next page and on none after it; the journal has who made it, and not what it is."""
    browser = house.browser("it", language="en")
    assert browser.post("/exchange/conferences/8801/pin", {"kind": "chairman"}).status == 303
    page = browser.get("/exchange/conferences").text
    pin = page.partition("PIN is ")[2].partition(".")[0]
    assert len(pin) == 6
    assert pin.isdigit()
    again = browser.get("/exchange/conferences").text
    assert pin not in again
    assert ">made</span>" in again
    with house.cardboard.database.engine.connect() as connection:
        told = [entry for entry in entries(connection) if entry.kind == "pbx.ConferencePinMade"]
    assert [entry.body for entry in told] == [{"room": "8801", "kind": "chairman", "by": "it"}]


@pytest.mark.parametrize("path", ["/exchange/conferences/8899/lock", "/exchange/conferences/8801/nonsense"])
def test_what_is_not_there(house: Hospital, path: str) -> None:
    """404, whoever asks."""
    assert house.browser("it").post(path).status == 404
