"""When open calls are spoken: at once, then again and again, one after another in each ward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from appliance.foundation.clock import Clock, Timer

GAP = timedelta(seconds=6)
"""About as long as a sentence takes; the next call of the ward is spoken after it."""

URGENT = 2
"""Calls of this priority, or a higher one (a smaller number), do not wait for the gap the first time."""


@dataclass(eq=False)
class _Turn:
    call: str
    ward: str
    priority: int
    round: int = 0
    passed_over: int = 0
    timer: Timer | None = None


@dataclass(eq=False)
class _Voice:
    """One ward's loudspeaker: who is due, and the silence after the last sentence."""

    due: list[_Turn] = field(default_factory=list)
    gap: Timer | None = None

    def next(self) -> _Turn:
        """The most urgent that is due; who was passed over gains, so that nobody is never heard."""
        return min(self.due, key=lambda turn: turn.priority - turn.passed_over)


class Announcements:
    """Tells when a call is to be spoken.

    speak: called with the id of the call and the round, from 1.
    repeat: how long after it was spoken a call of this ward is spoken again.
    """

    def __init__(self, clock: Clock, speak: Callable[[str, int], None], repeat: Callable[[str], timedelta]) -> None:
        self._clock = clock
        self._speak = speak
        self._repeat = repeat
        self._turns: dict[str, _Turn] = {}
        self._voices: dict[str, _Voice] = {}

    def begin(self, call: str, ward: str, priority: int) -> None:
        """Speak `call` from now on. One that is being spoken already goes on as it was."""
        if call not in self._turns:
            self._turns[call] = _Turn(call, ward, priority)
            self._due(self._turns[call])

    def end(self, call: str) -> None:
        """Somebody answered: not another word."""
        turn = self._turns.pop(call, None)
        if turn is None:
            return
        _disarm(turn.timer)
        voice = self._voices[turn.ward]
        if turn in voice.due:
            voice.due.remove(turn)

    def stop(self) -> None:
        """Be silent."""
        for call in list(self._turns):
            self.end(call)
        for voice in self._voices.values():
            _disarm(voice.gap)

    def _due(self, turn: _Turn) -> None:
        voice = self._voices.setdefault(turn.ward, _Voice())
        voice.due.append(turn)
        if turn.priority <= URGENT and turn.round == 0:
            self._say(voice, turn)
        elif voice.gap is None:
            self._say(voice, voice.next())

    def _gap_over(self, voice: _Voice) -> None:
        voice.gap = None
        if voice.due:
            self._say(voice, voice.next())

    def _say(self, voice: _Voice, turn: _Turn) -> None:
        voice.due.remove(turn)
        for other in voice.due:
            other.passed_over += 1
        turn.round, turn.passed_over = turn.round + 1, 0
        again = self._repeat(turn.ward)
        turn.timer = self._clock.later(again, lambda: self._due(turn))
        _disarm(voice.gap)
        voice.gap = self._clock.later(min(GAP, again), lambda: self._gap_over(voice))
        self._speak(turn.call, turn.round)


def _disarm(timer: Timer | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
