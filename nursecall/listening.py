"""A line over TCP: nurse-call hosts connect to us. One that hangs is cut off, so that it connects anew."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.keep_alive import keep_alive
from nursecall.dialogue import Dialogue
from nursecall.espax_memory import Memory
from nursecall.espax_statuses import Becomes, Indicates, ProcessStatuses
from nursecall.events import CallEvent
from nursecall.line_ends import espax_encoding
from nursecall.links import Owner
from nursecall.plan_lines import EspaxLine
from nursecall.wire.espax import Gone, LoggedIn, Server, Started, Stopped
from nursecall.wire.espax_processes import Process

RETRY = timedelta(seconds=1)

MOST = 16
"""Connections of one line at a time; hospitals have one host, or two."""

ALONE = 10.0
"""Seconds without any connection that mean trouble: a host that only connects anew needs less."""

NOBODY = "No nurse-call host is connected."
NO_ADDRESS = "The address of this line is in use by another program, or is not one of this box."


class Listening:
    """Satisfies links.Link. Each connection has a party of its own; the line is heard while one of them is.

    becomes: asks the ward what became of a call.
    """

    log = Logger()

    def __init__(
        self,
        owner: Owner,
        plan: EspaxLine,
        memory: Memory,
        *,
        becomes: Becomes,
        bus: Bus,
        reactor: ReactorBase,
        clock: Clock,
    ) -> None:
        self.owner = owner
        self.plan = plan
        self.clock = clock
        self._reactor: Any = reactor
        self._port: Any = None
        self._timer: Timer | None = None
        self._missed = False
        self._connections: list[_Connection] = []
        self._alone_since = owner.stopwatch.seconds()
        self._told_alone = False
        self.memory = memory
        self.statuses = ProcessStatuses(plan, memory.processes, becomes, self._tell, memory.keep)
        self._bus = bus
        self._deaf: Callable[[], None] | None = None
        self._heard_at = -math.inf

    @property
    def heard_at(self) -> float:
        """When one of the hosts last said something valid."""
        return max([self._heard_at, *(one.heard_at for one in self._connections)])

    def start(self) -> None:
        """Listen; where the address cannot be had, try again every second."""
        host, _, port = self.plan.listen.rpartition(":")
        factory = Factory.forProtocol(lambda: _Connection(self))
        factory.noisy = False
        try:
            self._port = self._reactor.listenTCP(int(port), factory, interface=host)
        except CannotListenError as why:
            self._timer = self.clock.later(RETRY, self.start)
            if not self._missed:
                self._missed = True
                self.log.warn("line {line}: {why}", line=self.plan.id, why=why)
                self.owner.lost(NO_ADDRESS)
            return
        self._missed = False
        self._deaf = self._bus.subscribe(CallEvent, self._befell)
        self.owner.opened()

    def stop(self) -> None:
        """Listen no longer, end every connection."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._deaf is not None:
            self._deaf()
        port, self._port = self._port, None
        if port is not None:
            port.stopListening()
        for connection in list(self._connections):
            connection.cut()

    def watch(self) -> None:
        """Cut off who has said nothing for too long: it may hang, and comes anew if it does not."""
        now = self.owner.stopwatch.seconds()
        for connection in list(self._connections):
            if connection.gone:
                connection.close()
            elif now - max(connection.heard_at, connection.began_at) > self.plan.silence:
                self.owner.trace.note("cut")
                connection.cut()
        if self._connections or self._port is None:
            self._alone_since = now
        elif now - self._alone_since > ALONE and not self._told_alone:
            self._told_alone = True
            self.owner.lost(NOBODY)

    def joined(self, connection: _Connection) -> bool:
        """Whether there is room for one more."""
        if len(self._connections) >= MOST or self._port is None:
            return False
        self._connections.append(connection)
        if self._told_alone:
            self._told_alone = False
            self.owner.opened()
        return True

    def left(self, connection: _Connection) -> None:
        """A connection is over."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._heard_at = max(self._heard_at, connection.heard_at)

    def _befell(self, event: CallEvent) -> None:
        self.statuses.changed(event.ward)

    def _tell(self, process: Process, indicates: Indicates) -> bool:
        hosts = [one for one in self._connections if one.belongs_to(process)]
        for host in hosts:
            host.tell(indicates)
        return bool(hosts)


class _Connection(Protocol):
    """One host."""

    def __init__(self, line: Listening) -> None:
        self._line = line
        self._owner = line.owner
        self.gone = False
        self.began_at = self._owner.stopwatch.seconds()
        self._party = Server(
            user=line.plan.user, password=line.plan.password, processes=line.memory.processes, wall=line.clock.now,
            encoding=espax_encoding(line.plan),
        )  # fmt: skip
        self._dialogue = Dialogue(
            self._party, clock=line.clock, write=self._write, happened=self._happened, stopwatch=self._owner.stopwatch
        )

    @property
    def heard_at(self) -> float:
        """When this host last said something valid."""
        return self._party.heard_at

    @property
    def _wire(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        if not self._line.joined(self):
            self.cut()
            return
        self._owner.trace.note("connected", str(self._wire.getPeer().host))
        keep_alive(self._wire)
        self._dialogue.opened()

    def dataReceived(self, data: bytes) -> None:
        self._owner.trace.heard(data)
        self._dialogue.received(data)
        self._owner.judge()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._dialogue.closed()
        self._line.left(self)
        self._owner.trace.note("disconnected")

    def cut(self) -> None:
        """At once."""
        self._dialogue.closed()
        self._wire.abortConnection()

    def belongs_to(self, process: Process) -> bool:
        """Whether its host began `process`, perhaps in another connection: another host may use the same reference."""
        return self._party.logged_in and self._party.client == process.client

    def tell(self, indicates: Indicates) -> None:
        """Have something indicated."""
        self._dialogue.do(lambda _now: indicates(self._party))

    def close(self) -> None:
        """When all is written."""
        self._wire.loseConnection()

    def _happened(self, event: Any) -> Deferred[None] | None:
        if isinstance(event, Gone):
            self.gone = True
            self._owner.trace.note("gone", event.why)
            return None
        if isinstance(event, Started | Stopped):
            self._line.memory.keep()
        elif isinstance(event, LoggedIn):
            self._line.statuses.back(self._party)
        return self._owner.happened(event)

    def _write(self, data: bytes) -> None:
        self._owner.trace.said(data)
        self._wire.write(data)
