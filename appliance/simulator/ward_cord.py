"""What a simulated host is plugged in with: a pseudo terminal, or a TCP connection to our listener."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as Wire
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock, Timer
from appliance.simulator.pty import Pty

RETRY = timedelta(seconds=1)


class Cord(Protocol):
    """One line of a simulated host."""

    @property
    def is_open(self) -> bool: ...
    @property
    def where(self) -> str: ...

    def open(self) -> None: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class SerialCord:
    """A pseudo terminal under `link`; whoever opens that is the near end."""

    def __init__(
        self, link: Path, *, reactor: ReactorBase, received: Callable[[bytes], None], opened: Callable[[], None]
    ) -> None:
        self._pty = Pty(link, reactor=reactor, received=received)
        self._opened = opened

    @property
    def is_open(self) -> bool:
        """Whether it is plugged in."""
        return self._pty.is_open

    @property
    def where(self) -> str:
        """The device."""
        return str(self._pty.link)

    def open(self) -> None:
        """Plug in. Raises FileExistsError: a real device is never replaced."""
        if not self._pty.is_open:
            self._pty.open()
        self._opened()

    def write(self, data: bytes) -> None:
        """Send; lost when unplugged."""
        self._pty.write(data)

    def close(self) -> None:
        """Unplug."""
        self._pty.close()


class TcpCord:
    """Connects to `host` and `port`, again every second, for as long as it is plugged in."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        reactor: ReactorBase,
        clock: Clock,
        received: Callable[[bytes], None],
        opened: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self.where = f"{host}:{port}"
        self._endpoint = HostnameEndpoint(cast(Any, reactor), host, port)
        self._clock = clock
        self._received, self._opened, self._lost = received, opened, lost
        self._connecting: Deferred[Any] | None = None
        self._wire: _Wire | None = None
        self._timer: Timer | None = None
        self._plugged = False

    @property
    def is_open(self) -> bool:
        """Whether it is connected."""
        return self._wire is not None

    def open(self) -> None:
        """Connect, and keep connected."""
        if not self._plugged:
            self._plugged = True
            self._connect()

    def write(self, data: bytes) -> None:
        """Send; lost when not connected."""
        if self._wire is not None:
            self._wire.send(data)

    def close(self) -> None:
        """At once."""
        self._plugged = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        connecting, wire, self._wire = self._connecting, self._wire, None
        if connecting is not None:
            connecting.cancel()
        if wire is not None:
            wire.cut()

    def _connect(self) -> None:
        factory = Factory.forProtocol(lambda: _Wire(self._received, self._made, self._gone))
        self._connecting = self._endpoint.connect(cast(Any, factory))
        self._connecting.addBoth(self._tried)

    def _tried(self, outcome: object) -> None:
        self._connecting = None
        if isinstance(outcome, Failure) and self._plugged:
            self._timer = self._clock.later(RETRY, self._connect)

    def _made(self, wire: _Wire) -> None:
        if not self._plugged:
            wire.cut()
            return
        self._wire = wire
        self._opened()

    def _gone(self, wire: _Wire) -> None:
        if wire is self._wire:
            self._wire = None
            self._lost()
            self._timer = self._clock.later(RETRY, self._connect)


class _Wire(Wire):
    def __init__(
        self, received: Callable[[bytes], None], made: Callable[[_Wire], None], gone: Callable[[_Wire], None]
    ) -> None:
        self._received, self._made, self._gone = received, made, gone

    @property
    def _line(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        self._line.setTcpNoDelay(True)
        self._made(self)

    def dataReceived(self, data: bytes) -> None:
        self._received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone(self)

    def send(self, data: bytes) -> None:
        """As it is."""
        self._line.write(data)

    def cut(self) -> None:
        """At once."""
        self._line.abortConnection()
