"""Asterisk's own console, asked for what its REST interface does not tell: what became of our registrations."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock

PATIENCE = timedelta(seconds=5)
_REGISTRATION = re.compile(r"^\s*(trunk-[a-z0-9-]+)/\S+\s+\S+\s+(Registered|Rejected|Unregistered|Stopped)\b", re.M)
LOOK = "pjsip show registrations"


def socket(directory: Path) -> Path:
    """Where the console of the instance in `directory` listens."""
    return directory / "run" / "asterisk.ctl"


def registrations(said: str) -> dict[str, str]:
    """Endpoint to state, from what `LOOK` printed.

    >>> registrations(" trunk-telecom/sip:192.0.2.1:5060     trunk-telecom      Registered        (exp. 3595s)")
    {'trunk-telecom': 'Registered'}
    """
    return dict(_REGISTRATION.findall(said))


class Console:
    """Asks one thing at a time. It is the owner's alone: the socket is closed to others."""

    def __init__(self, file: Path, reactor: ReactorBase, clock: Clock) -> None:
        anything: Any = reactor
        endpoint: Any = UNIXClientEndpoint
        self._endpoint = endpoint(anything, str(file), timeout=PATIENCE.total_seconds())
        self._clock = clock

    async def ask(self, command: str) -> str:
        """What it prints. Raises OSError and twisted's connection errors."""
        answer = _Answer(command)
        await self._endpoint.connect(Factory.forProtocol(lambda: answer))
        timer = self._clock.later(PATIENCE, answer.give_up)
        try:
            return await answer.over
        finally:
            if timer.active():
                timer.cancel()


class _Answer(Protocol):
    def __init__(self, command: str) -> None:
        self.over: Deferred[str] = Deferred()
        self._command = command
        self._said = b""

    def connectionMade(self) -> None:
        transport: Any = self.transport
        # Asterisk prints the answer and closes; a command ends with a zero byte.
        transport.write(f"cli quit after {self._command}".encode() + b"\0")

    def dataReceived(self, data: bytes) -> None:
        self._said += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.over.called:
            self.over.callback(self._said.decode("utf-8", "replace"))

    def give_up(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()
