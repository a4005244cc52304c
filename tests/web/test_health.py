"""`/health` for monitoring systems: nobody has to log in, nothing is given away."""

from __future__ import annotations

import json

import pytest

from appliance.foundation.health import State
from tests.web.browser import Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def say(house: Hospital, **parts: State) -> None:
    """Let parts be so; `exchange_asterisk` is `exchange:asterisk`."""
    for part, state in parts.items():
        house.cardboard.health.say(house.cardboard.clock.now(), part.replace("_", ":", 1), state)


def test_a_box_that_works_says_so_to_strangers(house: Hospital) -> None:
    """A line that is cut is told, but the box works."""
    say(house, daemon_nightbell=State.UP, exchange_asterisk=State.UP, storage_database=State.UP, line_h9=State.DOWN)
    reply = house.stranger().get("/health")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    told = json.loads(reply.text)
    assert told["state"] == "down"
    assert told["parts"]["down"] >= 1
    assert "h9" not in reply.text


def test_a_box_without_its_exchange_does_not_work(house: Hospital) -> None:
    """503, for whoever only looks at that."""
    say(house, daemon_nightbell=State.UP, exchange_asterisk=State.DOWN, storage_database=State.UP)
    assert house.stranger().get("/health").status == 503


def test_a_box_that_has_not_said_yet_is_not_well(house: Hospital) -> None:
    """It is starting."""
    say(house, daemon_nightbell=State.UP, exchange_asterisk=State.STARTING, storage_database=State.UP)
    assert house.stranger().get("/health").status == 503
