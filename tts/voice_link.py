"""The daemon's end of the speech worker's socket: asks, waits only so long, and comes back by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
from appliance.foundation.values import Language
from tts.deadline import TimeUp, within
from tts.edges import connected, pipe
from tts.voice import RATE, Spoken, VoiceFailed, plausible, sayable
from tts.voice_parts import Part, good
from tts.wav import Sound, parse

BEAT = timedelta(seconds=5)
PING = timedelta(milliseconds=2500)
AGAIN = timedelta(seconds=1)
STARTING = timedelta(seconds=10)
SELDOM = timedelta(seconds=60)
"""A voice that this box does not have may be installed some day."""
PROOF = Spoken("hello", "en", 160)


class Told(Protocol):
    """Hears how the worker is: a state, an English message id and what fills its fields."""

    def __call__(self, state: State, message: str = "", /, **facts: str) -> None: ...


class VoiceAbsent(VoiceFailed):
    """This box does not have it; nothing is wrong."""


class WorkerVoice:
    """One of the engines in the worker.

    told: hears how it is, whenever that is found out.
    """

    log = Logger()

    def __init__(self, part: Part, socket: Path, *, reactor: ReactorBase, clock: Clock, told: Told) -> None:
        self._part = part
        self._socket = socket
        self._reactor = reactor
        self._clock = clock
        self._told = told
        self._state = State.STARTING
        self._absent = False
        self._checking = False
        self._stopped = False
        self._tasks = Tasks()
        self._link: _Link | None = None
        self._timer: Timer | None = None
        self._patience: Timer | None = None

    def choose(self, voices: Mapping[Language, str]) -> None:
        """Speak with the good voice's other `voices` from now on."""
        self._part = good(voices)

    @property
    def name(self) -> str:
        """Of its sentences."""
        return self._part.name

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
        """The sentence. Raises VoiceFailed, when it is late at the latest."""
        link = self._link
        sayable(spoken)
        if link is None:
            raise VoiceFailed("the worker is not there")
        try:
            return await self._render(link, spoken)
        except VoiceFailed as why:
            self._failed(link, why)
            self._look_in(AGAIN)
            raise

    async def _render(self, link: _Link, spoken: Spoken) -> Sound:
        voice = self._part.voices[spoken.language]
        answer = await self._ask(link, self._part.late, text=spoken.words, voice=voice, speed=spoken.speed)
        if "absent" in answer:
            raise VoiceAbsent(str(answer["absent"]))
        if "path" not in answer:
            raise VoiceFailed(str(answer.get("error", "no answer")))
        return plausible(_fetched(Path(answer["path"]), int(answer["frames"])), spoken)

    async def _ask(self, link: _Link, limit: timedelta, **question: object) -> dict[str, Any]:
        try:
            return await within(self._clock, limit, link.ask({"engine": self._part.engine, **question}))
        except TimeUp:
            self._lost(link, self._part.hangs)
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
            self._became(State.DOWN, self._part.gone)
        finally:
            self._checking = False
            if not self._stopped:
                self._look_in(BEAT if self.well else SELDOM if self._absent else AGAIN)

    async def _prove(self, link: _Link) -> None:
        try:
            if self.well:
                await self._ask(link, PING, ping=True)
            else:
                await self._render(link, PROOF)
                self._became(State.UP, self._part.speaks)
        except VoiceFailed as why:
            self._failed(link, why)

    async def _connect(self) -> _Link:
        link = _Link(lambda: self._lost(link, self._part.gone))
        await connected(self._reactor, self._socket, link)
        self._link = link
        return link

    def _failed(self, link: _Link, why: VoiceFailed) -> None:
        if self._link is not link:
            return
        self._absent = isinstance(why, VoiceAbsent)
        if self._absent:
            # Nothing is wrong, yet nobody is to ask it: told UP, but not well.
            self._state = State.DOWN
            self._told(State.UP, self._part.absent.get(str(why), self._part.fails), why=str(why))
        else:
            self._became(State.DEGRADED, self._part.fails, why=str(why))

    def _lost(self, link: _Link, why: str) -> None:
        if self._link is link:
            self._link = None
            self._became(State.DOWN, why)
            self._look_in(AGAIN)

    def _became(self, state: State, message: str = "", **facts: str) -> None:
        if self._state is State.STARTING and state is not State.UP and self._patience and self._patience.active():
            return  # both were just started; give it the time to get up
        if self._absent and state is not State.UP:
            return  # a voice that this box does not have cannot be missed
        self._absent = False
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
