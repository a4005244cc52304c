"""A simulated UPS behind a simulated upsd, with faults on demand."""

from __future__ import annotations

from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from appliance.hardware.nut import listed
from appliance.settings import UpsServer
from appliance.simulator.control import Answer, Refused, Request, Simulator

MAINS = {
    "battery.charge": "100", "battery.runtime": "2400", "device.mfr": "EATON", "device.model": 'Sim "5P"',
    "ups.load": "17", "ups.status": "OL",
}  # fmt: skip
ACTIONS: dict[str, dict[str, str]] = {
    "mains": MAINS,
    "battery": MAINS | {"ups.status": "OB DISCHRG", "battery.charge": "86", "battery.runtime": "1980"},
    "low": MAINS | {"ups.status": "OB LB DISCHRG", "battery.charge": "9", "battery.runtime": "110"},
    "replace": MAINS | {"ups.status": "OL RB"},
    "overload": MAINS | {"ups.status": "OL OVER", "ups.load": "112"},
    "bypass": MAINS | {"ups.status": "OL BYPASS"},
    "off": MAINS | {"ups.status": "OFF"},
}
FAULTS = ("stale", "unplugged", "hang", "garbage", "drop", "stop")
CODES = {"stale": "DATA-STALE", "unplugged": "DRIVER-NOT-CONNECTED"}


class SimulatedUps:
    """At the port of the settings, where that is on this box."""

    log = Logger()

    def __init__(self, server: UpsServer, reactor: ReactorBase) -> None:
        self._server = server
        self._reactor: Any = reactor
        self._port: Any = None
        self.variables, self.fault = dict(MAINS), ""

    def start(self) -> None:
        """Listen."""
        if self._port is None:
            factory = Factory.forProtocol(lambda: _Session(self))
            try:
                self._port = self._reactor.listenTCP(self._server.port, factory, interface=self._server.host)
            except CannotListenError as why:
                self.log.error("the UPS is not simulated: {why}", why=why)

    def stop(self) -> None:
        """Listen no more."""
        if self._port is not None:
            self._port.stopListening()
            self._port = None

    def register(self, simulator: Simulator) -> None:
        """Answer the verb `ups` with `action`: one of ACTIONS, a fault, or `mend`; without one, how it is."""
        simulator.register("ups", self._act)

    def act(self, action: str) -> None:
        """Do one of those. Raises Refused."""
        if action in ACTIONS:
            self.variables, self.fault = dict(ACTIONS[action]), ""
        elif action in FAULTS:
            self.fault = action
        elif action == "mend":
            self.variables, self.fault = dict(MAINS), ""
        else:
            raise Refused("A UPS cannot {action}.", action=action)
        if self.fault == "stop":
            self.stop()
        else:
            self.start()

    def answer(self, line: str) -> bytes:
        """What upsd says to a line; nothing where it hangs."""
        if self.fault == "hang":
            return b""
        if self.fault == "garbage":
            return b"HTTP/1.1 400 Bad Request\r\n\r\n"
        if line != f"LIST VAR {self._server.name}":
            return b"ERR UNKNOWN-UPS\n" if line.startswith("LIST VAR ") else b"ERR UNKNOWN-COMMAND\n"
        if self.fault in CODES:
            return f"ERR {CODES[self.fault]}\n".encode()
        return listed(self._server.name, self.variables)

    def _act(self, request: Request) -> Answer:
        action = request.get("action")
        if action:
            self.act(str(action))
        return {"status": self.variables["ups.status"], "fault": self.fault}


class _Session(Protocol):
    def __init__(self, ups: SimulatedUps) -> None:
        self._ups, self._tail = ups, b""

    def dataReceived(self, data: bytes) -> None:
        wire: Any = self.transport
        *lines, self._tail = (self._tail + data)[-4096:].split(b"\n")
        for line in lines:
            if self._ups.fault == "drop":
                wire.abortConnection()
                return
            wire.write(self._ups.answer(line.decode("ascii", "replace").strip()))
