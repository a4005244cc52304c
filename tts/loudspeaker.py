"""A ward's loudspeaker at a sound card, by ALSA's own `aplay`: a process each time, which may hang, and is killed."""

from __future__ import annotations

import shutil

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tts.edges import edges, end, pipe
from tts.places import Unheard
from tts.wav import Sound, write

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class Loudspeaker:
    """device: as `aplay -L` names it, e.g. `plughw:1,0`; `null` is heard by nobody."""

    def __init__(self, device: str, *, reactor: ReactorBase, command: str = "aplay") -> None:
        self._device = device
        self._reactor = reactor
        self._command = command

    async def play(self, sound: Sound) -> None:
        """Until aplay says that it was played. Raises Unheard; when cancelled, aplay is killed."""
        program = shutil.which(self._command, path=ENVIRONMENT["PATH"])
        if program is None:
            raise Unheard(f"{self._command} is not installed")
        process = _Playing(write(sound))
        arguments = [program, "-q", "-t", "wav", "-D", self._device, "-"]
        edges(self._reactor).spawnProcess(process, program, arguments, ENVIRONMENT)
        await process.finished


class _Playing(ProcessProtocol):
    def __init__(self, data: bytes) -> None:
        self.finished: Deferred[None] = Deferred(lambda _: end(self.transport))
        self._data = data
        self._said = b""

    def connectionMade(self) -> None:
        pipe(self.transport).write(self._data)
        pipe(self.transport).closeStdin()

    def errReceived(self, data: bytes) -> None:
        self._said = (self._said + data)[-1000:]

    def processEnded(self, reason: Failure) -> None:
        if self.finished.called:
            return
        code = getattr(reason.value, "exitCode", None)
        if code == 0:
            self.finished.callback(None)
        else:
            words = self._said.decode("utf-8", "replace").strip().splitlines()
            self.finished.errback(Unheard(words[-1] if words else f"aplay ended with exit code {code}"))
