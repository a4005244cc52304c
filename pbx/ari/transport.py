"""The wire to Asterisk's REST interface: connects, asks, hears, notices silence, and comes back by itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import chain, repeat
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as Wire
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer, sleep
from appliance.foundation.tasks import Tasks
from pbx.ari.messages import Event, Reply
from pbx.ari.session import EVERY_SOURCE, EVERYTHING, Closed, Garbled, Occupied, Ready, Session, hears_everything

DEADLINE = timedelta(seconds=10)
PULSES = tuple(timedelta(seconds=seconds) for seconds in (0, 0.2, 0.5, 1, 2, 5))
PULSE_DEADLINE = timedelta(seconds=5)
LOOK, LETTING_GO = timedelta(milliseconds=50), timedelta(seconds=3)
"""How often it is looked whether the connection before has let the application go, and how long that may take."""
FIRST_WAIT, LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=2)


class AriError(Exception):
    """The exchange did not do what it was asked."""


class Refused(AriError):
    """It said no. status: as HTTP has it; 404 is a thing that is gone, 409 and 422 one in the wrong state."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status


class Unreachable(AriError):
    """Asterisk does not answer. Ward lamps still work; outside calls cannot be made."""


class Listener(Protocol):
    """Whoever hears the exchange."""

    def received(self, event: Event) -> None:
        """Something happened."""

    def connected(self) -> None:
        """We are in touch, for the first time or again; what happened before was not heard."""

    def lost(self, why: str) -> None:
        """We are out of touch; it is being tried again."""


class Endpoint(Protocol):
    """Where to connect to; any of Twisted's client endpoints."""

    def connect(self, factory: Any) -> Deferred[Any]: ...


