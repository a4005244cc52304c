"""The voice that is always there: the espeak-ng command, one process a sentence."""

from __future__ import annotations

import shutil
from datetime import timedelta

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock
from tts.deadline import TimeUp, within
from tts.edges import edges, end, pipe
from tts.voice import Spoken, VoiceFailed, plausible, sayable
from tts.wav import Sound, parse

VOICES = {"zh": "cmn-latn-pinyin", "en": "en-us"}
LATE = timedelta(seconds=2)
AT_ONCE = 2
LARGEST = 20_000_000
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class CommandVoice:
    """espeak-ng. Text goes in by standard input, so that nothing in it is an option; sound comes out by a pipe."""

    name = "espeak-ng"

    def __init__(self, *, reactor: ReactorBase, clock: Clock, command: str = "espeak-ng") -> None:
        self._reactor = reactor
        self._clock = clock
        self._command = command
        self._turns = DeferredSemaphore(AT_ONCE)

    async def render(self, spoken: Spoken) -> Sound:
        """The sentence. Raises VoiceFailed; a process that takes 2 s is killed."""
        sayable(spoken)
        program = shutil.which(self._command, path=ENVIRONMENT["PATH"])
        if program is None:
            raise VoiceFailed(f"{self._command} is not installed")
        async with self._turns:
            data = await self._run(program, spoken)
        try:
            return plausible(parse(data), spoken)
        except ValueError as why:
            raise VoiceFailed(str(why)) from why

    async def _run(self, program: str, spoken: Spoken) -> bytes:
        process = _Process(spoken.words)
        arguments = ["-v", VOICES[spoken.language], "-s", str(spoken.speed), "--stdin", "--stdout"]
        edges(self._reactor).spawnProcess(process, program, [program, *arguments], ENVIRONMENT)
        try:
            return await within(self._clock, LATE, process.finished)
        except TimeUp:
            raise VoiceFailed("it took too long and was killed") from None


class _Process(ProcessProtocol):
    def __init__(self, text: str) -> None:
        self.finished: Deferred[bytes] = Deferred(lambda _: end(self.transport))
        self._text = text
        self._out: list[bytes] = []
        self._size = 0

    def connectionMade(self) -> None:
        pipe(self.transport).write(self._text.encode())
        pipe(self.transport).closeStdin()

    def outReceived(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= LARGEST:
            self._out.append(data)
        else:
            end(self.transport)

    def processEnded(self, reason: Failure) -> None:
        if self.finished.called:
            return
        code = getattr(reason.value, "exitCode", None)
        if code == 0:
            self.finished.callback(b"".join(self._out))
        else:
            self.finished.errback(VoiceFailed(f"it ended with exit code {code}"))
