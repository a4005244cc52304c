"""The life of one call: every input is answered in every state."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest

from nursecall.calls import CallFacts, Happened, NurseCall, State, Telling, Told
from nursecall.cancelling import MayNotCancel, forbids
from nursecall.events import (
    CallAcknowledged,
    CallAttended,
    CallCancelled,
    CallCleared,
    CallContinued,
    CallEscalated,
    CallEvent,
    CallLeft,
    CallMended,
    CallRepeated,
    CallReset,
    CallStepResult,
    CallTalkBegan,
    CallTalkEnded,
    CallTroubled,
    CallUpgraded,
)
from nursecall.life import STATES, life
from tests.fakes.clock import START

LATER = START + timedelta(seconds=30)
TELLING = Telling("usual", 1, 1, 1, "sms", (("李", "138"),))


def call(state: State = "raised", **facts: Any) -> CallFacts:
    """A call in that state."""
    return CallFacts(
        id="c", ward="w1", bed="28", call_type="call", priority=3, line="l1", raised_at=START, state=state, **facts
    )


INPUTS: dict[str, Callable[[NurseCall, datetime], Happened]] = {
    "press": lambda life, at: life.press(at),
    "upgrade": lambda life, at: life.upgrade("emergency", 1, at),
    "acknowledge": lambda life, at: life.acknowledge("李", "station", at),
    "arrive": lambda life, at: life.arrive(at),
    "leave": lambda life, at: life.leave(at),
    "talk_began": lambda life, at: life.talk_began("李", "8001", at),
    "talk_ended": lambda life, at: life.talk_ended("李", at),
    "overdue": lambda life, at: life.overdue(TELLING, at),
    "result": lambda life, at: life.result(1, "sms", "138", "李", "delivered", at),
    "revert": lambda life, at: life.revert(at),
    "mended": lambda life, at: life.mended(at),
    "reset": lambda life, at: life.reset(at),
    "cancel": lambda life, at: life.cancel("李", "station", at),
    "cleared": lambda life, at: life.cleared(at),
    "continued": lambda life, at: life.continued("d", at),
}

Answer = tuple[str, type[CallEvent] | None]
ALIKE: dict[str, Answer] = {
    "reset": ("ended", CallReset),
    "cancel": ("ended", CallCancelled),
    "cleared": ("ended", CallCleared),
    "continued": ("ended", CallContinued),
    "upgrade": ("raised", CallUpgraded),
}


def stays(state: str, *inputs: str) -> dict[str, Answer]:
    """Nothing comes of these."""
    return dict.fromkeys(inputs, (state, None))


def noted(state: str) -> dict[str, Answer]:
    """What is noted without a change of state."""
    return {"result": (state, CallStepResult), "revert": (state, CallTroubled), "mended": (state, CallMended)}


WAITING: dict[str, Answer] = {
    "acknowledge": ("acknowledged", CallAcknowledged),
    "arrive": ("attended", CallAttended),
    "talk_began": ("talking", CallTalkBegan),
    "overdue": ("escalated", CallEscalated),
    **ALIKE,
}
TABLE: dict[str, dict[str, Answer]] = {
    "raised": WAITING | noted("raised") | stays("raised", "leave", "talk_ended") | {"press": ("raised", CallRepeated)},
    "escalated": WAITING
    | noted("escalated")
    | stays("escalated", "leave", "talk_ended")
    | {"press": ("escalated", CallRepeated)},
    "acknowledged": ALIKE
    | noted("acknowledged")
    | stays("acknowledged", "acknowledge", "leave", "talk_ended", "overdue")
    | {
        "press": ("raised", CallRepeated),
        "arrive": ("attended", CallAttended),
        "talk_began": ("talking", CallTalkBegan),
        "mended": ("raised", CallMended),
    },
    "talking": ALIKE
    | noted("talking")
    | stays("talking", "acknowledge", "leave", "talk_began", "overdue")
    | {
        "press": ("talking", CallRepeated),
        "arrive": ("attended", CallAttended),
        "talk_ended": ("acknowledged", CallTalkEnded),
    },
    "attended": ALIKE
    | noted("attended")
    | stays("attended", "acknowledge", "arrive", "talk_ended", "overdue")
    | {
        "press": ("attended", CallRepeated),
        "leave": ("raised", CallLeft),
        "talk_began": ("attended", CallTalkBegan),
    },
    "ended": stays("ended", *INPUTS),
}


@pytest.mark.parametrize("given", list(STATES))
@pytest.mark.parametrize("what", list(INPUTS))
def test_every_input_is_answered_in_every_state(given: State, what: str) -> None:
    """The table at the head of `nursecall.life`, cell by cell; the machine agrees with the facts afterwards."""
    facts = call(given)
    machine = life(facts)
    happened = INPUTS[what](machine, LATER)
    state, event = TABLE[given][what]
    assert facts.state == state
    assert [type(one) for one in happened][:1] == ([event] if event else [])
    assert all(
        one.at == LATER and (one.call, one.ward, one.bed, one.call_type) == ("c", "w1", "28", facts.call_type)
        for one in happened
    )
    for probe in INPUTS.values():
        facts = call(given)
        machine = life(facts)
        INPUTS[what](machine, LATER)
        again = deepcopy(facts)
        assert probe(machine, LATER) == probe(life(again), LATER)
        assert again == facts


def test_the_table_of_the_tests_names_every_input() -> None:
    """And every state."""
    inputs = {name for name in vars(NurseCall) if not name.startswith("_")}
    assert set(INPUTS) == inputs
    assert all(set(row) == inputs for row in TABLE.values())
    assert set(TABLE) == set(STATES)


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
    facts = call("escalated", step=3, escalations=3)
    machine = life(facts)
    machine.acknowledge("李", "station", START)
    machine.press(LATER)
    assert facts.waiting
    assert (facts.acknowledged_by, facts.acknowledged_at, facts.acknowledged_on) == (None, None, None)
    assert (facts.step, facts.escalations, facts.waits_from, facts.began_to_wait) == (0, 3, LATER, LATER)


def test_a_press_while_a_nurse_is_present_makes_it_an_emergency() -> None:
    """The same call, of another type and priority, waiting anew; the wire's word for it is kept for the reset."""
    facts = call("attended")
    upgraded, repeated = life(facts).upgrade("emergency", 1, LATER)
    assert isinstance(upgraded, CallUpgraded)
    assert (upgraded.was, upgraded.call_type, upgraded.priority) == ("call", "emergency", 1)
    assert isinstance(repeated, CallRepeated)
    assert (facts.call_type, facts.heard_as, facts.priority, facts.state) == ("emergency", "call", 1, "raised")


