"""The simulated GSM modems of a plan, and the verbs that tell them what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.gsm import SimulatedModem
from appliance.simulator.radio import Network
from pbx.plan import Modem as ModemPlan
from pbx.sms.pdu import PduError, encode_deliver, framed

TEMPORARY_FAULT = 41


class Modems:
    """All simulated modems of a plan, and the network they are in."""

    def __init__(self, plans: Sequence[ModemPlan], devices: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self.network = Network(clock)
        self.modems = {
            plan.id: SimulatedModem(plan, devices, reactor=reactor, clock=clock, network=self.network) for plan in plans
        }

    def start(self) -> None:
        """Plug all in."""
        for modem in self.modems.values():
            modem.plug()

    def stop(self) -> None:
        """Unplug all."""
        for modem in self.modems.values():
            modem.unplug()

    def register(self, simulator: Simulator) -> None:
        """Answer three verbs.

        modem: `id` (may be left out where there is one), `action`:
            `break` falls silent in mid-message, after the prompt; `silence` says nothing at all; `unplug`;
            `unplug-in-message` with the next one; `plug`; `cms-error` refuses the next `times` messages with `code`;
            `no-signal`; `no-delivery-report`; `failed-delivery` reports that phones were not reached; `garbage` says
            nonsense; `restart`; `restart-unnoticed` without a word; `hang-until-reset` hears nothing but AT+CFUN=1,1;
            `weak-signal`; `sim-pin`, `sim-puk`, `no-sim`; `fill` the SIM with old messages; `mend` ends all of these.
            Without an action: only how it is.
        messages: the texts phones received, oldest first: to, text, at, parts, modem; only those `to`, if given.
        incoming: somebody at `from` writes `text` to the hospital.
        """
        simulator.register("modem", self._modem)
        simulator.register("messages", self._messages)
        simulator.register("incoming", self._incoming)

    def _modem(self, request: Request) -> Answer:
        modem = self._named(request)
        action = word(request, "action", "")
        if action == "cms-error":
            code = int(number(request, "code", TEMPORARY_FAULT, most=512))
            modem.refuse_next(code, int(number(request, "times", 1, least=1, most=1000)))
        elif action:
            modem.act(action)
        return modem.state()

    def _messages(self, request: Request) -> Answer:
        to = word(request, "to", "")
        texts = [
            {"to": text.to, "text": text.text, "at": text.at.isoformat(), "parts": text.parts, "modem": text.modem}
            for text in self.network.texts
            if to in ("", text.to)
        ]
        return {"messages": texts, "unfinished": self.network.unfinished}

    def _incoming(self, request: Request) -> Answer:
        modem = self._named(request)
        try:
            pdus = [encode_deliver(part) for part in self.network.written(word(request, "from"), word(request, "text"))]
        except PduError as why:
            raise Refused("This message cannot be: {why}.", why=why) from why
        for pdu in pdus:
            modem.receive(framed(pdu))
        return {"parts": len(pdus)}

    def _named(self, request: Request) -> SimulatedModem:
        only = next(iter(self.modems)) if len(self.modems) == 1 else None
        identity = word(request, "id", only)
        if identity not in self.modems:
            raise Refused("There is no modem {id}. There are: {known}.", id=identity, known=", ".join(self.modems))
        return self.modems[identity]
