"""The simulated hospital as the panel reaches it: one question a connection over its control socket, never blocking."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock

PATIENCE = timedelta(seconds=5)
"""Until a simulator that says nothing is taken for gone."""

LONGEST = 1024 * 1024
"""Bytes of an answer: the phones of a long afternoon hold many messages."""

GONE = "The simulated hospital does not answer."


class Training:
    """Asks the simulator that listens at `socket`."""

    def __init__(self, socket: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        # Its zope.interface declarations are invisible to mypy.
        anything: Any = reactor
        self._endpoint: Any = UNIXClientEndpoint(anything, str(socket), timeout=PATIENCE.total_seconds())  # type: ignore[no-untyped-call]
        self._clock = clock

    async def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        """What the simulator answers: `ok`, and what the verb says, or `message` and `facts` of why not."""
        asked = _Question(json.dumps({"verb": verb, **request}).encode())
        timer = self._clock.later(PATIENCE, asked.give_up)
        try:
            await self._endpoint.connect(Factory.forProtocol(lambda: asked))
            answer = json.loads(await asked.answer)
        except (ConnectError, OSError, ValueError, _Gone):
            return {"ok": False, "error": GONE, "message": GONE, "facts": {}}
        finally:
            if timer.active():
                timer.cancel()
            asked.close()
        return dict(answer)


class _Gone(Exception):
    """It hung up, or took too long."""


class _Question(LineOnlyReceiver):
    """Asks once; `answer` fires with the line that comes back."""

    delimiter = b"\n"
    MAX_LENGTH = LONGEST

    def __init__(self, question: bytes) -> None:
        self._question = question
        self.answer: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        self.sendLine(self._question)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        if not self.answer.called:
            self.answer.callback(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.give_up()

    def give_up(self) -> None:
        """Nobody waits any longer."""
        if not self.answer.called:
            self.answer.errback(_Gone())

    def close(self) -> None:
        """Hang up."""
        # Whoever asked has gone before an answer came; an error that nobody reads is not worth a line in the log.
        self.answer.addErrback(lambda _: b"")
        wire: Any = self.transport
        if wire is not None:
            wire.loseConnection()
