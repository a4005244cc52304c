"""Asks upsd every few seconds how mains and battery are: a connection a question, so that nothing need be mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.config import Faulty
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.hardware.events import BatteryLow, MainsFailed, MainsReturned
from appliance.hardware.nut import Answers, NoNut, Refused, Variables, ask
from appliance.hardware.ups import Ups, Word, judged, ups_of
from appliance.settings import UpsServer
from tts.deadline import TimeUp, within

EVERY, PATIENCE = timedelta(seconds=5), timedelta(seconds=10)
OF_THE_BOX = Path("/run/nightbell/ups.json")
"""Where the boot partition's file told of a UPS, written at each start; absent without one."""


class Unanswered(Exception):
    """The UPS cannot be asked; the text says why."""


def wanted(said: UpsServer | None, of_the_box: Path = OF_THE_BOX) -> UpsServer | None:
    """The UPS of the settings, else of the boot partition's file; None where the box has none."""
    if said is not None:
        return said
    try:
        return UpsServer.model_validate(json.loads(of_the_box.read_text("utf-8")))
    except (OSError, ValueError, Faulty):
        return None


class UpsWatch:
    """Publishes the part `ups:NAME`, and what the journal hears. is_low: the box is about to be switched off."""

    def __init__(
        self, server: UpsServer | None, database: Transactions, clock: Clock, bus: Bus, reactor: ReactorBase
    ) -> None:
        self._server, self._database, self._clock, self._bus, self._reactor = server, database, clock, bus, reactor
        self._tasks = Tasks()
        self._told: Word | None = None
        self._on_battery = self.is_low = False

    def start(self) -> None:
        """Now, and from now on; nothing where there is no UPS."""
        if self._server is not None:
            self._tasks.start(self._watch(self._server), "watching the UPS")

    def stop(self) -> None:
        """No more."""
        self._tasks.stop()

    async def _watch(self, server: UpsServer) -> None:
        while True:
            try:
                self._hear(server, ups_of((await self._ask(server)).of))
            except Unanswered as why:
                self._say(server, (State.DOWN, "The UPS does not answer: {why}.", (("why", str(why)),)))
            await sleep(self._clock, EVERY)

    async def _ask(self, server: UpsServer) -> Variables:
        reactor: Any = self._reactor
        endpoint = HostnameEndpoint(reactor, server.host, server.port, timeout=PATIENCE.total_seconds())
        heard: Deferred[Variables | Refused] = Deferred()
        try:
            question: Any = Factory.forProtocol(lambda: _Question(server.name, heard))
            connecting: Deferred[Any] = endpoint.connect(question)
            line = await within(self._clock, PATIENCE, connecting)
            try:
                answer = await within(self._clock, PATIENCE, heard)
            finally:
                line.transport.abortConnection()
        except TimeUp as why:
            raise Unanswered("no answer in time") from why
        except NoNut as why:
            raise Unanswered(f"upsd says {why}") from why
        except OSError as why:
            raise Unanswered(why.strerror or str(why)) from why
        except Exception as why:  # Twisted's many words for a connection that could not be made
            raise Unanswered(str(why).splitlines()[0][:120] if str(why) else type(why).__name__) from why
        if isinstance(answer, Refused):
            raise Unanswered(answer.code)
        return answer

    def _hear(self, server: UpsServer, ups: Ups) -> None:
        now, before, low_before = self._clock.now(), self._on_battery, self.is_low
        self._on_battery, self.is_low = ups.on_battery, ups.is_low
        if ups.on_battery and not before:
            self._happened(MainsFailed(at=now, charge=ups.charge, runtime=ups.runtime))
        if before and not ups.on_battery:
            self._happened(MainsReturned(at=now, charge=ups.charge))
        if ups.is_low and not low_before:
            self._happened(BatteryLow(at=now, charge=ups.charge, runtime=ups.runtime))
        self._say(server, judged(ups))

    def _happened(self, event: journal.Event) -> None:
        # Told first: with the battery at its end nobody waits for the records.
        self._bus.publish(event)
        writing = self._database.transact(lambda connection: journal.append(connection, event))
        self._tasks.start(_awaited(writing), "the journal of mains and battery")

    def _say(self, server: UpsServer, word: Word) -> None:
        if word != self._told:
            self._told, (state, detail, facts) = word, word
            part = f"ups:{server.name}"
            self._bus.publish(HealthChanged(at=self._clock.now(), part=part, state=state, detail=detail, facts=facts))


async def _awaited(writing: Any) -> None:
    await writing


class _Question(Protocol):
    """Asks once; `heard` has the answer, or why there is none."""

    def __init__(self, ups: str, heard: Deferred[Variables | Refused]) -> None:
        self._ups, self._heard = ups, heard
        self._answers = Answers()

    def connectionMade(self) -> None:
        wire: Any = self.transport
        wire.write(ask(self._ups))

    def dataReceived(self, data: bytes) -> None:
        try:
            for answer in self._answers.feed(data):
                self._end(partial(self._heard.callback, answer))
        except NoNut as why:
            self._end(partial(self._heard.errback, why))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._end(partial(self._heard.errback, Unanswered("the connection ended")))

    def _end(self, tell: Callable[[], object]) -> None:
        if not self._heard.called:
            tell()
