"""The two voices of a box, and what the status page hears of them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from twisted.internet.base import ReactorBase

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from tts.turns import Turns
from tts.voice import Spoken, Voice, VoiceFailed
from tts.voice_command import CommandVoice
from tts.voice_link import WorkerVoice
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


class Voices:
    """The worker, one sentence at a time, the urgent first; and the fallback that is always there."""

    def __init__(self, worker: Worker, fallback: Voice, health: Health, clock: Clock) -> None:
        self.worker = worker
        self.fallback = fallback
        self._health = health
        self._clock = clock
        self._turns = Turns()
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Find the worker and prove the fallback."""
        self.worker.start()
        self._prove()

    def stop(self) -> None:
        """Let go of both."""
        self._tasks.stop()
        self.worker.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    async def by_worker(self, spoken: Spoken, *, urgent: bool) -> Sound:
        """Raises VoiceFailed, at once while the worker is not well."""
        async with self._turns.turn(urgent=urgent):
            # Asked when the turn has come: it may have failed those before.
            if not self.worker.well:
                raise VoiceFailed("the worker is not well")
            return await self.worker.render(spoken)

    async def by_fallback(self, spoken: Spoken) -> Sound:
        """Raises VoiceFailed."""
        try:
            sound = await self.fallback.render(spoken)
        except VoiceFailed as why:
            self._health.tell("speech:fallback", State.DOWN, _NO_FALLBACK, why=str(why))
            raise
        self._health.tell("speech:fallback", State.UP)
        return sound

    def _prove(self) -> None:
        self._timer = None
        self._tasks.start(self._prove_fallback(), "the look at espeak-ng")

    async def _prove_fallback(self) -> None:
        try:
            await self.by_fallback(PROOF)
        except VoiceFailed:
            self._timer = self._clock.later(RETRY, self._prove)


class Health:
    """Publishes a part's state when it is another than the last."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock = clock
        self._bus = bus
        self._last: dict[str, tuple[State, str]] = {}

    def tell(self, part: str, state: State, detail: str = "", /, **facts: str) -> None:
        """detail: an English message id, its fields in `facts`."""
        if self._last.get(part) != (state, detail):
            self._last[part] = state, detail
            told = tuple(facts.items())
            self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=told))


def real(socket: Path, health: Health, *, reactor: ReactorBase, clock: Clock) -> Voices:
    """The worker that listens on `socket`, and the espeak-ng command."""
    worker = WorkerVoice(socket, reactor=reactor, clock=clock, told=partial(health.tell, "speech:worker"))
    return Voices(worker, CommandVoice(reactor=reactor, clock=clock), health, clock)
