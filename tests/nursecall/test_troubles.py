"""A terminal or a line in trouble is a call of its own, and marks those it may have swallowed the reset of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.foundation.health import State
from nursecall.events import CallCleared, CallEscalated, CallMended, CallRaised, CallTroubled, TerminalChanged
from nursecall.faults import CALM, RIPE
from tests.fakes.clock import START
from tests.nursecall.a_ward import PLAN, AWard, plan, ward_with
from tests.support import now


def raised(ward: AWard) -> list[tuple[str, str]]:
    """Bed and type of each call that was raised."""
    return [(event.bed, event.call_type) for event in ward.heard(CallRaised)]


def test_an_unplugged_terminal_is_a_call_within_thirty_seconds() -> None:
    """And is over by itself when the terminal is well; it is no unknown bed and nobody need reset it."""
    ward = AWard()
    ward.terminal("28", False)
    ward.wait(30)
    call = ward.open("28")
    assert (call.call_type, call.state, call.line, call.in_plan) == ("plug-out", "raised", "l1", True)
    ward.terminal("28", True)
    ward.clock.advance(CALM)
    assert ward.wards.open() == []
    assert len(ward.heard(CallCleared)) == 1
    assert [(event.bed, event.well) for event in ward.heard(TerminalChanged)] == [("28", False), ("28", True)]


def test_a_short_glitch_is_no_trouble() -> None:
    """It is in the journal, not on the screen."""
    ward = AWard()
    ward.terminal("28", False)
    ward.clock.advance(1)
    ward.terminal("28", True)
    ward.clock.advance(300)
    assert raised(ward) == []
    assert len(ward.heard(TerminalChanged)) == 2


def test_a_loose_plug_is_one_trouble_however_often_it_flaps() -> None:
    """Raised within thirty seconds, cleared when it has been well for a while."""
    ward = AWard()
    for _ in range(20):
        ward.terminal("28", False)
        ward.clock.advance(1)
        ward.terminal("28", True)
        ward.clock.advance(9)
    assert raised(ward) == [("28", "plug-out")]
    assert ward.heard(CallRaised)[0].at <= START + timedelta(seconds=30)
    assert ward.heard(CallCleared) == []
    ward.clock.advance(CALM)
    assert len(ward.heard(CallCleared)) == 1


@pytest.mark.parametrize("state", [State.DOWN, State.DEGRADED])
def test_a_dead_or_garbled_line_is_a_trouble_of_its_ward(state: State) -> None:
    """At the line, not at a bed; its calls are marked; other wards are not concerned."""
    ward = AWard()
    ward.press("28")
    ward.line_is(State.UP)
    ward.line_is(state)
    ward.clock.advance(RIPE)
    assert [(call.bed, call.call_type, call.line, call.trouble) for call in ward.wards.open("w1")] == [
        ("28", "call", "l1", True),
        ("line", "trouble", "l1", False),
    ]
    assert ward.wards.open("w2") == []
    assert all(call.in_plan for call in ward.wards.open())
    ward.line_is(State.UP)
    ward.clock.advance(CALM)
    assert [(call.bed, call.trouble) for call in ward.wards.open()] == [("28", False)]


def test_two_lines_of_a_ward_are_two_troubles() -> None:
    """Each is over when its own line is well; a line that may name several wards concerns them all."""
    lines = [{"id": "a", "ward": "w1", "device": "a", "wards": {"2": "w2"}}, {"id": "b", "ward": "w1", "device": "b"}]
    ward = AWard(plan(lines=lines))
    for line in "ab":
        ward.line_is(State.DOWN, line)
    ward.clock.advance(RIPE)
    assert [(call.ward, call.line) for call in ward.wards.open()] == [("w1", "a"), ("w2", "a"), ("w1", "b")]
    ward.line_is(State.UP, "a")
    ward.clock.advance(CALM)
    assert [(call.ward, call.line) for call in ward.wards.open()] == [("w1", "b")]


def test_an_acknowledged_call_waits_anew_when_its_line_is_well_again() -> None:
    """Nobody knows whether a reset went unheard. One that waits goes on waiting, its patience unbroken."""
    ward = AWard()
    ward.press("28")
    ward.press("29")
    ward.acknowledge("28")
    ward.clock.advance(60)
    ward.line_is(State.DOWN)
    ward.clock.advance(RIPE)
    assert [event.bed for event in ward.heard(CallTroubled)] == ["28", "29"]
    ward.clock.advance(10)
    ward.line_is(State.UP)
    ward.clock.advance(CALM)
    assert [event.bed for event in ward.heard(CallMended)] == ["28", "29"]
    assert {call.bed: call.state for call in ward.wards.open()} == {"28": "raised", "29": "raised"}
    ward.clock.advance(30)
    assert [event.bed for event in ward.heard(CallEscalated)] == ["29"]


def test_a_call_is_marked_until_terminal_and_line_are_both_well() -> None:
    """Whichever comes back first."""
    ward = AWard()
    ward.press("28")
    ward.terminal("28", False)
    ward.line_is(State.DOWN)
    ward.clock.advance(RIPE)
    ward.line_is(State.UP)
    ward.clock.advance(CALM)
    marks = {call.call_type: call.trouble for call in ward.wards.open()}
    assert marks == {"call": True, "plug-out": False}
    ward.terminal("28", True)
    ward.clock.advance(CALM)
    assert [(call.call_type, call.trouble) for call in ward.wards.open()] == [("call", False)]


def test_a_nurse_at_the_bed_does_not_mend_the_terminal() -> None:
    """Neither her reset nor her leaving ends the trouble; while she is there it is quiet."""
    ward = AWard(ward_with(0, presence_off_ends=True))
    ward.terminal("28", False)
    ward.clock.advance(RIPE)
    ward.presence("28", True)
    assert ward.open("28").state == "attended"
    ward.reset("28")
    ward.presence("28", False)
    assert (ward.open("28").call_type, ward.open("28").state) == ("plug-out", "raised")


def test_a_host_that_calls_it_a_plug_out_also_ends_it() -> None:
    """Then it is a call like any other: nobody told us how the terminal is."""
    ward = AWard()
    ward.press("28", "plug-out")
    ward.reset("28")
    assert ward.wards.open() == []


def test_a_trouble_may_be_cancelled_at_a_screen_and_comes_back_only_anew() -> None:
    """The house knows; the terminal's health still says so."""
    ward = AWard()
    ward.terminal("28", False)
    ward.clock.advance(RIPE)
    assert now(ward.wards.cancel(ward.open("28").id, "李静"))
    ward.terminal("28", False)
    ward.clock.advance(60)
    assert ward.wards.open() == []
    assert [one.bed for one in ward.wards.terminals("w1") if one.well is False] == ["28"]
    ward.terminal("28", True)
    ward.clock.advance(CALM)
    ward.terminal("28", False)
    ward.clock.advance(RIPE)
    assert ward.open("28").call_type == "plug-out"


