"""The pages of calls from outside and of attacks, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.foundation import journal
from pbx.calls.book import CallBook
from pbx.engine.security_log import SecurityEvent
from tests.support import now
from tests.web.browser import Hospital, hospital

THIEF = "203.0.113.9"


@pytest.fixture
def house() -> Hospital:
    return hospital()


def kinds(house: Hospital) -> list[str]:
    """What the journal says happened."""
    database = house.cardboard.database
    entries = now(database.transact(lambda connection: list(journal.entries(connection))))
    return [entry.kind for entry in entries if entry.kind.startswith("pbx.")]


def test_rules_and_hours_are_shown(house: Hospital) -> None:
    """In order, with what each asks of a call; the switch is by hours; the fake clock says a Monday morning."""
    page = house.browser("it").get("/exchange/inbound").text
    assert page.index("By day") < page.index("By night")
    assert "while “Office hours” is open" in page
    assert "8001, 8002 ring together for 25 s" in page
    assert "open now" in page
    assert page.count('class="open-hours"') == 10  # twice a day, Monday to Friday
    assert page.count("<title>2026-") == 365
    assert "2026-02-14 make-up workday" in page


@pytest.mark.parametrize(
    ("at", "rule", "step"),
    [
        ("2026-03-02T09:00", "“By day” fits", "8001, 8002 ring together"),
        ("2026-10-01T09:00", "“By night” fits", "13800000001 in turn"),
        ("2026-10-10T09:00", "“By day” fits", "8001, 8002 ring together"),
    ],
)
def test_somebody_asks_what_becomes_of_a_call(house: Hospital, at: str, rule: str, step: str) -> None:
    """Step by step, with the holiday and the make-up workday."""
    page = house.browser("it").get(f"/exchange/inbound?called=057188880000&caller=13700000000&at={at}").text
    answer = page[page.index("inbound-answer") : page.index("The first that fits decides")]
    assert rule in answer
    assert step in answer


def test_the_night_switch(house: Hospital) -> None:
    """Closed by hand: at once, on record, and the tester knows."""
    it = house.browser("it")
    assert it.post("/exchange/inbound/switch", {"schedule": "office", "position": "closed"}).status == 303
    page = it.get("/exchange/inbound?called=88880000&at=2026-03-02T09:00").text
    assert "closed now" in page
    assert "“By night” fits" in page
    assert kinds(house) == ["pbx.ScheduleSwitched"]
    assert it.post("/exchange/inbound/switch", {"schedule": "none", "position": "open"}).status == 400


def test_a_caller_is_blocked_from_the_last_calls_and_let_in_again(house: Hospital) -> None:
    """One button each."""
    it, cardboard = house.browser("it"), house.cardboard
    book = CallBook(cardboard.database, cardboard.clock, cardboard.bus)
    book.began("c1", "8613700000000", "leg", trunk="telecom")
    book.directed("c1", "in", "8657188880000")
    book.ended("c1", "no-answer")
    cardboard.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    assert "8613700000000" in it.get("/exchange/inbound").text
    assert it.post("/exchange/inbound/block", {"number": "8613700000000"}).status == 303
    assert "is blocked by 8613700000000" in it.get("/exchange/inbound?called=88880000&caller=13700000000").text
    assert it.post("/exchange/inbound/unblock", {"number": "8613700000000"}).status == 303
    assert "is blocked by" not in it.get("/exchange/inbound?called=88880000&caller=13700000000").text
    assert it.post("/exchange/inbound/block", {"number": "nobody"}).status == 422


def test_who_is_refused_and_how_a_ban_is_lifted(house: Hospital) -> None:
    """Address, names it tried, a button."""
    it, cardboard = house.browser("it"), house.cardboard
    assert "Nobody is refused." in it.get("/exchange/security").text
    for _ in range(20):
        event = SecurityEvent(cardboard.clock.now(), "InvalidPassword", "PJSIP", "8001", "1", THIEF, 5060, "UDP")
        cardboard.bus.publish(event)
    page = it.get("/exchange/security").text
    assert THIEF in page
    assert "8001" in page
    assert it.post("/exchange/security/lift", {"address": THIEF}).status == 303
    assert THIEF not in it.get("/exchange/security").text
    assert kinds(house) == ["pbx.AddressBanned", "pbx.BanLifted"]


def test_the_pages_are_in_chinese_too(house: Hospital) -> None:
    """For the hospital's own people."""
    it = house.browser("it", language="zh")
    assert "来电会怎样处理？" in it.get("/exchange/inbound").text
    assert "没有被拒绝的地址。" in it.get("/exchange/security").text
