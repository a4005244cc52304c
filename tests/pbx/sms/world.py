"""A modem, the network and the outbox, joined by a real pseudo terminal, in hurried time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.task import Clock as TwistedClock

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.journal import Event
from appliance.simulator.gsm import SimulatedModem
from appliance.simulator.modem import Modems
from appliance.simulator.radio import Received
from pbx import plan
from pbx.events import MessageDelivered, MessageFailed, MessageReceived, MessageSent
from pbx.sms.modem import Modem
from pbx.sms.outbox import Outbox
from tests.fakes.clock import START
from tests.real_reactor import Heard, reactor

SPEED = 20
TICK = 0.01
"""Seconds."""
EVENTS = (MessageSent, MessageDelivered, MessageFailed, MessageReceived)


class HurriedClock:
    """Real time, but twenty times as fast; while the process is kept from running it stands, and nobody is late."""

    def __init__(self, reactor: ReactorBase) -> None:
        self._reactor = reactor
        self._time = TwistedClock()
        self._skipped = timedelta()
        self._ticking = False

    def now(self) -> datetime:
        return START + timedelta(seconds=self.steady()) + self._skipped

    def skip(self, span: timedelta) -> None:
        """Let it be later at once; timers stay as they are."""
        self._skipped += span

    def steady(self) -> float:
        return self._time.seconds()

    def later(self, delay: timedelta, call: Callable[[], object]) -> Timer:
        timer = self._time.callLater(max(0.0, delay.total_seconds()), call)
        if not self._ticking:
            self._ticking = True
            self._reactor.callLater(TICK, self._tick)
        return timer

    def _tick(self) -> None:
        try:
            self._time.advance(TICK * SPEED)
        finally:
            self._ticking = bool(self._time.getDelayedCalls())
            if self._ticking:
                self._reactor.callLater(TICK, self._tick)


class World:
    """Everything from `accept` to the phones. `health` and `events` gather what the bus tells."""

    def __init__(self, directory: Path, database: Transactions, *, modems: int = 1) -> None:
        self.clock = HurriedClock(reactor)
        self.bus = Bus()
        plans = [plan.Modem(id=f"sms{n}", device=f"sms{n}") for n in range(1, modems + 1)]
        self.simulated = Modems(plans, directory, reactor=reactor, clock=self.clock)
        self.modems = [Modem(one, directory, reactor, self.clock, self.bus) for one in plans]
        self.outbox = Outbox(database, self.clock, self.bus)
        self.health: Heard[HealthChanged] = Heard()
        self.events: Heard[Event] = Heard()
        self.texts: Heard[Received] = Heard()
        self.simulated.network.told = self.texts.append
        self.bus.subscribe(HealthChanged, self.health.append)
        for kind in EVENTS:
            self.bus.subscribe(kind, self.events.append)

    @property
    def far(self) -> SimulatedModem:
        """The first simulated modem."""
        return self.simulated.modems["sms1"]

    def start(self) -> None:
        """Plug in and begin."""
        self.simulated.start()
        for modem in self.modems:
            self.outbox.attach(modem)
            modem.start()
        self.outbox.start()

    def stop(self) -> None:
        """End everything."""
        self.outbox.stop()
        for modem in self.modems:
            modem.stop()
        self.simulated.stop()
        self.bus.stop()

    async def phones_show(self, *texts: str) -> None:
        """Wait until so many different texts came; they are these, in this order. One may be shown twice."""

        def shown(received: list[Received]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(text.text for text in received))

        await self.texts.until(lambda received: len(shown(received)) >= len(texts))
        assert shown(self.texts) == texts

    async def is_now(self, state: State) -> HealthChanged:
        """Wait until the modem's newest health is `state`."""
        await self.health.until(lambda told: bool(told) and told[-1].state is state)
        return self.health[-1]

    async def told(self, kind: type[Event], times: int = 1) -> Event:
        """Wait until the bus told so many events of `kind`; the last."""
        await self.events.until(lambda events: sum(isinstance(event, kind) for event in events) >= times)
        return [event for event in self.events if isinstance(event, kind)][-1]
