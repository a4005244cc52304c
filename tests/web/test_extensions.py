"""Extensions and the operator's console, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appliance.foundation.journal import entries
from nursecall.roster import Staff
from pbx.emergencies import EmergencyCall
from pbx.features.lines import Line
from tests.support import now
from tests.web.browser import Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """8001 talks with 8002, 8003 rings; the manager sits at 8050."""
    place = hospital()
    cardboard = place.cardboard
    now(cardboard.house.roster.load())
    people = [Staff("1", "w1", "王敏", extension="8050", login="manager")]
    now(cardboard.house.roster.keep_staff(people, "it"))
    since = cardboard.clock.now() - timedelta(seconds=75)
    cardboard.features.states |= {
        "8001": Line("8001", "talking", "8002", since),
        "8002": Line("8002", "talking", "trunk-telecom", since),
        "8003": Line("8003", "ringing", "8004"),
        "8009": Line("8009", "away"),
    }
    return place


def changes(house: Hospital) -> list[dict[str, Any]]:
    """Wishes on record."""
    with house.cardboard.database.engine.connect() as connection:
        return [entry.body for entry in entries(connection) if entry.kind == "pbx.WishChanged"]


def test_it_sees_how_each_extension_is(house: Hospital) -> None:
    """State, with whom, and what it wants."""
    now(house.cardboard.features.wishes.change("8004", "8004", do_not_disturb=True))
    page = house.browser("it", language="en").get("/exchange/extensions").text
    assert 'data-key="line-8001"' in page
    assert page.count(">Talks<") == 2
    assert "China Telecom" in page
    assert page.count('<span class="room-mark">') == 1
    assert "通话中" in house.browser("it", language="zh").get("/exchange/extensions").text


def test_it_sets_what_an_extension_wants(house: Hospital) -> None:
    """It is kept, on record with who set it, and shown."""
    browser = house.browser("it", language="en")
    fields = {"call_waiting": "1", "always": "8002", "no_answer": "", "in_turn": "8003  8004"}
    assert browser.post("/exchange/extensions/8001", fields).status == 303
    wishes = house.cardboard.features.wishes.of("8001")
    assert (wishes.always, wishes.in_turn, wishes.do_not_disturb) == ("8002", ("8003", "8004"), False)
    assert [(one["wish"], one["value"], one["by"]) for one in changes(house)] == [
        ("always", "8002", "it"), ("in_turn", "8003 8004", "it"),
    ]  # fmt: skip
    page = browser.get("/exchange/extensions/8001").text
    assert 'name="always" value="8002"' in page
    assert "Kept." in page


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"always": "8001"}, "Calls cannot be forwarded to the extension itself."),
        ({"follow_me": "13800138000"}, "Follow me leads to an extension."),
        ({"busy": "60012345678"}, "This extension may not call one of these numbers"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_kept(house: Hospital, fields: dict[str, str], fault: str) -> None:
    """Above all no number that holds a PIN."""
    page = house.browser("it", language="en").post("/exchange/extensions/8001", fields)
    assert page.status == 200
    assert fault in page.text
    assert changes(house) == []


def test_an_operator_sees_lines_live_and_uses_the_own_telephone(house: Hospital) -> None:
    """Call, hand on, pick up, park, hang up: each with the telephone that the roster has for the log-in."""
    browser, features = house.browser("manager", language="en"), house.cardboard.features
    page = browser.get("/operator").text
    assert "Your telephone: 8050" in page
    assert 'data-key="tile-8003"' in page
    for act, number in (("call", "8005"), ("hand-on", "8004"), ("pick-up", "8003"), ("park", ""), ("hang-up", "")):
        assert browser.post(f"/operator/{act}", {"number": number}).status == 303
    assert features.console.asked == [
        ("dial", "8050", "8005", "manager"),
        ("hand-on", "8050", "8004", "manager"),
        ("dial", "8050", "*88003", "manager"),
        ("hand-on", "8050", "*70", "manager"),
        ("hang-up", "8050", "manager"),
    ]
    refused = browser.post("/operator/hand-on", {"number": "8010"})
    assert refused.status == 409
    assert "Your telephone talks with nobody." in refused.text


def test_without_a_telephone_the_console_only_shows(house: Hospital) -> None:
    """It says why."""
    browser = house.browser("it", language="en")
    assert "The roster has no extension for your log-in" in browser.get("/operator").text
    assert browser.post("/operator/call", {"number": "8005"}).status == 409
    assert house.cardboard.features.console.asked == []


def test_changes_come_by_themselves(house: Hospital) -> None:
    """Only what differs is sent."""
    line = house.browser("manager", language="en").open("/live?view=operator")
    house.cardboard.features.states["8005"] = Line("8005", "ringing", "8001")
    house.live.lines_changed()
    changed = line.events()[-1][1]["regions"]
    assert list(changed) == ["tiles"]
    assert list(changed["tiles"]["pieces"]) == ["tile-8005"]


def test_an_emergency_call_stands_above_the_lines_and_on_the_status_page(house: Hospital) -> None:
    """Who called which number, and whether it goes on; to the operator and to whoever looks after the box."""
    at = house.cardboard.clock.now()
    house.cardboard.exchange.emergencies.calls = [EmergencyCall("c1", "8001", "120", at, at)]
    for path in ("/operator", "/status"):
        page = house.browser("it", language="en").get(path).text
        assert "8001 called 120" in page
        assert "It goes on." in page
        assert "/exchange/calls/c1" in page
    assert "8001 拨打了 120" in house.browser("it", language="zh").get("/status").text
