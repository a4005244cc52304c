"""When calls are spoken."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from appliance.foundation.clock import Clock
from nursecall.announce import GAP, Announcements
from tests.fakes.clock import START, FakeClock

REPEAT = 20.0


class Speaker:
    """What was spoken: seconds since the start, call, round."""

    def __init__(self, repeat: float = REPEAT) -> None:
        self.clock = FakeClock()
        self.said: list[tuple[float, str, int]] = []
        self.repeat = repeat
        clock: Clock = self.clock
        self.announcements = Announcements(clock, self._say, lambda ward: timedelta(seconds=self.repeat))

    def _say(self, call: str, round_: int) -> None:
        self.said.append(((self.clock.now() - START).total_seconds(), call, round_))

    def wait(self, seconds: float) -> None:
        """Second by second, as time passes."""
        for _ in range(int(seconds)):
            self.clock.advance(1)


def test_a_call_is_spoken_at_once_and_again() -> None:
    """Every twenty seconds, counting rounds."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.wait(60)
    assert speaker.said == [(0, "a", 1), (20, "a", 2), (40, "a", 3), (60, "a", 4)]


def test_beginning_twice_changes_nothing() -> None:
    """It is being spoken already."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.wait(5)
    speaker.announcements.begin("a", "w1", 3)
    speaker.wait(20)
    assert speaker.said == [(0, "a", 1), (20, "a", 2)]


def test_a_call_that_was_answered_is_silent() -> None:
    """At once, also while it waits for its turn, and an end without a beginning is no fault."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.announcements.begin("b", "w1", 3)
    speaker.announcements.end("a")
    speaker.announcements.end("b")
    speaker.announcements.end("c")
    speaker.wait(100)
    assert speaker.said == [(0, "a", 1)]


def test_a_call_that_begins_again_counts_from_one() -> None:
    """It was raised anew."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.wait(50)
    speaker.announcements.end("a")
    speaker.announcements.begin("a", "w1", 3)
    assert speaker.said[-1] == (50, "a", 1)


def test_calls_of_one_ward_are_spoken_one_after_another() -> None:
    """The second waits until the first has been said; no two in one instant."""
    speaker = Speaker()
    for call in "abc":
        speaker.announcements.begin(call, "w1", 3)
    speaker.wait(18)
    gap = GAP.total_seconds()
    assert speaker.said == [(0, "a", 1), (gap, "b", 1), (2 * gap, "c", 1)]


def test_wards_do_not_wait_for_one_another() -> None:
    """Each has a loudspeaker of its own."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.announcements.begin("b", "w2", 3)
    assert speaker.said == [(0, "a", 1), (0, "b", 1)]


def test_an_emergency_does_not_wait_for_the_gap() -> None:
    """The first time; a repeat can wait six seconds."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.announcements.begin("b", "w1", 3)
    speaker.wait(1)
    speaker.announcements.begin("c", "w1", 1)
    speaker.wait(6)
    assert speaker.said == [(0, "a", 1), (1, "c", 1), (7, "b", 1)]


def test_the_more_urgent_is_spoken_first() -> None:
    """Of those that are due."""
    speaker = Speaker()
    for call, priority in (("a", 5), ("b", 5), ("c", 3), ("d", 4)):
        speaker.announcements.begin(call, "w1", priority)
    speaker.wait(18)
    assert [call for _, call, _ in speaker.said] == ["a", "c", "d", "b"]


def test_nobody_is_never_heard() -> None:
    """However many urgent calls there are, a service request gets its turn."""
    speaker = Speaker()
    for number in range(8):
        speaker.announcements.begin(f"urgent{number}", "w1", 1)
    speaker.announcements.begin("tea", "w1", 9)
    speaker.wait(600)
    turns = [at for at, call, _ in speaker.said if call == "tea"]
    assert len(turns) >= 5
    assert max(second - first for first, second in pairwise(turns)) <= 120


def test_a_full_ward_speaks_without_a_pause_and_without_overlap() -> None:
    """Forty calls: one each gap, every call in its turn."""
    speaker = Speaker()
    for number in range(40):
        speaker.announcements.begin(str(number), "w1", 3)
    speaker.wait(39 * 6)
    times = [at for at, _, _ in speaker.said]
    assert times == [6.0 * turn for turn in range(40)]
    assert {call for _, call, _ in speaker.said} == {str(number) for number in range(40)}


def test_a_short_repeat_is_kept() -> None:
    """A ward that wants a call every two seconds gets it."""
    speaker = Speaker(repeat=2)
    speaker.announcements.begin("a", "w1", 3)
    speaker.wait(6)
    assert [at for at, _, _ in speaker.said] == [0, 2, 4, 6]


def test_a_new_repeat_counts_from_the_next_time() -> None:
    """The plan changes while a call is open."""
    speaker = Speaker()
    speaker.announcements.begin("a", "w1", 3)
    speaker.repeat = 10
    speaker.wait(40)
    assert [at for at, _, _ in speaker.said] == [0, 20, 30, 40]


def test_stop_leaves_no_timer() -> None:
    """Nothing is spoken afterwards."""
    speaker = Speaker()
    for call in "abc":
        speaker.announcements.begin(call, "w1", 3)
    speaker.announcements.stop()
    assert speaker.clock.twisted.getDelayedCalls() == []
