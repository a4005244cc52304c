"""The MLLP servers of the plan's ADT feeds: connections, one message at a time, and how each feed is."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.base import ReactorBase
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from nursecall.adt_connection import Connection, Taker
from nursecall.adt_desk import Desk
from nursecall.adt_messages import forget
from nursecall.patients import Patients
from nursecall.plan import NurseCallPlan
from nursecall.plan_adt import AdtFeed
from nursecall.wire.hl7_answer import Answer

AGAIN = timedelta(seconds=10)
DAY = timedelta(days=1)
KEPT = timedelta(days=30)
"""So long is kept which messages came, and what was said of those who have left."""

WAITING = "The hospital system has not sent anything yet."
SILENT = "The hospital system has said nothing for {hours} hours: beds may be out of date."
REFUSED = "The last message was refused; the page of the patients says why."
UNWRITTEN = "Records cannot be written; the hospital system keeps its messages and sends them again."
NO_MESSAGE = "What came was no whole HL7 message; whole ones are taken."
CANNOT_LISTEN = "Port {port} of {host} cannot be listened at: {why}."


class AdtServers:
    """Every ADT feed of the plan."""

    log = Logger()

    def __init__(
        self,
        plan: NurseCallPlan,
        zone: ZoneInfo,
        patients: Patients,
        database: Transactions,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._database, self._clock = database, clock
        self._tasks = Tasks()
        self._timer: Timer | None = None
        self._feeds = [
            AdtServer(feed, Desk(feed, plan, zone, patients, database, clock), reactor=reactor, clock=clock, bus=bus)
            for feed in plan.adt
        ]

    def start(self) -> None:
        """Listen at every address, and let go of what is old, now and every day."""
        for feed in self._feeds:
            feed.start()
        if self._feeds:
            self._tidy()

    async def stop(self) -> None:
        """Close every connection and every port. A message that was not answered is sent again by its sender."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._tasks.stop()
        for feed in self._feeds:
            await feed.stop()

    def _tidy(self) -> None:
        self._timer = self._clock.later(DAY, self._tidy)
        before = self._clock.now() - KEPT
        work = self._database.transact(lambda connection: forget(connection, before))
        self._tasks.start(work, "letting go of old ADT messages")


class AdtServer:
    """Listens for one feed; tells how it is as part `adt:<id>`."""

    log = Logger()

    def __init__(self, feed: AdtFeed, desk: Taker, *, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.feed, self.desk, self.clock = feed, desk, clock
        self.connections: set[Connection] = set()
        self._reactor: Any = reactor
        self._bus = bus
        self._port: Any = None
        self._timer: Timer | None = None
        self._said: tuple[State, str, tuple[tuple[str, str], ...]] | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        there = self._port.getHost()
        return there.host, there.port

    def start(self) -> None:
        """Listen; where that is not possible, again every ten seconds."""
        factory = Factory.forProtocol(lambda: Connection(self))
        factory.noisy = False
        try:
            self._port = self._reactor.listenTCP(self.feed.port, factory, interface=self.feed.host)
        except CannotListenError as why:
            self.say(State.DOWN, CANNOT_LISTEN, port=self.feed.port, host=self.feed.host, why=why.socketError)
            self._timer = self.clock.later(AGAIN, self.start)
        else:
            self.say(State.STARTING, WAITING)
            self._watch()

    async def stop(self) -> None:
        """Close the connections and the port."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        for connection in list(self.connections):
            connection.close()
        if self._port is not None:
            port, self._port = self._port, None
            stopped = port.stopListening()
            if stopped is not None:
                await stopped

    def answered(self, answer: Answer) -> None:
        """A message was answered so."""
        if answer.code == "AA":
            self.say(State.UP)
        elif answer.code == "AE":
            self.say(State.DEGRADED, UNWRITTEN)
        else:
            self.say(State.DEGRADED, REFUSED)
        self._watch()

    def disturbed(self) -> None:
        """Something came that is no message."""
        self.say(State.DEGRADED, NO_MESSAGE)

    def say(self, state: State, detail: str = "", **facts: object) -> None:
        """Publish it, if it is anything new."""
        told = tuple((name, str(fact)) for name, fact in facts.items())
        if self._said != (state, detail, told):
            self._said = state, detail, told
            event = HealthChanged(
                at=self.clock.now(), part=f"adt:{self.feed.id}", state=state, detail=detail, facts=told
            )
            self._bus.publish(event)

    def _watch(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        silence = timedelta(seconds=self.feed.silence)
        self._timer = self.clock.later(silence, lambda: self.say(State.DEGRADED, SILENT, hours=_hours(silence)))


def _hours(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return str(math.ceil(hours)) if hours >= 1 else f"{hours:.1f}"
