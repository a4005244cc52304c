"""One simulated GSM modem on a pseudo terminal: its SIM, its faults, its way to the network."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.simulator.at_engine import BAD_PDU, NO_NETWORK, PLACES, AtEngine, Refusal
from appliance.simulator.control import Answer, Refused
from appliance.simulator.pty import Pty
from appliance.simulator.radio import Network
from pbx.plan import Modem as ModemPlan
from pbx.sms.pdu import (
    Alphabet,
    PduError,
    StatusReport,
    Submit,
    decode_submit,
    encode_status_report,
    encode_submit,
    framed,
    unframed,
)

SENDING = timedelta(milliseconds=300)
DELIVERING = timedelta(milliseconds=500)
GOOD_SIGNAL, WEAK_SIGNAL, NO_SIGNAL = 21, 1, 99
_GARBAGE = 400
RESET = b"AT+CFUN=1,1"
OURS = framed(encode_submit(Submit("10086", "sent", Alphabet.GSM7)))
_GIVEN_UP = 0x46


@dataclass
class Faults:
    """What is wrong with a modem. errors: codes the next messages are refused with, one each."""

    registered: bool = True
    delivers: bool = True
    reaches: bool = True
    loses_plug: bool = False
    signal: int = GOOD_SIGNAL
    sim: str = "READY"
    hung: bool = False
    errors: deque[int] = field(default_factory=deque)


class SimulatedModem:
    """One modem. `Modems.register` says what each action means."""

    def __init__(self, plan: ModemPlan, devices: Path, *, reactor: ReactorBase, clock: Clock, network: Network) -> None:
        self.id = plan.id
        self._clock = clock
        self._network = network
        self._faults = Faults()
        self._memory: dict[int, bytes] = {}
        self._queue: deque[bytes] = deque()
        self._reference = 0
        self._pty = Pty(devices / plan.device, reactor=reactor, received=self._received)
        self._engine = AtEngine(self, self._pty.write)
        self._actions: dict[str, Callable[[], None]] = {
            "break": self._break,
            "silence": self._silence,
            "unplug": self.unplug,
            "unplug-in-message": lambda: setattr(self._faults, "loses_plug", True),
            "plug": self.plug,
            "no-signal": lambda: setattr(self._faults, "registered", False),
            "no-delivery-report": lambda: setattr(self._faults, "delivers", False),
            "failed-delivery": lambda: setattr(self._faults, "reaches", False),
            "garbage": lambda: self._pty.write(os.urandom(_GARBAGE)),
            "restart": self._restart,
            "restart-unnoticed": self._power_on,
            "weak-signal": lambda: setattr(self._faults, "signal", WEAK_SIGNAL),
            "sim-pin": lambda: self._put_in("SIM PIN"),
            "sim-puk": lambda: self._put_in("SIM PUK"),
            "no-sim": lambda: self._put_in(""),
            "hang-until-reset": self._hang,
            "fill": self._fill_up,
            "mend": self._mend,
        }

    @property
    def registered(self) -> bool:
        """With the network."""
        return self._faults.registered and self._faults.sim == "READY"

    @property
    def signal(self) -> int:
        """As +CSQ tells it."""
        return self._faults.signal if self.registered else NO_SIGNAL

    @property
    def sim(self) -> str:
        """As +CPIN tells it."""
        return self._faults.sim

    def reset(self) -> None:
        """Start anew."""
        self._engine.say("OK")
        self._restart()

    def plug(self) -> None:
        """Plug in and switch on."""
        if not self._pty.is_open:
            self._power_on()
            self._pty.open()

    def unplug(self) -> None:
        """Pull the plug."""
        self._pty.close()

    def act(self, action: str) -> None:
        """Do as the action says. Raises Refused for an unknown one."""
        if action not in self._actions:
            known = ", ".join((*self._actions, "cms-error"))
            raise Refused("A modem cannot {action}. It can: {known}.", action=action, known=known)
        self._actions[action]()

    def refuse_next(self, code: int, times: int) -> None:
        """Answer the next messages with `+CMS ERROR: <code>`."""
        self._faults.errors.extend([code] * times)

    def state(self) -> Answer:
        """How it is, for an answer."""
        return {
            "id": self.id,
            "plugged": self._pty.is_open,
            "silent": self._engine.mute,
            "broken": self._engine.mute_after_prompt,
            "registered": self.registered,
            "errors": list(self._faults.errors),
            "stored": len(self._memory),
        }

    def receive(self, pdu: bytes) -> None:
        """A message from the network. It waits there while the SIM is full."""
        self._queue.append(pdu)
        self._fill()

    def stored(self) -> dict[int, bytes]:
        """Received PDUs by their place on the SIM."""
        return self._memory

    def delete(self, place: int) -> None:
        """Free a place."""
        self._memory.pop(place, None)
        self._fill()

    def submit(self, pdu: bytes, answer: Callable[[int | Refusal], None]) -> None:
        """Send a message; `answer` hears how it went."""
        if self._faults.loses_plug:
            self._faults.loses_plug = False
            self.unplug()
            return
        if not self.registered:
            raise Refusal(NO_NETWORK)
        if self._faults.errors:
            raise Refusal(self._faults.errors.popleft())
        try:
            message = decode_submit(unframed(pdu))
        except PduError as why:
            raise Refusal(BAD_PDU) from why
        if not self._engine.mute:
            self._clock.later(SENDING, lambda: self._sent(message, answer))

    def _sent(self, message: Submit, answer: Callable[[int | Refusal], None]) -> None:
        if not self._pty.is_open:
            return
        self._reference = (self._reference + 1) % 256
        reference, sent_at = self._reference, self._clock.now()
        self._network.take(self.id, message)
        answer(reference)
        if message.report and self._faults.delivers:
            status = 0 if self._faults.reaches else _GIVEN_UP
            report = StatusReport(reference, message.to, sent_at, sent_at + DELIVERING, status)
            self._clock.later(DELIVERING, lambda: self._report(report))

    def _report(self, report: StatusReport) -> None:
        if self._engine.reports:
            tpdu = encode_status_report(report)
            self._engine.say(f"+CDS: {len(tpdu)}\r\n{framed(tpdu).hex().upper()}")

    def _fill(self) -> None:
        free = [place for place in range(1, PLACES + 1) if place not in self._memory]
        for place in free[: len(self._queue)]:
            self._memory[place] = self._queue.popleft()
            if self._engine.announces:
                self._engine.say(f'+CMTI: "SM",{place}')

    def _break(self) -> None:
        self._engine.mute_after_prompt = True

    def _silence(self) -> None:
        self._engine.mute = True

    def _mend(self) -> None:
        self._faults = Faults()
        if self._engine.mute:
            self._power_on()
        self._engine.mute = self._engine.mute_after_prompt = False
        self.plug()

    def _power_on(self) -> None:
        before = self._engine
        self._engine = AtEngine(self, self._pty.write, before.mute, before.mute_after_prompt)
        # It may still be about to answer.
        before.mute = True

    def _restart(self) -> None:
        self._power_on()
        self._engine.say("RDY")

    def _put_in(self, sim: str) -> None:
        self._faults.sim = sim
        self._restart()

    def _hang(self) -> None:
        self._faults.hung = self._engine.mute = True

    def _fill_up(self) -> None:
        # Copies of messages that went out, which nobody deletes.
        for place in range(1, PLACES + 1):
            self._memory.setdefault(place, OURS)

    def _received(self, data: bytes) -> None:
        if self._faults.hung and RESET in data:
            self._faults.hung = False
            self._engine.mute = False
            self._restart()
            return
        self._engine.feed(data)
