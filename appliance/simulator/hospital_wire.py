"""One message of the simulated hospital system and its answer, over a connection of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock
from nursecall.wire.mllp import Block, Deframer, envelope

PATIENCE = timedelta(seconds=20)


class NoAnswer(Exception):
    """The box did not answer; the message is to be sent again."""


async def exchange(
    reactor: ReactorBase, clock: Clock, host: str, port: int, data: bytes, *, cut: bool = False
) -> bytes:
    """What is answered to `data`. cut: hang up in the middle of it. Raises NoAnswer."""
    caller = _Caller(data, cut)
    anything: Any = reactor
    connector = anything.connectTCP(host, port, caller, timeout=PATIENCE.total_seconds())
    timer = clock.later(PATIENCE, lambda: caller.over("nobody answered in time"))
    try:
        return await caller.answered
    finally:
        connector.disconnect()
        if timer.active():
            timer.cancel()


class _Caller(ClientFactory):
    noisy = False

    def __init__(self, data: bytes, cut: bool) -> None:
        self.data, self.cut = data, cut
        self.answered: Deferred[bytes] = Deferred()

    def buildProtocol(self, addr: object) -> Protocol:
        return _Call(self)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self.over("nobody listens there")

    def over(self, why: str) -> None:
        if not self.answered.called:
            self.answered.errback(NoAnswer(why))


class _Call(Protocol):
    def __init__(self, caller: _Caller) -> None:
        self._caller = caller
        self._deframer = Deframer()

    def connectionMade(self) -> None:
        wire: Any = self.transport
        whole = envelope(self._caller.data)
        wire.write(whole[: len(whole) // 2] if self._caller.cut else whole)
        if self._caller.cut:
            wire.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        for event in self._deframer.feed(data):
            if isinstance(event, Block) and not self._caller.answered.called:
                self._caller.answered.callback(event.data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._caller.over("the connection was cut in the middle of the message" if self._caller.cut else "it hung up")
