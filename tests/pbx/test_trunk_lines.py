"""Calls over trunks, by channel events alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.foundation.i18n import Text
from pbx.ari.messages import Changed, Channel, Created, Destroyed, Dialled, Event
from pbx.plan_trunks import AnalogueTrunk, PriTrunk, R2Trunk, SipTrunk, Trunk
from pbx.trunk_lines import LineCall, TrunkLines
from tests.fakes.clock import START

NAME = Text(zh="名", en="name")
TRUNKS: list[Trunk] = [
    SipTrunk(id="sip", name=NAME, host="192.0.2.1", tariff="t"),
    PriTrunk(id="pri", name=NAME, tariff="t", kind="pri", spans=(1,)),
    R2Trunk(id="r2", name=NAME, tariff="t", kind="r2", spans=(2,)),
    AnalogueTrunk(id="fxo", name=NAME, tariff="t", kind="fxo", ports="63-64"),
]
OUT = Channel("c1", "PJSIP/trunk-sip-00000001", "Down", "carriers")
IN = Channel("c2", "PJSIP/trunk-sip-00000002", "Ring", "carriers")


class Book:
    """What was told."""

    def __init__(self) -> None:
        self.lines = TrunkLines(TRUNKS)
        self.calls: list[LineCall] = []
        self.most: list[tuple[str, int]] = []
        self.lines.over = self.calls.append
        self.lines.begun = lambda trunk, used, at: self.most.append((trunk, used))

    def hear(self, *events: Event) -> LineCall | None:
        for event in events:
            self.lines.hear(event)
        return self.calls[-1] if self.calls else None


def test_a_call_out_that_was_answered() -> None:
    """From its first channel event to its last; meanwhile a line is in use."""
    book = Book()
    book.hear(Created(START, OUT), Changed(START + timedelta(seconds=4), replace(OUT, state="Up")))
    assert book.lines.used("sip") == 1
    call = book.hear(Destroyed(START + timedelta(seconds=64), replace(OUT, state="Up"), 16))
    answer, end = START + timedelta(seconds=4), START + timedelta(seconds=64)
    assert call == LineCall("sip", False, START, answer, end, "answered", 16, rang_at=answer)
    assert book.lines.used("sip") == 0
    assert book.most == [("sip", 1)]


@pytest.mark.parametrize(
    ("rang", "cause", "reply", "outcome"),
    [
        (False, 16, 0, "left"),
        (True, 16, 0, "no-answer"),
        (False, 17, 486, "busy"),
        (False, 34, 503, "congestion"),
        (False, 1, 404, "no-such-number"),
        (False, 16, 500, "unreachable"),
    ],
)
def test_a_call_out_that_was_not(rang: bool, cause: int, reply: int, outcome: str) -> None:
    """Told by what the carrier said, and whether it rang."""
    ringing = [Dialled(START, OUT, "RINGING")] if rang else []
    call = Book().hear(Created(START, OUT), *ringing, Destroyed(START, OUT, cause, reply))
    assert call is not None
    assert (call.outcome, call.incoming) == (outcome, False)


def test_when_it_first_rang() -> None:
    """Early sound counts as ringing; what comes later does not move it."""
    begun, rang = Created(START, OUT), START + timedelta(seconds=2)
    again = Dialled(START + timedelta(seconds=9), OUT, "RINGING")
    call = Book().hear(begun, Dialled(rang, OUT, "PROGRESS"), again, Destroyed(START + timedelta(seconds=20), OUT, 17))
    assert call is not None
    assert call.rang_at == rang


def test_a_leg_that_we_gave_up_is_told_as_that() -> None:
    """Its cause alone does not say so."""
    book = Book()
    book.lines.given_up = {"c1": "silent"}.__getitem__
    call = book.hear(Created(START, OUT), Destroyed(START, OUT, 16))
    assert call is not None
    assert call.outcome == "silent"


def test_a_call_in() -> None:
    """It rings at our side, and its context is the carriers'."""
    call = Book().hear(Created(START, IN), Destroyed(START, IN, 16))
    assert call is not None
    assert (call.outcome, call.incoming) == ("not-answered", True)


@pytest.mark.parametrize(
    ("name", "trunk"),
    [
        ("DAHDI/i1/013800138000-1", "pri"),
        ("DAHDI/33-1", "r2"),
        ("DAHDI/63-1", "fxo"),
        ("DAHDI/99-1", None),
        ("PJSIP/8001-00000001", None),
        ("Snoop/trunk-sip-00000001", None),
    ],
)
def test_a_channel_is_of_the_trunk_that_its_name_says(name: str, trunk: str | None) -> None:
    """SIP by endpoint, E1 by span, R2 and analogue by port."""
    call = Book().hear(Created(START, replace(OUT, name=name)), Destroyed(START, replace(OUT, name=name), 16))
    assert (call.trunk if call else None) == trunk


def test_what_happened_unheard_is_made_up_for() -> None:
    """A call that is gone is over, one that is there is counted, an answer is noticed."""
    book = Book()
    book.hear(Created(START, OUT))
    later = START + timedelta(minutes=5)
    book.lines.there([replace(IN, state="Up")], later)
    assert [call.outcome for call in book.calls] == ["unknown"]
    assert book.lines.used("sip") == 1
    call = book.hear(Destroyed(later + timedelta(seconds=9), IN, 16))
    assert call is not None
    assert (call.outcome, call.answered_at) == ("answered", later)
