"""A serial port at the other end of a network: raw TCP or RFC 2217. Connected anew every second, never an exception."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.keep_alive import keep_alive
from appliance.foundation.rfc2217 import ComPort

RETRY = timedelta(seconds=1)
PATIENCE = timedelta(seconds=5)
"""For a connection to be made, and for a server to take the settings."""

UNREACHABLE = "The serial server cannot be reached."
CLOSED = "The serial server ended the connection."
REFUSED = "The serial server refuses these line settings."
NO_RFC2217 = "The serial server does not answer as RFC 2217 says."


class ServerDevice:
    """The same as a `SerialDevice`, but its line is at `host` and `port`.

    com_port: makes the RFC 2217 side of a connection; None for raw TCP, where the server keeps the line's settings.
    received, opened, lost: as of a `SerialDevice`.
    """

    log = Logger()

    def __init__(
        self,
        host: str,
        port: int,
        *,
        com_port: Callable[[], ComPort] | None,
        reactor: ReactorBase,
        clock: Clock,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        lost: Callable[[str], None],
    ) -> None:
        self._name = f"{host}:{port}"
        self._endpoint = HostnameEndpoint(cast(Any, reactor), host, port, timeout=PATIENCE.total_seconds())
        self._com_port = com_port
        self._clock = clock
        self._received = received
        self._opened = opened
        self._lost = lost
        self._connecting: Deferred[Any] | None = None
        self._link: _Link | None = None
        self._timer: Timer | None = None
        self._running = False
        self._missed = False

    @property
    def is_open(self) -> bool:
        """Whether bytes can be written now."""
        return self._link is not None and self._link.ready

    def start(self) -> None:
        """Connect; when that fails or the connection is lost, try again every second until stopped."""
        if not self._running:
            self._running = True
            self._connect()

    def write(self, data: bytes) -> None:
        """Send `data`. Dropped while there is no connection, or when it takes nothing any more."""
        if self._link is not None and self._link.ready:
            self._link.write(data)

    def stop(self) -> None:
        """Let go of the connection at once. `lost` is not told."""
        self._running = self._missed = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        connecting, link, self._link = self._connecting, self._link, None
        if connecting is not None:
            connecting.cancel()
        if link is not None:
            link.drop()

    def _connect(self) -> None:
        factory = Factory.forProtocol(lambda: _Link(self, self._com_port() if self._com_port else None, self._clock))
        self._connecting = self._endpoint.connect(cast(Any, factory))
        self._connecting.addCallbacks(self._connected, self._failed)

    def _connected(self, link: _Link) -> None:
        self._connecting = None
        if not self._running:
            link.drop()
            return
        self._link = link
        if link.ready:
            self.ready()

    def _failed(self, why: Failure) -> None:
        self._connecting = None
        if self._running and not isinstance(why.value, CancelledError):
            self._told_lost(UNREACHABLE, why.getErrorMessage())

    def ready(self) -> None:
        """The line can be used."""
        self._missed = False
        self.log.info("{name} is open", name=self._name)
        self._tell(self._opened)

    def data(self, data: bytes) -> None:
        """Bytes came from the line."""
        if self._running:
            self._tell(partial(self._received, data))

    def closed(self, link: _Link, why: str, detail: str) -> None:
        """A connection is over."""
        if link is self._link and self._running:
            self._link = None
            self._told_lost(why, detail)

    def _told_lost(self, why: str, detail: str) -> None:
        self._timer = self._clock.later(RETRY, self._connect)
        if not self._missed:
            self._missed = True
            self.log.warn("{name}: {why} ({detail})", name=self._name, why=why, detail=detail)
            self._tell(partial(self._lost, why))

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.log.failure("what came of {name} was not taken", name=self._name)


class _Link(Protocol):
    """One connection."""

    def __init__(self, device: ServerDevice, com_port: ComPort | None, clock: Clock) -> None:
        self.ready = com_port is None
        self._device = device
        self._com_port = com_port
        self._clock = clock
        self._why = CLOSED
        self._timer: Timer | None = None
        self._full = False

    @property
    def _wire(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        keep_alive(self._wire)
        # As a producer we are told when the far end takes nothing any more.
        self._wire.registerProducer(self, True)
        if self._com_port is not None:
            self._timer = self._clock.later(PATIENCE, lambda: self.drop(NO_RFC2217))
            self._com_port.begin()
            self._negotiate(self._com_port)

    def dataReceived(self, data: bytes) -> None:
        if self._com_port is not None:
            data = self._com_port.feed(data)
            self._negotiate(self._com_port)
        if data and self.ready:
            self._device.data(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_timer()
        self.ready = False
        self._device.closed(self, self._why, reason.getErrorMessage())

    def pauseProducing(self) -> None:
        self._full = True

    def resumeProducing(self) -> None:
        self._full = False

    def stopProducing(self) -> None:
        self._full = True

    def write(self, data: bytes) -> None:
        """Bytes for the line."""
        if not self._full:
            self._wire.write(data if self._com_port is None else self._com_port.sent(data))

    def drop(self, why: str = CLOSED) -> None:
        """Cut the connection."""
        self._why = why
        self._stop_timer()
        if self._wire is not None:
            self._wire.abortConnection()

    def _negotiate(self, com_port: ComPort) -> None:
        if said := com_port.outgoing():
            self._wire.write(said)
        if com_port.state == "ready" and not self.ready:
            self.ready = True
            self._stop_timer()
            self._device.ready()
        elif com_port.state in ("refused", "no-port"):
            self.drop(REFUSED if com_port.state == "refused" else NO_RFC2217)

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
