"""The life of one call: every input is answered in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from nursecall.calls import STATES, STEPS, CallFacts, Happened, NurseCall, State, life
from nursecall.events import CallAcknowledged, CallContinued, CallEscalated, CallEvent, CallRepeated, CallReset
from tests.fakes.clock import START

LATER = START + timedelta(seconds=30)


def call(state: State = "raised", **facts: Any) -> CallFacts:
    """A call in that state."""
    return CallFacts(
        id="c", ward="w1", bed="28", call_type="call", priority=3, line="l1", raised_at=START, state=state, **facts
    )


INPUTS: dict[str, Callable[[NurseCall, datetime], Happened]] = {
    "press": lambda life, at: life.press(at),
    "acknowledge": lambda life, at: life.acknowledge("李", at),
    "overdue": lambda life, at: life.overdue(("李",), ("138",), at),
    "reset": lambda life, at: life.reset(at),
    "continued": lambda life, at: life.continued("d", at),
}

TABLE: dict[str, dict[str, tuple[str, type[CallEvent] | None]]] = {
    "raised": {
        "press": ("raised", CallRepeated),
        "acknowledge": ("acknowledged", CallAcknowledged),
        "overdue": ("escalated", CallEscalated),
        "reset": ("ended", CallReset),
        "continued": ("ended", CallContinued),
    },
    "escalated": {
        "press": ("escalated", CallRepeated),
        "acknowledge": ("acknowledged", CallAcknowledged),
        "overdue": ("escalated", CallEscalated),
        "reset": ("ended", CallReset),
        "continued": ("ended", CallContinued),
    },
    "acknowledged": {
        "press": ("raised", CallRepeated),
        "acknowledge": ("acknowledged", None),
        "overdue": ("acknowledged", None),
        "reset": ("ended", CallReset),
        "continued": ("ended", CallContinued),
    },
    "ended": dict.fromkeys(INPUTS, ("ended", None)),
}


@pytest.mark.parametrize("given", list(STATES))
@pytest.mark.parametrize("what", list(INPUTS))
def test_every_input_is_answered_in_every_state(given: State, what: str) -> None:
    """The table at the head of the module, row by row, and the machine agrees with the facts afterwards."""
    facts = call(given)
    machine = life(facts)
    happened = INPUTS[what](machine, LATER)
    state, event = TABLE[given][what]
    assert facts.state == state
    assert [type(one) for one in happened] == ([event] if event else [])
    assert all(
        one.at == LATER and (one.call, one.ward, one.bed, one.call_type) == ("c", "w1", "28", "call")
        for one in happened
    )
    again = CallFacts(**vars(facts))
    assert INPUTS["acknowledge"](machine, LATER) == INPUTS["acknowledge"](life(again), LATER)


def test_pressing_again_counts() -> None:
    """A call with three presses says so, however it stands."""
    facts = call()
    machine = life(facts)
    (second,), (third,) = machine.press(LATER), machine.press(LATER)
    assert (second, third) == (
        CallRepeated(at=LATER, call="c", ward="w1", bed="28", call_type="call", presses=2),
        CallRepeated(at=LATER, call="c", ward="w1", bed="28", call_type="call", presses=3),
    )
    assert facts.presses == 3


def test_a_press_after_an_acknowledgement_waits_anew() -> None:
    """Who said “I come” did not; nobody is shown as coming, and patience begins at the press."""
    facts = call("escalated", step=STEPS, escalations=STEPS)
    machine = life(facts)
    machine.acknowledge("李", START)
    machine.press(LATER)
    assert facts.waiting
    assert (facts.acknowledged_by, facts.acknowledged_at) == (None, None)
    assert (facts.step, facts.escalations, facts.waits_from) == (0, STEPS, LATER)


def test_passing_on_ends_after_three_steps() -> None:
    """Then everybody was told; the call stays open."""
    facts = call()
    machine = life(facts)
    steps = [event for _ in range(5) for event in machine.overdue(("李",), ("138",), LATER)]
    assert [event.step for event in steps if isinstance(event, CallEscalated)] == [1, 2, 3]
    assert (facts.state, facts.escalations, facts.waits_from) == ("escalated", 3, LATER)


def test_the_first_to_acknowledge_has_it() -> None:
    """A second nurse does not take the first one's name away."""
    facts = call()
    machine = life(facts)
    machine.acknowledge("李", START)
    machine.acknowledge("王", LATER)
    assert (facts.acknowledged_by, facts.acknowledged_at) == ("李", START)


def test_a_reset_says_how_long_it_took() -> None:
    """In seconds from the first press."""
    facts = call()
    (event,) = life(facts).reset(LATER)
    assert event == CallReset(at=LATER, call="c", ward="w1", bed="28", call_type="call", waited=30.0)
    assert facts.ended_at == LATER


def test_a_clock_that_was_set_back_makes_no_negative_wait() -> None:
    """Nobody comes before they are called."""
    facts = call()
    (event,) = life(facts).reset(START - timedelta(hours=1))
    assert isinstance(event, CallReset)
    assert event.waited == 0.0
    assert facts.ended_at == START
