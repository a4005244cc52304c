"""A GSM modem on a serial device: made ready, kept ready, met again after silence or unplugging."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.serial_device import SerialDevice
from appliance.foundation.tasks import Tasks
from pbx import plan as plans
from pbx.sms.at import Arrived, Event, Remark, Stored
from pbx.sms.bell import Bell
from pbx.sms.conversation import Conversation
from pbx.sms.desk import Desk
from pbx.sms.memory import Memory
from pbx.sms.network import Reception, reception
from pbx.sms.office import Office
from pbx.sms.pdu import framed
from pbx.sms.setup import Unusable, attempt, initialise
from pbx.sms.trouble import ModemError, NotReady, Refused, Silent

POLL = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)
QUIET = timedelta(seconds=1)
"""After an escape, late answers to what was given up pass by unheard."""
SENDING = timedelta(seconds=60)
WEAK = 1
"""Bars, of 5."""

_RESTARTED = ("RDY", "^SYSSTART", "START", "Call Ready", "SMS Ready", "+PBREADY")
"""What modems of several makers say when they start."""

_REFERENCE = re.compile(r"\+CMGS\s*:\s*(\d{1,3})")


class Modem:
    """Satisfies office.Sender. Publishes HealthChanged for `modem:<id>`."""

    log = Logger()

    def __init__(self, plan: plans.Modem, devices: Path, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.id = plan.id
        self._clock = clock
        self._bus = bus
        self._ready = False
        self._trouble = ""
        self._refusal = ""
        self._told: tuple[State, str, int] | None = None
        self._bell = Bell(clock)
        self._desk = Desk(plan.id, clock)
        self._tasks = Tasks()
        self._session: Deferred[None] | None = None
        self._device = SerialDevice(
            devices / plan.device,
            reactor=reactor,
            clock=clock,
            baud=plan.baud,
            received=lambda data: self._talk.feed(data),
            opened=self._opened,
            lost=self._lost,
        )
        self._talk = Conversation(clock=clock, write=self._device.write, heard=self._heard)

    @property
    def ready(self) -> bool:
        """Whether a message can be sent now."""
        return self._ready

    def attach(self, office: Office | None) -> None:
        """Tell `office` from now on; messages that came before wait in the modem."""
        self._desk.office = office
        if office is not None and self._ready:
            office.modem_ready()

    def start(self) -> None:
        """Open the device and keep it open."""
        self._device.start()

    def stop(self) -> None:
        """Let go of the device. Whoever waits for a message to be sent hears Gone."""
        self._end_session()
        self._device.stop()
        self._tasks.stop()

    async def send(self, tpdu: bytes) -> int:
        """Hand an SMS-SUBMIT to the network; the reference it was given (0 to 255). Raises ModemError."""
        if not self._ready:
            raise NotReady
        try:
            # A modem that restarted unnoticed is in text mode, where a PDU would be sent as words.
            await attempt(self._talk, "AT+CMGF=0")
            lines = await self._talk.ask(f"AT+CMGS={len(tpdu)}", payload=framed(tpdu).hex().upper(), timeout=SENDING)
        except Silent as why:
            self._start_over(str(why))
            raise
        except Refused as why:
            self._refusal = str(why)
            self._bell.ring()
            raise
        self._refusal = ""
        self._bell.ring()
        found = _REFERENCE.search("\n".join(lines))
        return int(found[1]) & 0xFF if found else 0

    def _opened(self) -> None:
        self._end_session()
        self._session = self._tasks.start(self._serve(), f"modem {self.id}")

    def _lost(self, why: str) -> None:
        self._end_session()
        self._tell(State.DOWN, why)

    def _end_session(self) -> None:
        self._ready = False
        if self._session is not None:
            self._session.cancel()
            self._session = None
        self._talk.gone()

    def _heard(self, event: Event) -> None:
        if isinstance(event, (Stored, Arrived)):
            self._desk.announce(event)
            self._bell.ring()
        elif isinstance(event, Remark) and event.line in _RESTARTED:
            self._start_over("the modem restarted by itself")

    def _start_over(self, why: str) -> None:
        self._ready = False
        self._trouble = why
        self._bell.ring()

    async def _serve(self) -> None:
        while True:
            why = await self._spell()
            self._ready = False
            self._tell(State.DOWN, why)
            await sleep(self._clock, AGAIN)

    async def _spell(self) -> str:
        """From meeting the modem until it fails; why it failed, an English message id."""
        try:
            self._talk.escape()
            await sleep(self._clock, QUIET)
            return await self._attend(Memory(self._talk, await initialise(self._talk)))
        except (Unusable, ModemError) as why:
            return str(why)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("modem {id} is met afresh", id=self.id)
            return str(Silent())

    async def _attend(self, memory: Memory) -> str:
        """Keep it ready until it has to be met afresh; why. Raises Silent, Gone."""
        self._trouble = ""
        while not self._trouble:
            network = await reception(self._talk)
            self._judge(network)
            await self._desk.sweep(memory)
            while not self._trouble and await self._bell.wait(POLL if self._ready else AGAIN):
                await self._desk.run(memory)
                self._judge(network)
        return self._trouble

    def _judge(self, network: Reception) -> None:
        if self._trouble:
            return
        came_ready = network.registered and not self._ready
        self._ready = network.registered
        self._tell(*self._state(network), network)
        if came_ready and self._desk.office is not None:
            self._desk.office.modem_ready()

    def _state(self, network: Reception) -> tuple[State, str]:
        if not network.registered:
            return State.DOWN, "the modem is not registered with a network"
        if self._refusal:
            return State.DEGRADED, self._refusal
        if network.dbm is None:
            return State.UP, "on the network"
        if network.bars < WEAK:
            return State.DEGRADED, "weak signal, {dbm} dBm"
        return State.UP, "on the network, signal {dbm} dBm"

    def _tell(self, state: State, detail: str, network: Reception | None = None) -> None:
        bars = -1 if network is None else network.bars
        if self._told == (state, detail, bars):
            return
        self._told = (state, detail, bars)
        facts = () if network is None or network.dbm is None else (("dbm", str(network.dbm)),)
        self._bus.publish(
            HealthChanged(at=self._clock.now(), part=f"modem:{self.id}", state=state, detail=detail, facts=facts)
        )
