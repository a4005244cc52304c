"""The parts of Twisted's reactor that speech uses, typed: Twisted's own have no annotations."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import BaseProtocol, Factory, ProcessProtocol


class Edges(Protocol):
    """Processes and Unix sockets."""

    def spawnProcess(
        self,
        processProtocol: ProcessProtocol,
        executable: str,
        args: Sequence[str],
        env: Mapping[str, str] | None,
        path: str | None = None,
        *,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> object: ...

    def listenUNIX(self, address: str, factory: Factory, *, mode: int) -> object: ...


class Pipe(Protocol):
    """A process's or a connection's transport."""

    def write(self, data: bytes) -> None: ...
    def closeStdin(self) -> None: ...
    def signalProcess(self, signalID: str) -> None: ...
    def abortConnection(self) -> None: ...
    def loseConnection(self) -> None: ...


def edges(reactor: ReactorBase) -> Edges:
    """`reactor`, which on every Unix has these."""
    found: Any = reactor
    edges: Edges = found
    return edges


def connected(reactor: ReactorBase, socket: Path, protocol: BaseProtocol) -> Deferred[object]:
    """Fires when `protocol` is connected to the Unix `socket`. Fails with ConnectError or OSError."""
    endpoint = UNIXClientEndpoint(reactor, str(socket), timeout=5)  # type: ignore[no-untyped-call]
    made: Deferred[object] = connectProtocol(endpoint, protocol)  # type: ignore[no-untyped-call]
    return made


def pipe(transport: object) -> Pipe:
    """`transport`, with what its kind has of these."""
    found: Any = transport
    pipe: Pipe = found
    return pipe


def end(transport: object) -> None:
    """Kill a process, and close its pipes: a child that it leaves behind would go on writing into them."""
    with contextlib.suppress(ProcessExitedAlready):
        pipe(transport).signalProcess("KILL")
    pipe(transport).loseConnection()
