"""Simulated new telephones: they ask for their configuration as their makers' do, and register with what they get."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import DatagramProtocol, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import client
from twisted.web.http_headers import Headers

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.tasks import Tasks
from appliance.simulator.control import Answer, Refused, Request, Simulator, word
from appliance.simulator.phone_makes import MAKES, Account, Make
from appliance.simulator.sip_registration import EXPIRES, Registration
from pbx.leg import Latch

FAULTS = ("none", "other-mac", "hasty", "mute")
"""other-mac: asks for the file of a neighbour. hasty: asks every second. mute: never registers."""
PAUSE = timedelta(seconds=5)
HASTE = timedelta(seconds=1)
FIRST = 21
"""The first has the address 127.0.1.21."""
WAITING = (("001565a1b2c3", "yealink"), ("c074ad2bd859", "grandstream"))
"""Who stands in the corridor of the sample hospital."""

web: Any = client
"""Twisted's, which has no types here."""


class NewPhone:
    """One telephone, plugged in at `address`."""

    def __init__(
        self, mac: str, make: Make, url: str, address: str, fault: str, *, reactor: ReactorBase, clock: Clock
    ) -> None:
        self.mac, self.address, self.fault = mac, address, fault
        self.configured: Latch[Account] = Latch()
        self.asked = 0
        self._make, self._url = make, url
        self._clock, self._reactor, self._tasks = clock, reactor, Tasks()
        self._line: _Line | None = None
        self._agent = web.Agent(reactor, connectTimeout=5, bindAddress=(address, 0))

    def plug(self) -> None:
        """It gets power."""
        self._tasks.start(self._live(), "a simulated telephone")

    def unplug(self) -> None:
        """It loses it."""
        self._tasks.stop()
        self._hang_up()

    @property
    def account(self) -> Account | None:
        """What it was told; None until then."""
        return self.configured.value

    @property
    def state(self) -> str:
        """waiting, configured, or what came of registering."""
        if self.account is None:
            return "waiting"
        return self._line.registration.state if self._line else "configured"

    async def _live(self) -> None:
        while True:
            await self._ask()
            if self.account is not None and self._line is None and self.fault != "mute":
                self._line = _Line(self.account, self.address, self._make.says(self.mac))
                self._line.start(self._reactor, self._clock, self._tasks)
            await sleep(self._clock, HASTE if self.fault == "hasty" else PAUSE)

    async def _ask(self) -> None:
        if self.account is not None and self.fault != "hasty":
            return
        mac = f"{int(self.mac, 16) + 1:012x}" if self.fault == "other-mac" else self.mac
        url = self.account.url if self.account else self._url
        for name in self._make.files:
            text = await self._fetch(url + name.format(mac=mac))
            if text is not None and "{mac}" in name:
                self.configured.set(self._make.read(text))

    async def _fetch(self, url: str) -> str | None:
        self.asked += 1
        headers = Headers({"User-Agent": [self._make.says(self.mac)]})
        try:
            answer = await self._agent.request(b"GET", url.encode(), headers)
            body = _Body()
            answer.deliverBody(body)
            whole = await body.whole
        except CancelledError:
            raise
        except Exception:  # nobody is there, or it broke off: it asks again later, as a telephone does
            return None
        return whole.decode() if answer.code == 200 else None

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.stop()
            self._line = None


class _Body(Protocol):
    """What a server sends, to its end."""

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred()
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if isinstance(reason.value, web.ResponseDone):
            self.whole.callback(b"".join(self._parts))
        else:
            self.whole.errback(reason)


class _Line(DatagramProtocol):
    """Its registration on a real wire."""

    noisy = False

    def __init__(self, account: Account, address: str, agent: str) -> None:
        self._account, self._address, self._agent = account, address, agent
        self._port: Any = None
        self.registration = Registration(account.extension, account.secret, "", "", agent)

    def start(self, reactor: Any, clock: Clock, tasks: Tasks) -> None:
        self._port = reactor.listenUDP(0, self, interface=self._address)
        here = f"{self._address}:{self._port.getHost().port}"
        server = f"{self._account.server}:{self._account.port}"
        self.registration = Registration(self._account.extension, self._account.secret, server, here, self._agent)
        tasks.start(self._keep(clock), "a simulated registration")

    def stop(self) -> None:
        if self._port is not None:
            self._port.stopListening()

    async def _keep(self, clock: Clock) -> None:
        while True:
            self._send(self.registration.ask())
            there = self.registration.state == "registered"
            await sleep(clock, timedelta(seconds=EXPIRES / 2 if there else 3))

    def datagramReceived(self, data: bytes, source: Any) -> None:
        answer = self.registration.hear(data)
        if answer is not None:
            self._send(answer)

    def _send(self, data: bytes) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.write(data, (self._account.server, self._account.port))


class NewPhones:
    """All that are plugged in. url: where DHCP says that they shall ask."""

    log = Logger()

    def __init__(self, url: str, *, reactor: ReactorBase, clock: Clock) -> None:
        self._url, self._reactor, self._clock = url, reactor, clock
        self._phones: dict[str, NewPhone] = {}
        self._addresses = 0

    def start(self) -> None:
        """Two wait from the beginning."""
        for mac, make in WAITING:
            self._plug(mac, make, "none")

    def stop(self) -> None:
        """Pull every cord."""
        for phone in self._phones.values():
            phone.unplug()

    def register(self, simulator: Simulator) -> None:
        """Answer what can be asked of them."""
        simulator.register("plug-in", self.plug_in)
        simulator.register("pull-out", self.pull_out)
        simulator.register("new-phones", self.new_phones)

    def plug_in(self, request: Request) -> Answer:
        """`mac` (12 hexadecimal digits), `make`, `fault`: plug one in; one that is there already is reset."""
        mac = word(request, "mac").lower().replace(":", "")
        make, fault = word(request, "make", "yealink"), word(request, "fault", "none")
        if not re.fullmatch(r"[0-9a-f]{12}", mac):
            raise Refused("A MAC has twelve hexadecimal digits.")
        if make not in MAKES:
            raise Refused("There are telephones of {known}.", known=", ".join(MAKES))
        if fault not in FAULTS:
            raise Refused("A telephone's fault is one of {known}.", known=", ".join(FAULTS))
        if mac in self._phones:
            self._phones[mac].unplug()
        return self._shown(self._plug(mac, make, fault))

    def pull_out(self, request: Request) -> Answer:
        """`mac`: pull its cord."""
        phone = self._phones.pop(word(request, "mac").lower().replace(":", ""), None)
        if phone is None:
            raise Refused("No such telephone is plugged in.")
        phone.unplug()
        return {}

    def new_phones(self, request: Request) -> Answer:
        """Every one and how it is."""
        return {"phones": [self._shown(phone) for phone in self._phones.values()]}

    def _plug(self, mac: str, make: str, fault: str) -> NewPhone:
        known = self._phones.get(mac)
        if known is None:
            self._addresses += 1
        address = known.address if known else f"127.0.1.{FIRST - 1 + self._addresses % 200}"
        phone = NewPhone(mac, MAKES[make], self._url, address, fault, reactor=self._reactor, clock=self._clock)
        self._phones[mac] = phone
        phone.plug()
        return phone

    def _shown(self, phone: NewPhone) -> Answer:
        number = phone.account.extension if phone.account else ""
        return {
            "mac": phone.mac,
            "address": phone.address,
            "state": phone.state,
            "extension": number,
            "asked": phone.asked,
        }
