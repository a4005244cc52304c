"""A code pressed during talk."""

from __future__ import annotations

from datetime import timedelta

from pbx.recording.key_code import BETWEEN, ECHO, KeyCode, TalkCode
from tests.fakes.clock import START


def completes(keys: str, pause: timedelta = timedelta(seconds=1)) -> list[int]:
    """At which of `keys` the code *12 was whole."""
    code = KeyCode("*12")
    return [place for place, key in enumerate(keys) if code.hear(key, START + place * pause)]


def test_it_is_heard_among_other_keys_and_again() -> None:
    """A wrong beginning does not spoil it."""
    assert completes("9*12") == [3]
    assert completes("**12*12") == [3, 6]
    assert completes("*112") == []


def test_keys_too_far_apart_are_no_code() -> None:
    """They were meant for whoever is called."""
    assert completes("*12", BETWEEN + timedelta(seconds=1)) == []


def heard(*pressed: tuple[str, float]) -> list[str]:
    """Which ends are taken to have pressed *1 of those at whom it was whole, so many seconds after the start."""
    code = TalkCode("*1")
    found = []
    for end, at in pressed:
        code.hear(end, "*", START + timedelta(seconds=at - 0.2))
        if code.hear(end, "1", START + timedelta(seconds=at)):
            found.append(end)
    return found


def test_an_echo_from_the_other_end_is_nobodys_press() -> None:
    """However slow: a busy exchange took two seconds."""
    assert heard(("a", 1), ("b", 1.1)) == ["a"]
    assert heard(("a", 1), ("b", 3.1), ("b", 4)) == ["a"]


def test_either_end_presses_it_and_whoever_did_may_at_once_press_it_again() -> None:
    """Begun by mistake, it is ended in the next breath."""
    assert heard(("a", 1), ("a", 2)) == ["a", "a"]
    assert heard(("a", 1), ("b", 1.1 + ECHO.total_seconds())) == ["a", "b"]
