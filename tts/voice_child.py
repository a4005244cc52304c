"""The worker's side of an engine's process: one job at a time, killed when it is late, replaced when it dies."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock
from tts.deadline import TimeUp, within
from tts.edges import edges, end, pipe

HOUSE = Path(__file__).parent.parent

KEPT = 8
"""Files left for the asker to take away."""


@dataclass(frozen=True)
class Kind:
    """One kind of engine.

    module: of its process; arguments: after the scratch directory.
    start: how long it may take to begin; late: how long one sentence may take.
    again: the pause before another is started, where one died before it was ready.
    """

    module: str
    arguments: tuple[str, ...]
    start: timedelta
    late: timedelta
    again: timedelta


SIMPLE = Kind("tts.voice_engine", (), timedelta(seconds=15), timedelta(seconds=2), timedelta(seconds=1))
"""pyttsx3 begins within a second, its throw-away sentence included, and takes 15 ms a sentence."""


def good(model: Path) -> Kind:
    """Kokoro takes as long to make a sentence as to say it; at the lowest priority on a busy box, minutes."""
    late = timedelta(minutes=5)
    return Kind("tts.kokoro_engine", (str(model.absolute()),), late, late, timedelta(seconds=30))


class EngineFailed(Exception):
    """The engine refused a job, hung or died."""


class Engines:
    """Always one engine's process of a `kind`, replaced as often as it dies."""

    log = Logger()

    def __init__(self, kind: Kind, scratch: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self._kind = kind
        self._scratch = scratch.absolute()
        self._reactor = reactor
        self._clock = clock
        self._turn = DeferredLock()
        self._child: _Child | None = None
        self._stopped = False
        self._made: deque[Path] = deque()
        self._jobs = 0

    @property
    def ready(self) -> bool:
        """Whether an engine waits for work or is at it."""
        return self._child is not None and self._child.ready.called

    def start(self) -> None:
        """Clear what an earlier worker left behind and start the first engine."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in (*self._scratch.glob("*.wav"), *self._scratch.glob("*.part")):
            left.unlink(missing_ok=True)
        self._spawn()

    def stop(self) -> None:
        """Kill the engine and start no other."""
        self._stopped = True
        if self._child is not None:
            self._child.kill()

    async def render(self, text: str, voice: str, speed: int, wanted: Callable[[], bool]) -> tuple[Path, int]:
        """A new WAV file, kept until eight more were made, and its frames. Raises EngineFailed.

        wanted: asked when the job's turn comes; those who asked may have gone since.
        """
        async with self._turn:
            if not wanted():
                raise EngineFailed("nobody waits for it")
            return await self._render(text, voice, speed)

    async def _render(self, text: str, voice: str, speed: int) -> tuple[Path, int]:
        if self._child is None:
            raise EngineFailed("the engine is being replaced")
        child = self._child
        self._jobs += 1
        out = self._scratch / f"{self._jobs}.wav"
        try:
            await within(self._clock, self._kind.start, child.waited())
            job = {"text": text, "voice": voice, "speed": speed, "out": str(out)}
            answer = await within(self._clock, self._kind.late, child.ask(job))
        except TimeUp:
            child.kill()
            raise EngineFailed("the engine hung and was killed") from None
        if "frames" not in answer:
            raise EngineFailed(str(answer.get("error", "the engine gave no answer")))
        self._keep(out)
        return out, int(answer["frames"])

    def _keep(self, out: Path) -> None:
        self._made.append(out)
        if len(self._made) > KEPT:
            self._made.popleft().unlink(missing_ok=True)

    def _spawn(self) -> None:
        if not self._stopped:
            self._child = _Child(self._ended)
            arguments = [sys.executable, "-m", self._kind.module, str(self._scratch), *self._kind.arguments]
            edges(self._reactor).spawnProcess(
                self._child, sys.executable, arguments, env=None, path=str(HOUSE), childFDs={0: "w", 1: "r", 2: 2}
            )

    def _ended(self, child: _Child) -> None:
        self._child = None
        if not self._stopped:
            self.log.warn("the speech engine ended and is replaced")
            # One that dies at once must not keep a processor busy; one that worked is missed.
            self._clock.later(timedelta(0) if child.ready.called else self._kind.again, self._spawn)


class _Child(ProcessProtocol):
    def __init__(self, ended: Callable[[_Child], None]) -> None:
        self.ready: Deferred[None] = Deferred()
        self._ended = ended
        self._tail = b""
        self._waiting: list[Deferred[Any]] = []

    def waited(self) -> Deferred[None]:
        """Fires when the engine is ready. Fails with EngineFailed if it dies before."""
        return self._wait() if not self.ready.called else _done()

    def ask(self, job: dict[str, object]) -> Deferred[dict[str, Any]]:
        """Fires with the answer."""
        pipe(self.transport).write(json.dumps(job).encode() + b"\n")
        return self._wait()

    def kill(self) -> None:
        """At once; it may be deaf to anything gentler."""
        end(self.transport)

    def outReceived(self, data: bytes) -> None:
        *lines, self._tail = (self._tail + data).split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if "ready" in answer:
                self.ready.callback(None)
            for waiting in self._taken():
                waiting.callback(answer)

    def processEnded(self, reason: Failure) -> None:
        for waiting in self._taken():
            waiting.errback(EngineFailed("the engine died"))
        self._ended(self)

    def _wait(self) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def _taken(self) -> list[Deferred[Any]]:
        taken, self._waiting = self._waiting, []
        return [waiting for waiting in taken if not waiting.called]


def _done() -> Deferred[None]:
    done: Deferred[None] = Deferred()
    done.callback(None)
    return done
