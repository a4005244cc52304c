"""Four ways out for short messages, each with what it takes to send through it, break it and mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.modem import Modems
from appliance.simulator.radio import Network, Received
from appliance.simulator.smsc import MessageCentre
from appliance.simulator.web_ends import SmsService, WebEnd
from pbx import plan
from pbx.plan_messages import HttpSms, Inbound, Smpp
from pbx.sms.http import HttpGateway
from pbx.sms.inbox import Incoming
from pbx.sms.letters import dialable
from pbx.sms.modem import Modem
from pbx.sms.office import Fate, Letter, Office, Receipt
from pbx.sms.pdu import Deliver, encode_deliver, framed
from pbx.sms.smpp import SmppGateway
from pbx.sms.trouble import Declined, Gone, NotReady
from tests.pbx.sms.world import HurriedClock
from tests.real_reactor import Heard, reactor

TOKEN = "NIGHTBELL_TEST_TOKEN"


@dataclass
class Desk:
    """An office that remembers. broken: what comes cannot be stored."""

    ready: Heard[str] = field(default_factory=Heard)
    came: Heard[Incoming] = field(default_factory=Heard)
    receipts: Heard[Receipt] = field(default_factory=Heard)
    refused: Heard[str] = field(default_factory=Heard)
    broken: bool = False

    def gateway_ready(self) -> None:
        self.ready.append("ready")

    async def arrived(self, gateway: str, message: Incoming) -> None:
        if self.broken:
            self.refused.append(message.text)
            raise OSError("disk full")
        self.came.append(message)

    async def part_arrived(self, gateway: str, message: Deliver) -> None:
        await self.arrived(gateway, Incoming(message.sender, message.text, None))

    async def reported(self, gateway: str, receipt: Receipt) -> None:
        self.receipts.append(receipt)


class Way:
    """A gateway and its far end. `texts` are what phones show, `health` what it says of itself."""

    def __init__(self) -> None:
        self.clock = HurriedClock(reactor)
        self.bus = Bus()
        self.network = Network(self.clock)
        self.texts: Heard[Received] = Heard()
        self.network.told = self.texts.append
        self.health: Heard[HealthChanged] = Heard()
        self.bus.subscribe(HealthChanged, self.health.append)
        self.desk = Desk()
        self.gateway: Any = None

    def start(self) -> None:
        """Both ends."""
        self.gateway.attach(self.desk)
        self.gateway.start()

    def stop(self) -> None:
        """Both ends."""
        self.gateway.stop()

    async def is_ready(self) -> None:
        """Wait until it can send."""
        if not self.gateway.ready:
            seen = len(self.desk.ready)
            await self.desk.ready.until(lambda told: len(told) > seen)

    async def send(self, letter: Letter) -> list[str]:
        """Every part of it; their references."""
        parts = range(1, self.gateway.parts(letter) + 1)
        return [await self.gateway.send(letter, part) for part in parts]

    async def is_now(self, state: State) -> HealthChanged:
        """Wait until its newest health is `state`."""
        await self.health.until(lambda told: bool(told) and told[-1].state is state)
        return self.health[-1]

    def refuse(self) -> None:
        """Say no to the next part."""
        raise NotImplementedError

    def hang(self) -> None:
        """Take the next part and do not say so."""
        raise NotImplementedError

    def vanish(self) -> None:
        """Be gone."""
        raise NotImplementedError

    def mend(self) -> None:
        """Be well again."""
        raise NotImplementedError

    def write(self, sender: str, text: str) -> None:
        """Somebody writes to the hospital."""
        raise NotImplementedError


class FakeWay(Way):
    """The gateway that unit tests use."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway = FakeGateway(self)

    def refuse(self) -> None:
        self.gateway.troubles.append(Declined("the gateway refused the message"))

    def hang(self) -> None:
        self.gateway.troubles.append(Gone())

    def vanish(self) -> None:
        self.gateway.ready = False

    def mend(self) -> None:
        self.gateway.mend()

    def write(self, sender: str, text: str) -> None:
        self.gateway.deliver(Incoming(sender, text, None))


