"""Our own command in a process of its own: what a busy day or a month takes must not keep a nurse's screen waiting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.internet.interfaces import IReactorProcess
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from appliance.foundation.values import Language
from appliance.programs import HOUSE


class CommandFailed(Exception):
    """It could not be done; `text` is what was said about it, a line or many. Nothing else is affected."""

    def __init__(self, text: str) -> None:
        super().__init__(text.splitlines()[-1] if text else "")
        self.text = text


class OwnCommand:
    """Runs `nightbell …` and hands back what it printed."""

    def __init__(self, settings_file: Path, scratch: Path, reactor: IReactorProcess) -> None:
        self._settings_file = settings_file
        self._scratch = scratch
        # Its zope.interface declaration leaves out `self`, which mypy takes for the first argument.
        self._spawn: Callable[..., object] = reactor.spawnProcess

    async def run(
        self,
        *arguments: str,
        language: Language = "en",
        told: Callable[[str], object] = lambda line: None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        """Raises CommandFailed. language: of what it says. told: each line of its standard error as it comes."""
        head = ("-m", "appliance", "--settings", str(self._settings_file), "--language", language)
        environment = {
            "PYTHONPATH": str(HOUSE),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "MPLCONFIGDIR": str(self._scratch),
            **environ,
        }
        running = _Running(told)
        command = [sys.executable, *head, *arguments]
        self._spawn(running, sys.executable, command, environment, str(HOUSE))
        code = await running.over
        if code != 0:
            said = bytes(running.errors).decode("utf-8", "replace").strip()
            raise CommandFailed(said.removeprefix("Error: ") or f"exit code {code}")
        return bytes(running.out)


class _Running(ProcessProtocol):
    """over: fires with the exit code."""

    def __init__(self, told: Callable[[str], object]) -> None:
        self.out, self.errors = bytearray(), bytearray()
        self.over: Deferred[int] = Deferred()
        self._told, self._line = told, b""

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def errReceived(self, data: bytes) -> None:
        self.errors += data
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._told(line.decode("utf-8", "replace"))

    def processEnded(self, reason: Failure) -> None:
        done = isinstance(reason.value, ProcessDone)
        self.over.callback(0 if done else getattr(reason.value, "exitCode", None) or 1)
