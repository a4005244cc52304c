"""The page of the guard against toll fraud, over HTTP."""

from __future__ import annotations

import subprocess
import sys

import pytest

from appliance.foundation.values import Money, yuan
from billing.accounts import Accounts
from billing.guard.schema import guard_calls
from billing.plan import BillingPlan
from billing.schema import leases
from billing.watch import Asked
from tests.support import now
from tests.web.browser import Hospital, hospital
from web.pages.live import VIEWS
from web.pages.misuse import regions, view, where


def asked(house: Hospital, called: str, account: str = "") -> Asked:
    """A call that wants to be let through."""
    return Asked("c1", account, "8001", called, yuan(3), house.cardboard.clock.now())


def test_alarms_are_shown_and_taken_off_with_a_note() -> None:
    """In both languages; who looked and what they said stays."""
    house = hospital()
    guard, database = house.cardboard.house.tolls(), house.cardboard.database
    now(database.transact(lambda connection: guard.admit(connection, asked(house, "8816123456789"))))
    assert "+8816123456789 属于卫星或国际网络号码。" in house.browser("operator", language="zh").get("/misuse").text
    browser = house.browser("manager")
    page = browser.get("/misuse")
    assert "+8816123456789 is a satellite or international network." in page.text
    assert browser.post("/misuse/alarms/1/fine", {"csrf": page.csrf, "note": "a test"}).status == 303
    assert browser.post("/misuse/alarms/x/fine", {"csrf": page.csrf}).status == 404
    text = browser.get("/misuse").text
    assert "No alarm waits." in text
    assert ": a test" in text


def test_rules_are_said_and_calls_can_be_stopped() -> None:
    """A call under way with its button; the account is frozen afterwards."""
    house = hospital()
    cardboard = house.cardboard
    accounts = Accounts(cardboard.database, BillingPlan(), cardboard.clock, cardboard.bus)
    number, _pin = now(accounts.open("李明", "zh", "c"))
    row = {
        "call": "c1", "account": number, "extension": "8001", "called": "33142685300", "trunk": "t",
        "tariff_version": 1, "reserved": Money(yuan(3)), "granted_seconds": 60, "state": "talking",
        "opened_at": cardboard.clock.now(), "answered_at": cardboard.clock.now(),
    }  # fmt: skip
    now(cardboard.database.transact(lambda connection: connection.execute(leases.insert().values(row))))
    browser = house.browser("operator")
    page = browser.get("/misuse")
    assert "Premium rate numbers are refused." in page.text
    assert "An account: 100 yuan in 60 minutes. More raises an alarm." in page.text
    assert f"Stop account {number}" in page.text
    assert "+33 1 42 68 53 00" in page.text
    assert browser.post("/misuse/stop", {"csrf": page.csrf, "account": "999999"}).status == 422
    stopped = browser.post("/misuse/stop", {"csrf": page.csrf, "account": number})
    assert f"Account {number} is frozen; 1 calls were ended." in stopped.text


def test_a_call_without_an_account_is_shown_and_ended_alone() -> None:
    """With what a patient would pay; by whom it was ended is on record."""
    house = hospital()
    cardboard = house.cardboard
    row = {
        "call": "c9", "extension": "8001", "called": "33142685300", "opened_at": cardboard.clock.now(),
        "answered_at": cardboard.clock.now(), "amount": yuan(3),
    }  # fmt: skip
    now(cardboard.database.transact(lambda connection: connection.execute(guard_calls.insert().values(row))))
    browser = house.browser("operator")
    page = browser.get("/misuse")
    for said in ("+33 1 42 68 53 00", "¥3.00", "/misuse/calls/c9/end", "France", "(1)"):
        assert said in page.text
    assert browser.post("/misuse/calls/c9/end", {"csrf": page.csrf}).status == 303
    assert cardboard.supervision.acts == [("c9", "end", "operator")]


def test_the_page_follows_what_happens() -> None:
    """By server-sent events: a call that begins, an alarm, and who has looked; for whoever has the right."""
    house = hospital()
    cardboard = house.cardboard
    before = now(regions(cardboard.house, "en"))
    assert "Nobody calls outside." in before["calls"]["none"]
    guard = cardboard.house.tolls()
    now(cardboard.database.transact(lambda connection: guard.admit(connection, asked(house, "8816123456789"))))
    after = now(regions(cardboard.house, "zh"))
    assert list(after["alarms"]) == ["alarm-1"]
    assert "(1)" in after["counts-alarms"]["count"]
    assert VIEWS["misuse"] == "misuse"
    assert view(cardboard.house, "en").topics == {"misuse", "health"}


@pytest.mark.parametrize(
    ("called", "chinese", "english"),
    [
        ("33142685300", "法国", "France"),
        ("85225221234", "中国香港特别行政区", "Hong Kong SAR China"),
        ("13800", "+1", "+1"),
        ("8613800138000", "手机", "Mobile"),
        ("8657188123456", "0571", "0571"),
        ("861088886666", "010", "010"),
        ("8816123456789", "+881", "+881"),
        ("999", "", ""),
    ],
)
def test_where_a_number_is(called: str, chinese: str, english: str) -> None:
    """Its country, at home its area."""
    assert (where(called, "zh", "CN"), where(called, "en", "CN")) == (chinese, english)


def test_the_daemon_does_not_read_the_names_of_the_worlds_towns() -> None:
    """They take a hundred megabytes; reports that need them are made in processes of their own."""
    found = subprocess.run(
        [sys.executable, "-c", "import sys, appliance.compose; print('phonenumbers.geocoder' in sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert found.stdout == "False\n"
