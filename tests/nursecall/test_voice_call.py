"""What a nurse hears who is called by telephone, and what each key comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.voice_call import (
    ACCEPTED,
    DUMB,
    FAREWELLS,
    OFFERED,
    Act,
    Answered,
    Ask,
    Connect,
    talk,
)
from pbx.accepting import BREATH, KEYS, MOST_TIMES, PATIENCE, WRONG

CALL = "Bed 28 is calling."


def acts(*replies: str, speaks: bool = True) -> list[Act]:
    """All that is done when the person presses these keys; nothing more after them."""
    talking, done, given_ = talk(CALL, "en", speaks=speaks), list[Act](), list(replies)
    act = next(talking)
    while True:
        done.append(act)
        reply = given_.pop(0) if not isinstance(act, Answered) and given_ else ""
        try:
            act = talking.send(reply)
        except StopIteration:
            return done


def answer(done: list[Act]) -> str:
    """What was noted; once."""
    [noted] = [act.answer for act in done if isinstance(act, Answered)]
    return noted


def said(done: list[Act]) -> list[tuple[str, ...]]:
    """The sentences, in order."""
    return [act.sentences for act in done if isinstance(act, Ask)]


def test_one_takes_the_call_and_three_speaks_with_the_bed() -> None:
    """Noted before anything else is offered: who hangs up then has accepted all the same."""
    done = acts("1", "3", "spoken")
    assert done[1:] == [Answered("accepted"), Ask((ACCEPTED, OFFERED), done[2].within), Connect()]  # type: ignore[union-attr]


def test_without_a_bedside_telephone_nothing_is_offered() -> None:
    """Only thanks."""
    done = acts("1", speaks=False)
    assert said(done) == [(CALL, KEYS), (ACCEPTED,)]


def test_a_bedside_telephone_that_does_not_answer_is_said() -> None:
    """The call stays taken."""
    done = acts("1", "3", "")
    assert said(done)[-1] == (DUMB,)
    assert answer(done) == "accepted"


def test_two_passes_on() -> None:
    """Also while it is said the second time."""
    for keys in (("2",), ("", "2")):
        done = acts(*keys)
        assert answer(done) == "declined"
        assert said(done)[-1] == (FAREWELLS["declined"],)


def test_a_mailbox_is_told_twice_and_given_up() -> None:
    """Twenty seconds after the second telling."""
    done = acts()
    assert done[:3] == [Ask((CALL, KEYS), BREATH), Ask((CALL, KEYS), PATIENCE), Answered("no-answer")]


def test_a_wrong_key_is_said_and_the_right_one_still_counts() -> None:
    """Even after several."""
    done = acts("7", "*", "1", speaks=False)
    assert said(done)[:3] == [(CALL, KEYS), (WRONG, KEYS), (WRONG, KEYS)]
    assert answer(done) == "accepted"


def test_it_is_said_in_chinese_too() -> None:
    """As the ward speaks."""
    asked = next(talk("二十八床呼叫。", "zh", speaks=False))
    assert asked == Ask(("二十八床呼叫。", "接受请按1,转给下一位请按2。"), BREATH)


@pytest.mark.parametrize("speaks", [True, False])
@given(keys=st.lists(st.sampled_from(["", *"0123456789*#"]), max_size=12))
def test_whatever_is_pressed_the_talk_ends_and_one_answer_is_noted(speaks: bool, keys: list[str]) -> None:
    """Nobody is kept on the line for ever."""
    done = acts(*keys, speaks=speaks)
    assert answer(done) in ("accepted", "declined", "no-answer")
    assert len(done) <= MOST_TIMES + 4