@dataclass
class FakeGateway:
    """Satisfies office.Gateway without a wire; sends a letter once under its id, reports at once."""

    way: Way
    id: str = "fake"
    ready: bool = False
    window: int = 1
    troubles: list[Exception] = field(default_factory=list)
    office: Office | None = None
    waiting: list[Incoming] = field(default_factory=list)

    def attach(self, office: Office | None) -> None:
        self.office = office

    def start(self) -> None:
        self.mend()

    def stop(self) -> None:
        self.ready = False

    def mend(self) -> None:
        self.ready = True
        if self.office is not None:
            self.office.gateway_ready()

    def parts(self, letter: Letter) -> int:
        return 1

    async def send(self, letter: Letter, part: int) -> str:
        if not self.ready:
            raise NotReady
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Gone):
            self.ready = False
        if trouble is not None:
            raise trouble
        self.way.texts.append(Received(self.id, letter.to, letter.text, self.way.clock.now(), 1))
        assert self.office is not None
        await self.office.reported(self.id, Receipt(("1",), letter.to, Fate.DELIVERED))
        return "1"

    def deliver(self, message: Incoming) -> None:
        """Bring it until it is stored."""
        self.way.clock.later(timedelta(seconds=1), lambda: self._bring(message))

    def _bring(self, message: Incoming) -> None:
        from twisted.internet.defer import Deferred

        assert self.office is not None
        brought = Deferred.fromCoroutine(self.office.arrived(self.id, message))
        brought.addErrback(lambda _: self.deliver(message))


class ModemWay(Way):
    """A modem on a real pseudo terminal."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        row = plan.Modem(id="sms1", device="sms1")
        self.far = Modems([row], directory, reactor=reactor, clock=self.clock)
        self.far.network.told = self.texts.append
        self.gateway = Modem(row, directory, reactor, self.clock, self.bus)

    @property
    def _modem(self) -> Any:
        return self.far.modems["sms1"]

    def start(self) -> None:
        self.far.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self.far.stop()

    def refuse(self) -> None:
        self._modem.refuse_next(42, 1)

    def hang(self) -> None:
        self._modem.act("break")

    def vanish(self) -> None:
        self._modem.unplug()

    def mend(self) -> None:
        self._modem.act("mend")

    def write(self, sender: str, text: str) -> None:
        for part in self.far.network.written(sender, text):
            self._modem.receive(framed(encode_deliver(part)))


class SmppWay(Way):
    """A message centre over TCP."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Smpp(id="smsc", host="127.0.0.1", port=1, system_id="hospital", sender="10690000", timeout=5)
        self.far = MessageCentre(
            self.row.model_copy(update={"port": 0}), reactor=reactor, clock=self.clock, network=self.network
        )

    def start(self) -> None:
        self.far.start()
        row = self.row.model_copy(update={"port": self.far.port})
        self.gateway = SmppGateway(row, reactor, self.clock, self.bus)
        super().start()

    def stop(self) -> None:
        super().stop()
        self.far.stop()

    def refuse(self) -> None:
        self.far.refuse_next(0x58, 1)

    def hang(self) -> None:
        self.far.act("swallow")

    def vanish(self) -> None:
        self.far.act("stop")

    def mend(self) -> None:
        self.far.act("mend")

    def write(self, sender: str, text: str) -> None:
        self.far.deliver(self.network.written(sender, text))


class HttpWay(Way):
    """An HTTP gateway over TCP; it knows messages by their id, and tells us by webhook."""

    def __init__(self) -> None:
        super().__init__()
        service = SmsService("cloud", self.network)
        self.far = WebEnd("cloud", "http://127.0.0.1:0/", service.take, reactor=reactor, clock=self.clock)

    def start(self) -> None:
        self.far.start()
        row = HttpSms(
            id="cloud",
            url=f"http://127.0.0.1:{self.far.port}/sms",
            headers={"Content-Type": "application/json", "Authorization": "Bearer {{ secrets.key }}"},
            secrets={"key": f"env:{TOKEN}"},
            success_path="code",
            success="^0$",
            id_path="id",
            timeout=5,
            inbound=Inbound(token=f"env:{TOKEN}"),
        )
        self.gateway = HttpGateway(row, reactor, self.clock, self.bus)
        super().start()

    def stop(self) -> None:
        super().stop()
        self.far.stop()

    async def send(self, letter: Letter) -> list[str]:
        references = await super().send(letter)
        for reference in references:
            await self.gateway.called("report", "secret", {"id": reference, "status": "DELIVRD"})
        return references

    def refuse(self) -> None:
        self.far.refuse_next(400, 1)

    def hang(self) -> None:
        self.far.act("swallow")

    def vanish(self) -> None:
        self.far.act("stop")

    def mend(self) -> None:
        self.far.act("mend")

    def write(self, sender: str, text: str) -> None:
        from twisted.internet.defer import Deferred

        brought = Deferred.fromCoroutine(
            self.gateway.called("message", "secret", {"from": sender, "text": text, "id": text})
        )
        brought.addErrback(lambda _: self.clock.later(timedelta(seconds=5), lambda: self.write(sender, text)))


WAYS: dict[str, Callable[[Path], Way]] = {
    "fake": lambda _: FakeWay(),
    "modem": ModemWay,
    "smpp": lambda _: SmppWay(),
    "http": lambda _: HttpWay(),
}


def letter(text: str, to: str = "13800138000", number: int = 1) -> Letter:
    """A letter of its own id."""
    return Letter(f"{number:032x}", dialable(to), text, timedelta(days=1))
