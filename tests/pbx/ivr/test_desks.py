"""Menus put callers through: to desks on the house's terms, outside by its right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from appliance.foundation.values import Ended
from pbx.ivr.desks import LONGEST, HouseDesks
from pbx.terms import Terms
from tests.fakes.caller import FakeCaller
from tests.support import now

RING = timedelta(seconds=20)


class FakeExchange:
    """Remembers; whoever is called outside is busy."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str, timedelta | None]] = []
        self.dialled: list[tuple[str, Terms]] = []

    async def ring(self, caller: Any, extension: str, ring: timedelta | None) -> Ended:
        self.rung.append((caller.extension, extension, ring))
        return Ended("answered")

    async def outside(self, caller: Any, number: str, terms: Terms) -> Ended:
        self.dialled.append((number, terms))
        return Ended("busy")


def desks(exchange: FakeExchange) -> HouseDesks:
    """Of a house with extensions 8001 and 8010."""
    return HouseDesks(["8001", "8010"], exchange.ring, exchange.outside)


def test_numbers_of_the_house() -> None:
    """Whole ones, and what they begin with."""
    house = desks(FakeExchange())
    assert [house.has(number) for number in ("8001", "800", "9")] == [True, False, False]
    assert [house.begins(keyed) for keyed in ("8", "800", "801", "8001", "9")] == [True, True, True, False, False]


def test_a_desk_is_rung_as_it_wants_for_as_long_as_the_menu_says() -> None:
    """By the one way that rings desks."""
    exchange = FakeExchange()
    now(desks(exchange).ring(FakeCaller(extension="8003"), "8001", RING))
    assert exchange.rung == [("8003", "8001", RING)]


def test_outside_the_house_decides_how_and_a_menus_call_has_an_end() -> None:
    """The number as the plan has it; no menu's call costs for ever."""
    exchange = FakeExchange()
    assert now(desks(exchange).outside(FakeCaller(), "13800138000", RING)).outcome == "busy"
    assert exchange.dialled == [("13800138000", Terms(limit=LONGEST, ring=RING))]
