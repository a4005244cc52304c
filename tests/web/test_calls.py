"""Telephone calls on record, over HTTP: found, and explained step by step."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.values import Language, Money
from billing.events import CallAuthorised, CallSettled
from pbx.calls.book import CallBook
from pbx.calls.events import Direction
from pbx.engine.records import Record
from pbx.reason import Reason
from tests.fakes.clock import FakeClock
from tests.support import now
from tests.web.browser import Hospital, hospital

CALL, NEXT = "c" * 32, "d" * 32


@pytest.fixture
def house() -> Hospital:
    """A billed call of a minute that was handed on, and its bill."""
    place = hospital()
    cardboard = place.cardboard
    database, clock = cardboard.database, cardboard.clock
    assert isinstance(clock, FakeClock)
    book = CallBook(database, clock, Bus())
    book.began(CALL, "8001", "leg-1")
    book.directed(CALL, "service", "600")
    book.step(CALL, Reason("{extension} is an extension.", {"extension": "8001"}))
    money = {"account": "100001", "called": "8613800138000", "trunk": "telecom"}
    paid = CallAuthorised(
        at=clock.now(), call=CALL, extension="8001", reserved=Money(30_000), granted_seconds=180, **money
    )
    now(database.transact(lambda connection: journal.append(connection, paid)))
    book.answered(CALL, "telecom", clock.now(), trunk="telecom")
    clock.advance(timedelta(seconds=10))
    book.began(NEXT, "8001", "leg-2", grown_from=CALL)
    book.directed(NEXT, "internal", "8002")
    clock.advance(timedelta(seconds=50))
    for call in (NEXT, CALL):
        book.ended(call, "answered" if call == CALL else "busy")
    bill = CallSettled(
        at=clock.now(), call=CALL, seconds=60, charge=Money(2_500), cost=Money(1_000), ended="caller", **money
    )
    now(database.transact(lambda connection: journal.append(connection, bill)))
    cardboard.exchange.records.append(Record("ANSWER", clock.now(), f"{CALL}-out-1", "leg-1"))
    return place


def test_calls_are_found(house: Hospital) -> None:
    """By number, direction and outcome; both languages."""
    page = house.browser("it").get("/exchange/calls").text
    assert page.count('href="/exchange/calls/') >= 2
    found = house.browser("it").get("/exchange/calls?number=8002&outcome=busy").text
    assert NEXT in found
    assert CALL not in found
    assert "未找到呼叫" in house.browser("it", language="zh").get("/exchange/calls?number=777").text


def test_a_call_is_explained(house: Hospital) -> None:
    """What was decided and why, what it cost, what the exchange itself says, and what it grew into."""
    page = house.browser("it").get(f"/exchange/calls/{CALL}").text
    told = [
        "8001 dials.", "It is for the service 600.", "8001 is an extension.",
        "Account 100001 pays: ¥3.00 is set aside for 3:00", "It is over after 1:00 of talk.",
        "The bill: ¥0.25 for 1:00 of talk, account 100001.", "The call is handed on by 8001.",
        "Leg out-1 is up.",
    ]  # fmt: skip
    assert [sentence for sentence in told if sentence not in page] == []
    assert "账户 100001 付费" in house.browser("it", language="zh").get(f"/exchange/calls/{NEXT}").text


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("direction", get_args(Direction))
def test_a_call_in_any_direction_is_explained(house: Hospital, direction: Direction, language: Language) -> None:
    """Emergency calls as well."""
    other = "f" * 32
    book = CallBook(house.cardboard.database, house.cardboard.clock, Bus())
    if direction == "emergency":
        book.emergency(other, "8002", "120", "leg-9", house.cardboard.clock.now())
    else:
        book.began(other, "8002", "leg-9")
        book.directed(other, direction, "120")
    book.ended(other, "answered")
    page = house.browser("it", language=language).get(f"/exchange/calls/{other}")
    assert page.status == 200
    assert "120" in page.text.partition("timeline")[2]


def test_it_is_printed_and_the_printing_is_on_record(house: Hospital) -> None:
    """A PDF, made in a process of its own."""
    answer = house.browser("it").get(f"/exchange/calls/{CALL}.pdf")
    assert answer.body.startswith(b"%PDF")
    assert house.cardboard.reports.asked == [("telephone call", CALL, "en")]
    lines = now(house.cardboard.database.transact(lambda connection: list(journal.entries(connection))))
    assert (lines[-1].kind, lines[-1].body["subject"]) == ("web.ReportPrinted", CALL)


def test_a_call_that_is_not_there_is_said_so(house: Hospital) -> None:
    """In a sentence; and a nurse may not look at all."""
    assert house.browser("it").get(f"/exchange/calls/{'e' * 32}").status == 404
    assert house.browser("nurse").get("/exchange/calls").status == 403
