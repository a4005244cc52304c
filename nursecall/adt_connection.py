"""One sender of ADT messages: its connection, read no faster than its messages are written down."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any, Protocol, cast

from twisted.internet.protocol import Protocol as Wire
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.tasks import Tasks
from nursecall.plan_adt import AdtFeed
from nursecall.wire.hl7_answer import Answer
from nursecall.wire.hl7_sentence import sentence
from nursecall.wire.mllp import LARGEST, Block, Deframer, TooLarge, envelope

CUT_SHORT = timedelta(seconds=60)
"""A message that is not whole after this will not be."""

MOST_CONNECTIONS = 16
MOST_WAITING = 100
"""Messages of one connection; it is not read further until they are answered."""

MOST_NOISE = 64 * 1024

TOO_LARGE = "The message has {size} bytes; at most {most} are taken."


class Taker(Protocol):
    """What a feed needs of a `Desk`."""

    async def take(self, data: bytes) -> tuple[Answer, bytes]: ...
    async def refuse(self, data: bytes, answer: Answer) -> tuple[Answer, bytes]: ...


class Server(Protocol):
    """What a connection needs of its `AdtServer`."""

    feed: AdtFeed
    desk: Taker
    clock: Clock
    connections: set[Connection]

    def answered(self, answer: Answer) -> None: ...
    def disturbed(self) -> None: ...


class Connection(Wire):
    """One sender. Its messages are answered in their order, each before the next is looked at."""

    log = Logger()

    def __init__(self, server: Server) -> None:
        self._server = server
        self._deframer = Deframer(LARGEST)
        self._waiting: deque[Block | TooLarge] = deque()
        self._tasks = Tasks()
        self._busy = self._over = False
        self._patience: Timer | None = None

    @property
    def _wire(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        if len(self._server.connections) >= MOST_CONNECTIONS:
            self.log.warn("feed {feed}: too many connections", feed=self._server.feed.id)
            self._wire.abortConnection()
            return
        self._server.connections.add(self)
        self._wire.setTcpKeepAlive(True)

    def dataReceived(self, data: bytes) -> None:
        for event in self._deframer.feed(data):
            if isinstance(event, Block | TooLarge):
                self._waiting.append(event)
            else:
                self._disturbed(event.size)
        if self._deframer.noise > MOST_NOISE:
            self._disturbed(self._deframer.noise)
            self._wire.abortConnection()
        self._be_patient()
        if len(self._waiting) > MOST_WAITING:
            self._wire.pauseProducing()
        if self._waiting and not self._busy:
            self._busy = True
            self._tasks.start(self._answer_all(), f"answering feed {self._server.feed.id}")

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                answer, data = await self._answer(self._waiting.popleft())
                self._server.answered(answer)
                if not self._over:
                    self._wire.write(envelope(data))
        finally:
            self._busy = False
        if not self._over:
            self._wire.resumeProducing()

    async def _answer(self, event: Block | TooLarge) -> tuple[Answer, bytes]:
        if isinstance(event, Block):
            return await self._server.desk.take(event.data)
        said = sentence(TOO_LARGE, size=event.size, most=LARGEST)
        return await self._server.desk.refuse(event.data, Answer("AR", (said,), "MSH", 207))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        for event in self._deframer.end():
            if not isinstance(event, Block | TooLarge):
                self._disturbed(event.size)
        self._let_go()

    def close(self) -> None:
        """Hang up."""
        self._let_go()
        self._wire.abortConnection()

    def _let_go(self) -> None:
        # What is being written down is not broken off: the wards are to hear of it, also when its sender is gone.
        self._over = True
        self._waiting.clear()
        self._server.connections.discard(self)
        if self._patience is not None and self._patience.active():
            self._patience.cancel()

    def _disturbed(self, size: int) -> None:
        # Not the bytes: they may be half a patient.
        self.log.warn("feed {feed}: {size} bytes are no whole message", feed=self._server.feed.id, size=size)
        self._server.disturbed()

    def _be_patient(self) -> None:
        if self._patience is not None and self._patience.active():
            self._patience.cancel()
        if self._deframer.inside:
            self._patience = self._server.clock.later(CUT_SHORT, cast(Any, self._wire).abortConnection)