def test_a_nurse_who_leaves_without_a_reset_has_not_finished() -> None:
    """The call waits as at its beginning; when a nurse first was there stays known."""
    facts = call("escalated", step=2, escalations=2)
    machine = life(facts)
    machine.arrive(START + timedelta(seconds=10))
    machine.leave(LATER)
    assert (facts.state, facts.step, facts.waits_from) == ("raised", 0, LATER)
    assert facts.attended_at == START + timedelta(seconds=10)


def test_who_speaks_with_the_patient_has_taken_the_call() -> None:
    """And is named on it while the speech goes on and afterwards."""
    facts = call()
    machine = life(facts)
    machine.talk_began("李", "8001", LATER)
    assert (facts.state, facts.waiting, facts.acknowledged_by, facts.spoken_with) == ("talking", False, "李", "李")
    machine.talk_ended("李", LATER)
    assert (facts.state, facts.acknowledged_by, facts.acknowledged_on) == ("acknowledged", "李", "8001")


def test_a_flapping_terminal_does_not_begin_the_escalation_again() -> None:
    """A call that waits keeps its step; only one that somebody had taken waits anew."""
    waits, taken = call("escalated", step=2, patience_from=START), call("acknowledged", step=2)
    for facts in (waits, taken):
        machine = life(facts)
        machine.revert(START)
        assert facts.trouble
        machine.mended(LATER)
        assert not facts.trouble
    assert (waits.state, waits.step, waits.waits_from) == ("escalated", 2, START)
    assert (taken.state, taken.step, taken.waits_from) == ("raised", 0, LATER)


def test_every_telling_and_what_became_of_it_is_kept() -> None:
    """Who, by what, on which number, how it ended, when; a result of nobody who was told is kept too."""
    facts = call()
    machine = life(facts)
    (event,) = machine.overdue(TELLING, START)
    assert isinstance(event, CallEscalated)
    assert (event.serial, event.step, event.tree, event.by, event.to) == (1, 1, "usual", "sms", (("李", "138"),))
    assert [*facts.told] == [Told(1, "sms", "李", "138", None, START)]
    machine.result(1, "sms", "138", "李", "no-answer", LATER)
    machine.result(1, "sms", "139", "王", "delivered", LATER)
    assert [*facts.told] == [
        Told(1, "sms", "李", "138", "no-answer", LATER),
        Told(1, "sms", "王", "139", "delivered", LATER),
    ]
    assert not facts.told_in_vain
    machine.result(1, "sms", "139", "王", "declined", LATER)
    assert facts.told_in_vain


def test_the_first_to_acknowledge_has_it() -> None:
    """A second nurse does not take the first one's name away."""
    facts = call()
    machine = life(facts)
    machine.acknowledge("李", "station", START)
    machine.acknowledge("王", "station", LATER)
    assert (facts.acknowledged_by, facts.acknowledged_at) == ("李", START)


def test_a_reset_says_how_long_it_took() -> None:
    """In seconds from the first press."""
    facts = call()
    (event,) = life(facts).reset(LATER)
    assert event == CallReset(at=LATER, call="c", ward="w1", bed="28", call_type="call", waited=30.0)
    assert (facts.ended_at, facts.outcome) == (LATER, "reset")


def test_a_clock_that_was_set_back_makes_no_negative_wait() -> None:
    """Nobody comes before they are called."""
    facts = call()
    (event,) = life(facts).reset(START - timedelta(hours=1))
    assert isinstance(event, CallReset)
    assert event.waited == 0.0
    assert facts.ended_at == START


def test_only_real_speech_lets_a_call_be_cancelled_from_afar() -> None:
    """And only a kind that may; speech from before the patient pressed again does not count."""
    facts = call()
    machine = life(facts)
    machine.acknowledge("李", "station", START)
    assert isinstance(forbids(facts, "bedside"), MayNotCancel)
    assert isinstance(forbids(facts, "speech"), MayNotCancel)
    assert forbids(facts, "screen") is None
    machine.talk_began("李", "8001", START)
    assert forbids(facts, "speech") is None
    assert isinstance(forbids(facts, "bedside"), MayNotCancel)
    machine.talk_ended("李", START)
    assert forbids(facts, "speech") is None
    machine.press(LATER)
    assert isinstance(forbids(facts, "speech"), MayNotCancel)
