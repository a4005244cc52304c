"""The speech worker: a process of its own that renders sentences for whoever asks on its Unix socket.

Lines of JSON. `{"id": 7, "engine": "pyttsx3", "text": "hu4 shi4 nin2 hao3", "voice": "sit/cmn-latn-pinyin",
"speed": 160}` is answered by `{"id": 7, "path": "….wav", "frames": 40000}` or `{"id": 7, "error": "…"}`, with
`"absent": "…"` where this box has no such engine; `{"id": 8, "engine": "pyttsx3", "ping": true}` by
`{"id": 8, "ready": true}`. The file is the asker's to take away; left alone it goes after eight more.

    python -m tts.voice_worker --socket PATH --scratch DIRECTORY [--model DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import react
from twisted.logger import ILogObserver, globalLogBeginner, textFileLogObserver
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from appliance.foundation.clock import ReactorClock
from appliance.foundation.tasks import Tasks
from tts.edges import edges, pipe
from tts.kokoro_model import LEAST_MEMORY, Model
from tts.voice_child import SIMPLE, EngineFailed, Engines, good

MOST = 100
"""Jobs of one asker that may wait."""

NOT_INSTALLED = "not installed"
NO_MEMORY = "no memory"


@dataclass(frozen=True)
class Orchestra:
    """Every engine of this box by name, and why it has none of the others."""

    engines: Mapping[str, Engines]
    absent: Mapping[str, str]

    def start(self) -> None:
        """Start the engines."""
        for engines in self.engines.values():
            engines.start()

    def stop(self) -> None:
        """Kill them."""
        for engines in self.engines.values():
            engines.stop()


class Asker(LineOnlyReceiver):
    """One connection."""

    delimiter = b"\n"
    MAX_LENGTH = 16_384

    def __init__(self, orchestra: Orchestra, tasks: Tasks) -> None:
        self._orchestra = orchestra
        self._tasks = tasks
        self._waiting = 0
        self._gone = False

    def lineReceived(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            number, name = message["id"], str(message["engine"])
        except (ValueError, KeyError, TypeError):
            self._answer(None, error="that is no job")
            return
        engines = self._orchestra.engines.get(name)
        if engines is None:
            absent = self._orchestra.absent.get(name, NOT_INSTALLED)
            self._answer(number, error=f"{name} is not on this box: {absent}", absent=absent)
        elif "ping" in message:
            self._answer(number, ready=engines.ready)
        elif self._waiting >= MOST:
            self._answer(number, error="too many jobs are waiting")
        else:
            self._tasks.start(self._render(number, engines, message), "a sentence")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone = True

    async def _render(self, number: object, engines: Engines, job: dict[str, Any]) -> None:
        self._waiting += 1
        try:
            text, voice, speed = str(job["text"]), str(job["voice"]), int(job["speed"])
            path, frames = await engines.render(text, voice, speed, wanted=lambda: not self._gone)
        except EngineFailed as why:
            self._answer(number, error=str(why))
        except (KeyError, ValueError, TypeError):
            self._answer(number, error="that is no job")
        else:
            self._answer(number, path=str(path), frames=frames)
        finally:
            self._waiting -= 1

    def _answer(self, number: object, **answer: object) -> None:
        if not self._gone:
            pipe(self.transport).write(json.dumps({"id": number, **answer}).encode() + b"\n")


class Askers(Factory):
    """The worker's listening end."""

    noisy = False

    def __init__(self, orchestra: Orchestra) -> None:
        self._orchestra = orchestra
        self._tasks = Tasks()

    def buildProtocol(self, addr: IAddress | None) -> Asker:
        return Asker(self._orchestra, self._tasks)


def main(reactor: ReactorBase, *arguments: str) -> Deferred[None]:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tts.voice_worker", description="Nightbell's speech worker.")
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to listen on")
    parser.add_argument("--scratch", type=Path, required=True, help="directory for sound files on their way")
    parser.add_argument("--model", type=Path, help="directory of the good voice's model, if it is installed")
    options = parser.parse_args(arguments)
    os.umask(0o077)
    found = orchestra(options.scratch, options.model, reactor)
    _make_way(options.socket)
    edges(reactor).listenUNIX(str(options.socket), Askers(found), mode=0o600)
    reactor.addSystemEventTrigger("before", "shutdown", found.stop)
    found.start()
    return Deferred()


def orchestra(scratch: Path, model: Path | None, reactor: ReactorBase) -> Orchestra:
    """The engines that this box has and can bear. model: the good voice's directory."""
    clock = ReactorClock(reactor)
    engines = {"pyttsx3": Engines(SIMPLE, scratch, reactor=reactor, clock=clock)}
    if model is None or not Model(model).installed:
        return Orchestra(engines, {"kokoro": NOT_INSTALLED})
    if psutil.virtual_memory().total < LEAST_MEMORY:
        return Orchestra(engines, {"kokoro": NO_MEMORY})
    engines["kokoro"] = Engines(good(model), scratch / "kokoro", reactor=reactor, clock=clock)
    return Orchestra(engines, {})


def _make_way(path: Path) -> None:
    """Remove the socket of a worker that was killed. Exits if one is alive."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
        else:
            sys.exit(f"another speech worker listens on {path}")


if __name__ == "__main__":
    globalLogBeginner.beginLoggingTo([cast(ILogObserver, textFileLogObserver(sys.stderr))], redirectStandardIO=False)
    react(main, sys.argv[1:])
