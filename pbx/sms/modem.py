"""A GSM modem on a serial device: made ready, kept ready, met again after silence or unplugging."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
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
from pbx.sms.at import Arrived, Event, Remark, Stored, Verdict
from pbx.sms.bell import Bell
from pbx.sms.conversation import Conversation
from pbx.sms.desk import Desk
from pbx.sms.letters import pdus, pieces
from pbx.sms.memory import Memory
from pbx.sms.network import Reception, reception
from pbx.sms.office import Letter, Office
from pbx.sms.pdu import framed
from pbx.sms.setup import Unusable, attempt, check_sim, initialise
from pbx.sms.trouble import GatewayError, NotReady, Refused, Silent

POLL = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)
QUIET = timedelta(seconds=1)
"""After an escape, late answers to what was given up pass by unheard."""
SENDING = timedelta(seconds=60)
SILENCES = 3
"""After so many spells of silence on end the modem is reset and its device opened anew, and again after as many."""
ASTRAY = timedelta(minutes=10)
"""After so long without a network the modem is reset, and again after as long."""
RESET = "AT+CFUN=1,1"
WEAK = 1
"""Bars, of 5."""

_RESTARTED = ("RDY", "^SYSSTART", "START", "Call Ready", "SMS Ready", "+PBREADY")
"""What modems of several makers say when they start."""

MEMORY_FULL = 322
_REFERENCE = re.compile(r"\+CMGS\s*:\s*(\d{1,3})")


class Modem:
    """Satisfies office.Gateway. Publishes HealthChanged for `sms:<id>`."""

    window = 1

    log = Logger()

    def __init__(self, plan: plans.Modem, devices: Path, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.id = plan.id
        self._clock = clock
        self._bus = bus
        self._ready = self._running = False
        self._trouble = ""
        self._refusal = ""
        self._full = False
        self._silences = 0
        self._astray: datetime | None = None
        self._told: tuple[State, str, object] | None = None
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
            office.gateway_ready()

    def start(self) -> None:
        """Open the device and keep it open."""
        self._running = True
        self._device.start()

    def stop(self) -> None:
        """Let go of the device. Whoever waits for a message to be sent hears Gone."""
        self._running = False
        self._end_session()
        self._device.stop()
        self._tasks.stop()

    def parts(self, letter: Letter) -> int:
        """As many as it takes."""
        return len(pieces(letter))

    async def send(self, letter: Letter, part: int) -> str:
        """Hand a part to the network as SMS-SUBMIT; the reference it was given, `0` to `255`. Raises GatewayError."""
        if not self._ready:
            raise NotReady
        tpdu = list(pdus(letter))[part - 1]
        try:
            # A modem that restarted unnoticed is in text mode, where a PDU would be sent as words.
            await attempt(self._talk, "AT+CMGF=0")
            lines = await self._talk.ask(f"AT+CMGS={len(tpdu)}", payload=framed(tpdu).hex().upper(), timeout=SENDING)
        except Silent as why:
            self._start_over(str(why))
            raise
        except Refused as why:
            self._refusal = str(why)
            self._full = self._full or (why.verdict, why.code) == (Verdict.CMS, MEMORY_FULL)
            self._bell.ring()
            raise
        self._refusal = ""
        self._bell.ring()
        found = _REFERENCE.search("\n".join(lines))
        return str(int(found[1]) & 0xFF if found else 0)

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
            self._silences = self._silences + 1 if why == Silent.words else 0
            if self._silences and self._silences % SILENCES == 0:
                self._reset()
            await sleep(self._clock, AGAIN)

    def _reset(self) -> None:
        """Tell the modem to start anew, though it may not hear, and close and open its device: that wakes some."""
        self.log.warn("modem {id} is reset", id=self.id)
        self._device.write(f"{RESET}\r".encode())
        # Opening ends this very spell, so it cannot be done within it.
        self._clock.later(QUIET, self._reopen)

    def _reopen(self) -> None:
        if self._running:
            self._device.stop()
            self._device.start()

    async def _spell(self) -> str:
        """From meeting the modem until it fails; why it failed, an English message id."""
        try:
            self._talk.escape()
            await sleep(self._clock, QUIET)
            return await self._attend(Memory(self._talk, await initialise(self._talk)))
        except (Unusable, GatewayError) as why:
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
            self._silences = 0
            if not network.registered:
                await check_sim(self._talk)
            astray = self._is_astray(network)
            self._judge(network)
            await self._desk.sweep(memory)
            await self._keep_room(memory)
            if astray:
                await attempt(self._talk, RESET)
                return "the modem is not registered with a network"
            while not self._trouble and await self._bell.wait(POLL if self._ready else AGAIN):
                await self._desk.run(memory)
                self._judge(network)
        return self._trouble

    async def _keep_room(self, memory: Memory) -> None:
        full = self._full or await memory.is_full()
        if full:
            await self._desk.make_room(memory)
            full = await memory.is_full()
        self._full = full

    def _is_astray(self, network: Reception) -> bool:
        now = self._clock.now()
        if network.registered or self._astray is None:
            self._astray = None if network.registered else now
        elif now - self._astray >= ASTRAY:
            self._astray = now
            return True
        return False

    def _judge(self, network: Reception) -> None:
        if self._trouble:
            return
        came_ready = network.registered and not self._ready
        self._ready = network.registered
        self._tell(*self._state(network), network)
        if came_ready and self._desk.office is not None:
            self._desk.office.gateway_ready()

    def _state(self, network: Reception) -> tuple[State, str]:
        if not network.registered:
            return State.DOWN, "the modem is not registered with a network"
        if self._refusal:
            return State.DEGRADED, self._refusal
        if self._full:
            return State.DEGRADED, "the modem's memory is full: messages that come in wait in the network"
        if network.dbm is None:
            return State.UP, "on the network"
        if network.bars < WEAK:
            return State.DEGRADED, "weak signal, {dbm} dBm"
        return State.UP, "on the network, signal {dbm} dBm"

    def _tell(self, state: State, detail: str, network: Reception | None = None) -> None:
        # A signal that wavers by a decibel is no news; one more bar, or one less, is.
        seen = network and (network.bars, network.operator, network.roaming)
        if self._told == (state, detail, seen):
            return
        self._told = (state, detail, seen)
        facts = () if network is None else tuple(_facts(network))
        self._bus.publish(
            HealthChanged(at=self._clock.now(), part=f"sms:{self.id}", state=state, detail=detail, facts=facts)
        )


def _facts(network: Reception) -> Iterator[tuple[str, str]]:
    """For whoever draws bars: dbm, bars (0 to 5), operator, sim, roaming; each only where it is known."""
    yield "sim", "ready"
    if network.dbm is not None:
        yield "dbm", str(network.dbm)
        yield "bars", str(network.bars)
    if network.operator:
        yield "operator", network.operator
    if network.roaming:
        yield "roaming", "yes"