def test_a_trouble_survives_a_restart_and_is_over_when_well() -> None:
    """Of terminals and of lines; one that had not been told yet is told then."""
    ward = AWard()
    ward.press("1")
    ward.acknowledge("1")
    ward.terminal("28", False)
    ward.line_is(State.DOWN)
    ward.clock.advance(RIPE)
    ward.terminal("29", False)
    ward.restart()
    assert [call.bed for call in ward.wards.open()] == ["1", "28", "line"] or len(ward.wards.open()) == 3
    ward.line_is(State.STARTING)
    ward.clock.advance(RIPE)
    assert {call.bed for call in ward.wards.open()} == {"1", "28", "29", "line"}
    ward.line_is(State.UP)
    ward.terminal("28", True)
    ward.terminal("29", True)
    ward.clock.advance(CALM)
    assert [(call.bed, call.state, call.trouble) for call in ward.wards.open()] == [("1", "raised", False)]


def test_a_line_that_left_the_plan_is_in_trouble_no_more() -> None:
    """And a part of the house that is no line never was."""
    ward = AWard()
    ward.line_is(State.DOWN, "nonsense")
    ward.line_is(State.DOWN)
    ward.clock.advance(RIPE)
    ward.wards.replan(plan(lines=[PLAN["lines"][1]]))
    assert ward.wards.open() == []
    ward.clock.advance(300)
    assert len(ward.heard(CallCleared)) == 1


def test_every_terminal_and_line_has_a_health() -> None:
    """Lines first; nobody can know of a terminal whose line is dead, or has never spoken."""
    ward = AWard()
    line, first, *_ = ward.wards.terminals("w1")
    assert (line.bed, line.line, line.well, first.bed, first.well) == (None, "l1", None, "1", None)
    ward.line_is(State.UP)
    ward.clock.advance(5)
    ward.terminal("2", False)
    ward.terminal("加9", False)
    line, first, second, *_, stranger = ward.wards.terminals("w1")
    assert (line.well, line.since, first.well) == (True, START, True)
    assert (second.bed, second.well, second.since) == ("2", False, ward.clock.now())
    assert (stranger.bed, stranger.well) == ("加9", False)
    ward.line_is(State.DOWN)
    line, first, second, *_ = ward.wards.terminals("w1")
    assert (line.well, first.well, second.well) == (False, None, False)
