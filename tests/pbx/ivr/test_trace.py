"""Each caller's way is on record, and enough of it to go on after a restart."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.tasks import AGAIN
from pbx.ivr.events import MenuStep
from pbx.ivr.schema import menu_calls, menu_steps
from pbx.ivr.trace import Interrupted, Trace
from pbx.ivr.views import PastMenus
from tests.fakes.caller import FakeCaller
from tests.fakes.clock import START, FakeClock
from tests.fakes.database import InlineDatabase
from tests.pbx.ivr.a_flow import House
from tests.pbx.ivr.flows import HOSPITAL
from tests.support import now


class Desk:
    """A trace over a real database in memory."""

    def __init__(self) -> None:
        self.database, self.clock, self.bus = InlineDatabase(), FakeClock(), Bus()
        self.trace = Trace(self.database, self.clock, self.bus)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All of a table."""
        with self.database.engine.begin() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def test_steps_are_told_and_written_in_their_order() -> None:
    """With who, when, how it ended."""
    desk, heard = Desk(), list[str]()
    desk.bus.subscribe(MenuStep, lambda step: heard.append(step.what))
    desk.trace.entered("c1", "8003", "main", "1700.1")
    desk.trace.step("c1", "main", "menu", "menu", "enter")
    desk.trace.step("c1", "main", "menu", "menu", "key", "1")
    desk.trace.left("c1", "main", "menu", "hung-up")
    assert heard == ["enter", "key"]
    past = PastMenus(desk.database)
    assert [(step.what, step.detail) for step in now(past.steps("c1"))] == [("enter", ""), ("key", "1")]
    [call] = now(past.calls())
    assert (call.caller, call.flow, call.left_node, call.why) == ("8003", "main", "menu", "hung-up")
    assert now(desk.trace.interrupted()) == []


def test_records_that_cannot_be_written_are_written_later() -> None:
    """The caller never notices."""
    desk = Desk()
    desk.database.broken = RuntimeError("the disk is full")
    desk.trace.entered("c1", "8003", "main")
    desk.trace.step("c1", "main", "menu", "menu", "enter")
    assert desk.rows(menu_calls) == []
    desk.database.broken = None
    desk.trace.step("c1", "main", "menu", "menu", "key", "1")
    desk.clock.advance(AGAIN)
    assert [row["what"] for row in desk.rows(menu_steps)] == ["enter", "key"]


def test_whoever_did_not_leave_is_known_with_all_it_takes_to_go_on() -> None:
    """After a kill, and after a stop; not for ever."""
    desk = Desk()
    desk.trace.entered("c1", "8003", "main", "1700.1")
    desk.trace.at("c1", "main", "ask", "en", {"order": "17"})
    desk.trace.entered("c2", "8004", "main", "1700.2")
    desk.trace.left("c2", "main", "menu", "stopped")
    desk.trace.entered("c3", "8005", "main", "1700.3")
    desk.trace.left("c3", "main", "menu", "end")
    left = now(desk.trace.interrupted())
    assert left[0] == Interrupted("c1", "8003", "1700.1", "main", "ask", "en", {"order": "17"}, START)
    assert [one.call for one in left] == ["c1", "c2"]
    desk.trace.resumed("c2")
    assert next(row for row in desk.rows(menu_calls) if row["call"] == "c2")["left_at"] is None
    desk.clock.advance(13 * 3600)
    assert now(desk.trace.interrupted()) == []


def test_a_caller_goes_on_where_they_were() -> None:
    """In their language, with what they keyed; never with what is secret."""
    house = House(HOSPITAL)
    house.call("2", "2", "9", "8", "7", "6", "#", "1", "4", "0", "1", "2", "3", "4")
    assert ("main.told", "en", {"caller": "8001", "patient": "9876"}) in house.told.places
    assert all("pin" not in variables for _, _, variables in house.told.places)
    caller = FakeCaller(["1", "1"])
    now(house.menus.resume(caller, "main", "told", "en", {"patient": "9876"}))
    assert caller.heard[:2] == ["en:Your number is 9 8 7 6", "en:Press 1 to register"]
    assert house.desks.rung == ["8002"]


@pytest.mark.parametrize(("flow", "heard"), [("main", ["zh:中文请按1"]), ("gone", [])])
def test_a_node_or_menu_that_is_no_more(flow: str, heard: list[str]) -> None:
    """From the menu's start; where there is none the call ends."""
    house = House(HOSPITAL)
    caller = FakeCaller()
    now(house.menus.resume(caller, flow, "no-more", "zh", {}))
    assert caller.heard[:1] == heard
    assert caller.hung_up
