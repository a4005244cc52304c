"""Who answers for a number that an extension has rung: asked before it is rung, told of every end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet.defer import CancelledError

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Since
from appliance.foundation.i18n import Text
from appliance.foundation.values import Ended
from pbx.behalf import Behalf
from pbx.callout import NotReached
from pbx.calls.book import CallBook
from pbx.calls.events import CallAnswered, CallBegan, CallDirected, CallEnded, CallStep
from pbx.decision import Decision
from pbx.leg import Gone, Leg
from pbx.paid import Paid
from pbx.party import Party
from pbx.reason import Reason
from pbx.routing import Line
from pbx.rung import Rung
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

RING, LONGEST, CREDIT = timedelta(seconds=20), timedelta(hours=1), timedelta(minutes=5)
LINES = tuple(Line(name, Text(zh=name, en=name), "13800138000", "") for name in ("telecom", "unicom"))
OUTSIDE = Decision(True, "outside", None, "8613800138000", LINES, None, None, False, None, 0, ())
NO = Reason("A limit against misuse is reached.")


class Account:
    """Pays. told: what it heard."""

    def __init__(self, limit: timedelta | None) -> None:
        self.limit, self.used, self.told = limit, None, list[object]()

    async def over_line(self, trunk: str, why: str) -> None:
        self.told.append((trunk, why))

    async def answered(self, at: datetime) -> None:
        self.told.append(at)

    def over(self, ended: Ended | None) -> None:
        self.told.append(ended)


class House:
    """Behalf on cardboard. says: of who is asked to pay. comes: of the lines, None: they answer."""

    def __init__(self, says: Account | Reason | None, comes: Exception | None = None) -> None:
        self.clock, self.bus, self.says, self.comes = FakeClock(), Bus(), says, comes
        self.asked: list[Any] = []
        self.rung: list[dict[str, Any]] = []
        self.answers: list[tuple[str, timedelta | None]] = []
        self.happened: list[Any] = []
        self.stopped, self.leg = False, Leg("mobile")
        for kind in (CallBegan, CallDirected, CallStep, CallAnswered, CallEnded):
            self.bus.subscribe(kind, self.happened.append)
        book = CallBook(InlineDatabase(), self.clock, self.bus)
        me = cast(Any, self)
        dialer = cast(Any, SimpleNamespace(rung=Rung(), answers_for=self.answers_for))
        self.behalf = Behalf(me, me, dialer, book, self._pays, lambda number: OUTSIDE, self.clock)

    def since(self, at: datetime) -> Since:
        return Since(self.clock, at)

    def answers_for(self, call: str, leg: Leg, limit: timedelta | None) -> None:
        self.answers.append((call, limit))

    async def by(
        self,
        decision: Decision,
        ring: timedelta,
        longest: timedelta,
        *,
        over_line: Callable[[str, str], Awaitable[None]] | None = None,
        **more: Any,
    ) -> Party:
        self.rung.append({"longest": longest, **more})
        if over_line is not None:
            await over_line("telecom", "congestion")
        if self.comes is not None:
            raise self.comes
        self.leg.up.set(self.clock.now())
        party = Party(self.leg, decision.number, cast(Any, None), self.clock)
        party.trunk = "telecom"
        return party

    def ring(self) -> Party:
        return now(self.behalf.ring("c1", "8001", OUTSIDE, RING, LONGEST))

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.happened]

    async def _pays(
        self, call: str, extension: str, number: str, trunk: str, most: timedelta | None
    ) -> Paid | Reason | None:
        self.asked.append((extension, number, trunk, most))
        return self.says


def test_who_pays_is_asked_first_and_the_leg_bears_the_calls_name() -> None:
    """It lasts as long as is paid; its answer and its end are told with the exchange's times."""
    account = Account(CREDIT)
    house = House(account)
    house.ring()
    assert house.asked == [("8001", "8613800138000", "telecom", LONGEST)]
    assert (house.rung[0]["longest"], house.rung[0]["billed"]) == (CREDIT, "c1")
    assert house.answers == [("c1", CREDIT)]
    up = house.clock.now()
    house.clock.advance(61)
    house.leg.gone.set(Gone(house.clock.now(), 16))
    assert account.told == [("telecom", "congestion"), up, Ended("answered", up, house.clock.now())]


def test_who_only_watches_does_not_hold_it() -> None:
    """An ordinary leg, as long as the house allows; it is ended by the call's name."""
    house = House(Account(None))
    house.ring()
    assert (house.rung[0]["longest"], house.rung[0]["billed"]) == (LONGEST, "")
    assert house.answers == [("c1", None)]


def test_what_may_not_be_called_is_not_rung() -> None:
    """Why stands on record."""
    house = House(NO)
    with pytest.raises(NotReached, match="refused"):
        now(house.behalf.for_house("8800", "8613800138000", RING, LONGEST))
    assert house.rung == []
    assert house.kinds() == ["CallBegan", "CallDirected", "CallStep", "CallEnded"]
    assert (house.happened[0].caller, house.happened[-1].outcome) == ("8800", "refused")


@pytest.mark.parametrize(
    ("comes", "told"), [(NotReached("busy"), Ended("busy")), (CancelledError(), None), (OSError(), None)]
)
def test_who_pays_is_told_that_nobody_was_reached(comes: Exception, told: Ended | None) -> None:
    """None: it is settled by the exchange's evidence."""
    account = Account(CREDIT)
    with pytest.raises(type(comes)):
        House(account, comes).ring()
    assert account.told[1:] == [told]


def test_while_we_are_being_stopped_the_next_start_settles_it() -> None:
    """Its legs may live on."""
    account = Account(CREDIT)
    house = House(account, CancelledError())
    house.stopped = True
    with pytest.raises(CancelledError):
        now(house.behalf.grown("c0", "leg", "8001", OUTSIDE, RING, LONGEST))
    assert account.told[1:] == []
    assert "CallEnded" not in house.kinds()


def test_a_call_that_grew_from_another_is_on_record_to_its_end() -> None:
    """With its line, and from which it grew."""
    house = House(None)
    now(house.behalf.grown("c0", "leg", "8001", OUTSIDE, RING, LONGEST))
    house.leg.gone.set(Gone(house.clock.now(), 16))
    assert house.kinds() == ["CallBegan", "CallDirected", "CallAnswered", "CallEnded"]
    assert (house.happened[0].grown_from, house.happened[2].by) == ("c0", "telecom")


def test_what_reaches_an_extension_is_paid_by_nobody() -> None:
    """Nor what no line can carry: the lines say so."""
    house = House(NO)
    for decision in (
        Decision(True, "branch", None, "7001", LINES, None, None, False, None, 0, ()),
        Decision(False, "outside", None, "8613800138000", (), None, None, False, NO, 21, ()),
    ):
        now(house.behalf.ring("c1", "8001", decision, RING, LONGEST))
    assert (house.asked, len(house.rung)) == ([], 2)
