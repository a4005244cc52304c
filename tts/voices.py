"""The voices of a box, and what the status page hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from tts.turns import Turns
from tts.voice import Spoken, Voice, VoiceFailed
from tts.voice_command import CommandVoice
from tts.voice_link import WorkerVoice
from tts.voice_parts import Part, simple
from tts.voice_parts import good as good_part
from tts.wav import Sound

RETRY = timedelta(seconds=30)
PROOF = Spoken("hello", "en", 160)

_NO_FALLBACK = "espeak-ng does not speak ({why}). The chime and the screen still call."


class Worker(Voice, Protocol):
    """A voice that may be away for a while."""

    @property
    def well(self) -> bool:
        """Whether it said its last sentence; while it has not, nobody should wait for it."""
        ...

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Good(Worker, Protocol):
    """A voice with several voices."""

    def choose(self, voices: Mapping[Language, str]) -> None: ...


class Voices:
    """The good voice, which nobody waits for; the worker's simple one; and the fallback that is always there.

    Each of the worker's says one sentence at a time, the urgent first.
    """

    def __init__(self, good: Good, worker: Worker, fallback: Voice, health: Health, clock: Clock) -> None:
        self.good = good
        self.worker = worker
        self.fallback = fallback
        self._good_turns = Turns()
        self._health = health
        self._clock = clock
        self._turns = Turns()
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Find the worker and prove the fallback."""
        self.worker.start()
        self.good.start()
        self._prove()

    def stop(self) -> None:
        """Let go of both."""
        self._tasks.stop()
        self.worker.stop()
        self.good.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    async def say(self, voice: Voice, spoken: Spoken, *, urgent: bool) -> Sound:
        """`spoken` by one of these voices. Raises VoiceFailed, at once while that of the worker is not well."""
        if voice is self.good:
            return await self._in_turn(self.good, self._good_turns, spoken, urgent=urgent)
        if voice is self.worker:
            return await self._in_turn(self.worker, self._turns, spoken, urgent=urgent)
        return await self._by_fallback(spoken)

    async def _in_turn(self, voice: Worker, turns: Turns, spoken: Spoken, *, urgent: bool) -> Sound:
        async with turns.turn(urgent=urgent):
            # Asked when the turn has come: it may have failed those before.
            if not voice.well:
                raise VoiceFailed("the worker is not well")
            return await voice.render(spoken)

    async def _by_fallback(self, spoken: Spoken) -> Sound:
        """Raises VoiceFailed."""
        try:
            sound = await self.fallback.render(spoken)
        except VoiceFailed as why:
            self._health.tell("speech:fallback", State.DOWN, _NO_FALLBACK, why=str(why))
            # It may not be needed again for days: that it speaks again is found out by itself.
            if self._timer is None:
                self._timer = self._clock.later(RETRY, self._prove)
            raise
        self._health.tell("speech:fallback", State.UP)
        return sound

    def _prove(self) -> None:
        self._timer = None
        self._tasks.start(self._prove_fallback(), "the look at espeak-ng")

    async def _prove_fallback(self) -> None:
        with suppress(VoiceFailed):
            await self._by_fallback(PROOF)


class Health:
    """Publishes a part's word when it is another than the last."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock = clock
        self._bus = bus
        self._last: dict[str, tuple[State, str, tuple[tuple[str, str], ...]]] = {}

    def tell(self, part: str, state: State, detail: str = "", /, **facts: str) -> None:
        """detail: an English message id, its fields in `facts`."""
        told = tuple(facts.items())
        if self._last.get(part) != (state, detail, told):
            self._last[part] = state, detail, told
            self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=told))


def real(socket: Path, chosen: Mapping[Language, str], health: Health, *, reactor: ReactorBase, clock: Clock) -> Voices:
    """The engines of the worker that listens on `socket`, and the espeak-ng command."""

    def voice(part: Part, name: str) -> WorkerVoice:
        return WorkerVoice(part, socket, reactor=reactor, clock=clock, told=partial(health.tell, name))

    good, worker = voice(good_part(chosen), "speech:kokoro"), voice(simple(), "speech:worker")
    return Voices(good, worker, CommandVoice(reactor=reactor, clock=clock), health, clock)
