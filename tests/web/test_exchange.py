"""The pages of the exchange, over HTTP."""

from __future__ import annotations

import pytest

from appliance.foundation.health import State
from tests.web.browser import Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """One trunk up, one down, one phone there."""
    place = hospital()
    cardboard = place.cardboard
    cardboard.health.say(cardboard.clock.now(), "trunk:telecom", State.UP)
    cardboard.health.say(cardboard.clock.now(), "trunk:unicom", State.DOWN, "The carrier does not answer.")
    cardboard.exchange.phones.seen("8002", online=True)
    return place


def test_the_overview_shows_trunks_and_phones(house: Hospital) -> None:
    """How each trunk is, and how many phones of each group are there."""
    page = house.browser("it").get("/exchange").text
    assert "The carrier does not answer." in page
    assert "1 of 10 phones there" in page
    assert "0 of 1 phones there" in page
    assert '<li class="there">8002</li>' in page
    assert '<li>8003<span class="unseen"> phone not there</span></li>' in page


def test_the_overview_is_live(house: Hospital) -> None:
    """A trunk that comes back is sent to the open page, and nothing else is."""
    line = house.browser("it").open("/live?view=exchange")
    house.cardboard.health.say(house.cardboard.clock.now(), "trunk:unicom", State.UP)
    house.live.health_changed()
    changed = line.events()[-1][1]["regions"]
    assert list(changed["trunks"]["pieces"]) == ["trunk-unicom"]
    assert "extensions" not in changed


def test_the_overview_is_in_chinese_too(house: Hospital) -> None:
    """For the hospital's own people."""
    page = house.browser("it", language="zh").get("/exchange").text
    assert "话机在线 1/10" in page
    assert "运营商无响应。" in page
