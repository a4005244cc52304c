"""The daemon's end of the speech worker's socket: asks, waits only so long, and comes back by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import State
from appliance.foundation.tasks import Tasks
from tts.deadline import TimeUp, within
from tts.edges import connected, pipe
from tts.voice import RATE, Spoken, VoiceFailed, plausible, sayable
from tts.wav import Sound, parse

VOICES = {"zh": "sit/cmn-latn-pinyin", "en": "gmw/en-us"}
"""pyttsx3's names. A hanzi voice would read Chinese characters as English letters."""

LATE = timedelta(milliseconds=2500)
"""How long one sentence may take; the worker kills its engine after 2 s and says so."""
BEAT = timedelta(seconds=5)
AGAIN = timedelta(seconds=1)
STARTING = timedelta(seconds=10)
PROOF = Spoken("hello", "en", 160)

GONE = "The speech worker is not there; the simple voice speaks instead."
HANGS = "The speech worker does not answer; the simple voice speaks instead."
FAILS = "The speech worker fails ({why}); the simple voice speaks instead."


class Told(Protocol):
    """Hears how the worker is: a state, an English message id and what fills its fields."""

    def __call__(self, state: State, message: str = "", /, **facts: str) -> None: ...


class WorkerVoice:
    """pyttsx3, in the worker.

    told: hears how it is, whenever that is found out.
    """

    name = "pyttsx3"
    log = Logger()

    def __init__(self, socket: Path, *, reactor: ReactorBase, clock: Clock, told: Told) -> None:
        self._socket = socket
        self._reactor = reactor
        self._clock = clock
        self._told = told
        self._state = State.STARTING
        self._checking = False
        self._stopped = False
        self._tasks = Tasks()
        self._link: _Link | None = None
        self._timer: Timer | None = None
        self._patience: Timer | None = None

    @property
    def well(self) -> bool:
        """Whether it said its last sentence; while it has not, nobody should wait for it."""
        return self._state is State.UP

    def start(self) -> None:
        """Find the worker, now and whenever it is lost."""
        self._told(State.STARTING)
        self._patience = self._clock.later(STARTING, lambda: None)
        self._look()

    def stop(self) -> None:
        """Let go of the worker."""
        for timer in (self._timer, self._patience):
            if timer is not None and timer.active():
                timer.cancel()
        self._stopped = True
        self._tasks.stop()
        link, self._link = self._link, None
        if link is not None:
            link.drop()

    async def render(self, spoken: Spoken) -> Sound:
        """The sentence. Raises VoiceFailed, after 2.5 s at the latest."""
        link = self._link
        sayable(spoken)
        if link is None:
            raise VoiceFailed(GONE)
        try:
            return await self._render(link, spoken)
        except VoiceFailed as why:
            self._failed(link, why)
            self._look_in(AGAIN)
            raise

    async def _render(self, link: _Link, spoken: Spoken) -> Sound:
        answer = await self._ask(link, text=spoken.words, voice=VOICES[spoken.language], speed=spoken.speed)
        if "path" not in answer:
            raise VoiceFailed(str(answer.get("error", "no answer")))
        return plausible(_fetched(Path(answer["path"]), int(answer["frames"])), spoken)

    async def _ask(self, link: _Link, **question: object) -> dict[str, Any]:
        try:
            return await within(self._clock, LATE, link.ask(question))
        except TimeUp:
            self._lost(link, HANGS)
            link.drop()
            raise VoiceFailed("it does not answer") from None

    def _look(self) -> None:
        if self._checking:
            return
        self._checking = True
        self._tasks.start(self._check(), "the look at the speech worker")

    def _look_in(self, delay: timedelta) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self._clock.later(delay, self._look)

    async def _check(self) -> None:
        try:
            await self._prove(self._link or await self._connect())
        except ConnectError:
            self._became(State.DOWN, GONE)
        finally:
            self._checking = False
            if not self._stopped:
                self._look_in(BEAT if self.well else AGAIN)

    async def _prove(self, link: _Link) -> None:
        try:
            if self.well:
                await self._ask(link, ping=True)
            else:
                await self._render(link, PROOF)
                self._became(State.UP)
        except VoiceFailed as why:
            self._failed(link, why)

    async def _connect(self) -> _Link:
        link = _Link(lambda: self._lost(link, GONE))
        await connected(self._reactor, self._socket, link)
        self._link = link
        return link

    def _failed(self, link: _Link, why: VoiceFailed) -> None:
        if self._link is link:
            self._became(State.DEGRADED, FAILS, why=str(why))

    def _lost(self, link: _Link, why: str) -> None:
        if self._link is link:
            self._link = None
            self._became(State.DOWN, why)
            self._look_in(AGAIN)

    def _became(self, state: State, message: str = "", **facts: str) -> None:
        if self._state is State.STARTING and state is not State.UP and self._patience and self._patience.active():
            return  # both were just started; give it the time to get up
        self._state = state
        self._told(state, message, **facts)


class _Link(LineOnlyReceiver):
    """One connection: questions by number, answers in any order."""

    delimiter = b"\n"

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self._asked = 0
        self._waiting: dict[int, Deferred[dict[str, Any]]] = {}

    def ask(self, question: dict[str, object]) -> Deferred[dict[str, Any]]:
        """Fires with the answer; fails with VoiceFailed if the connection is lost before."""
        self._asked += 1
        number = self._asked
        waiting: Deferred[dict[str, Any]] = Deferred(lambda _: self._forget(number))
        self._waiting[number] = waiting
        pipe(self.transport).write(json.dumps({"id": number, **question}).encode() + b"\n")
        return waiting

    def _forget(self, number: int) -> None:
        self._waiting.pop(number, None)

    def drop(self) -> None:
        """Disconnect at once."""
        pipe(self.transport).abortConnection()

    def lineReceived(self, line: bytes) -> None:
        answer = json.loads(line)
        waiting = self._waiting.pop(answer["id"], None)
        if waiting is not None:
            waiting.callback(answer)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        waiting, self._waiting = self._waiting, {}
        self._lost()
        for each in waiting.values():
            each.errback(VoiceFailed("it died"))


def _fetched(path: Path, frames: int) -> Sound:
    try:
        sound = parse(path.read_bytes())
        path.unlink()
    except (OSError, ValueError) as why:
        raise VoiceFailed(str(why)) from why
    if len(sound.samples) != frames or sound.rate != RATE:
        raise VoiceFailed("the sound is not whole")
    return sound