class Ari:
    """Asterisk, reached through `endpoint`. Requests go and answers come in order over one WebSocket."""

    log = Logger()

    def __init__(self, endpoint: Endpoint, host: str, user: str, password: str, clock: Clock) -> None:
        self._endpoint = endpoint
        self._login = (host, user, password)
        self._clock = clock
        self._tasks = Tasks()
        self._listener: Listener | None = None
        self._line: _Line | None = None
        self._asked: dict[str, tuple[Deferred[Reply], timedelta]] = {}
        self._wait = FIRST_WAIT
        self._timer: Timer | None = None

    def start(self, listener: Listener) -> None:
        """Connect, and stay connected until stopped."""
        self._listener = listener
        self._connect()

    def stop(self) -> None:
        """Hang up on the exchange; what was asked and not answered fails."""
        self._listener = None
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        line, self._line = self._line, None
        if line is not None:
            line.close()
        self._forget("stopped")

    @property
    def in_touch(self) -> bool:
        """Whether it can be asked now."""
        return self._line is not None and self._line.ready

    async def request(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, **query: str) -> Any:
        """Ask; the answer's JSON value, None for an empty one. Raises Refused, Unreachable."""
        return await self._ask(method, path, body, query, DEADLINE)

    async def request_within(self, deadline: timedelta, method: str, path: str) -> Any:
        """As `request`, of something that takes longer than an exchange may be silent else. Raises as it does."""
        return await self._ask(method, path, None, {}, deadline)

    async def attempt(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, **query: str) -> bool:
        """Ask for something that may be too late; False where it was."""
        try:
            await self.request(method, path, body=body, **query)
        except AriError:
            return False
        return True

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str], deadline: timedelta
    ) -> Any:
        line = self._line
        if line is None or not line.ready:
            raise Unreachable("Asterisk does not answer")
        name, data = line.session.request(method, path, query, body)
        # Answers come in order: what is asked behind something slow is slow.
        deadline = max([deadline, *(patience for _, patience in self._asked.values())])
        answer: Deferred[Reply] = Deferred(lambda _: self._asked.__delitem__(name))
        self._asked[name] = answer, deadline
        silence = f"no answer within {deadline.total_seconds():.0f} s"
        timer = self._clock.later(deadline, lambda: self._drop(silence))
        line.send(data)
        try:
            reply = await answer
        finally:
            if timer.active():
                timer.cancel()
        if reply.status >= 300:
            raise Refused(reply.status, reply.reason)
        return reply.body

    def _connect(self) -> None:
        session = Session(*self._login)
        factory: Factory = Factory.forProtocol(lambda: _Line(self, session))
        factory.noisy = False
        connecting = self._endpoint.connect(factory)
        connecting.addErrback(lambda why: self._ended(None, why.getErrorMessage()))

    def _opened(self, line: _Line) -> None:
        if self._listener is None:
            line.drop()
            return
        self._line = line
        line.welcome = self._clock.later(DEADLINE, lambda: self._drop("it took the connection and says nothing"))

    def _said(self, line: _Line, heard: object) -> None:
        match heard:
            case Occupied():
                self._occupied(line)
            case Ready():
                line.ready = True
                line.welcomed()
                self._wait = FIRST_WAIT
                self._tasks.start(self._keep(line), "keeping in touch with the exchange")
            case Reply(request=name):
                if asked := self._asked.pop(name, None):
                    asked[0].callback(heard)
            case Event():
                if self._listener is not None:
                    self._listener.received(heard)
            case Garbled(why=why):
                self.log.warn("the exchange said something that makes no sense: {why}", why=why)
            case Closed(why=why):
                line.why = why
                line.drop()

    async def _keep(self, line: _Line) -> None:
        """Ask now and again whether we are still heard.

        A wedged exchange keeps its connection open and says nothing. And the end of a connection of ours that went
        before may, a moment late, take the application away from this one, or only what it is told: then we hear
        nothing any more, or of our own channels alone.
        """
        for wait in chain(PULSES, repeat(PULSES[-1])):
            await sleep(self._clock, wait)
            if self._line is not line:
                return
            try:
                found = await self._ask("GET", self._application, None, {}, PULSE_DEADLINE)
                if not line.announced and not hears_everything(found):
                    found = await self._subscribe(found)
            except Refused as why:
                self._drop(f"our application is gone: {why}")
                return
            except Unreachable:
                return
            if not hears_everything(found):
                self._drop("our application is told nothing any more")
                return
            if self._listener is not None and self._line is line and not line.announced:
                line.announced = True
                self._listener.connected()

    @property
    def _application(self) -> str:
        return f"applications/{self._login[1]}"

    async def _subscribe(self, found: Mapping[str, Any]) -> Any:
        """Be told everything: to enter an application that some channel still keeps from before is not enough."""
        subscription = f"{self._application}/subscription"
        # Of these it would be told twice.
        for key in EVERYTHING:
            for name in found[key]:
                source = f"{key.removesuffix('_ids')}:{name}"
                with suppress(Refused):  # it has ended meanwhile
                    await self._ask("DELETE", subscription, None, {"eventSource": source}, PULSE_DEADLINE)
        return await self._ask("POST", subscription, None, {"eventSource": EVERY_SOURCE}, PULSE_DEADLINE)

    def _occupied(self, line: _Line) -> None:
        """Come in once the application has been let go; somebody who does not let go is replaced."""
        line.looks += 1
        patient = line.looks * LOOK < LETTING_GO
        line.looking = self._clock.later(
            LOOK, lambda: line.send(line.session.opening() if patient else line.session.entering())
        )

    def _drop(self, why: str) -> None:
        if self._line is not None:
            self._line.why = why
            self._line.drop()

    def _ended(self, line: _Line | None, why: str) -> None:
        if line is not None:
            line.welcomed()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._line = None
        self._forget(why)
        if self._listener is None:
            return
        self._timer = self._clock.later(self._wait, self._connect)
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        self._listener.lost(why)

    def _forget(self, why: str) -> None:
        asked, self._asked = self._asked, {}
        for answer, _ in asked.values():
            answer.errback(Unreachable(why))


class _Line(Wire):
    """One connection."""

    def __init__(self, ari: Ari, session: Session) -> None:
        self.session = session
        self.ready = False
        self.announced = False
        self.why = ""
        self.welcome: Timer | None = None
        self.looks = 0
        self.looking: Timer | None = None
        self._ari = ari

    def connectionMade(self) -> None:
        self._ari._opened(self)
        self.send(self.session.opening())

    def dataReceived(self, data: bytes) -> None:
        for heard in self.session.feed(data):
            self._ari._said(self, heard)
        self.send(self.session.pending())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ari._ended(self, self.why or reason.getErrorMessage())

    def welcomed(self) -> None:
        """It let us in, or nothing more can come: do not wait for that any longer."""
        for timer in (self.welcome, self.looking):
            if timer is not None and timer.active():
                timer.cancel()

    def send(self, data: bytes) -> None:
        transport: Any = self.transport
        if data and transport is not None:
            transport.write(data)

    def close(self) -> None:
        transport: Any = self.transport
        self.send(self.session.closing())
        if transport is not None:
            transport.loseConnection()

    def drop(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()
