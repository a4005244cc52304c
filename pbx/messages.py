"""Everything of messages that one plan describes: gateways on the outbox, mail servers and webhooks on the notices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.base import ReactorBase

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from pbx.mail import MailCarrier
from pbx.notices import Notices
from pbx.plan import PbxPlan
from pbx.plan_messages import HttpSms, Modem, Smpp
from pbx.sms.broadcasts import Broadcasts
from pbx.sms.http import HttpGateway, Unwelcome
from pbx.sms.modem import Modem as GsmModem
from pbx.sms.office import Gateway
from pbx.sms.outbox import Outbox
from pbx.sms.people import Person
from pbx.sms.smpp import SmppGateway
from pbx.webhook import WebhookCarrier


class _Way(Gateway, Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Messages:
    """The ways out and in, of the plan in force. outbox: short messages. notices: alarms by e-mail and webhook."""

    def __init__(self, database: Transactions, devices: Path, *, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.outbox = Outbox(database, clock, bus)
        self.notices = Notices(database, clock, bus)
        self.broadcasts = Broadcasts(database, self.outbox, clock, bus)
        self._devices = devices
        self._reactor = reactor
        self._clock = clock
        self._bus = bus
        self._ways: list[_Way] = []

    def start(self, plan: PbxPlan) -> None:
        """Send what waits from before and what comes, by every way in the plan's order."""
        self.outbox.start()
        self.open(plan)

    def stop(self) -> None:
        """Send no more; what waits is on disk."""
        self.outbox.stop()
        self.close()

    def replan(self, plan: PbxPlan) -> None:
        """Go by another plan."""
        self.close()
        self.open(plan)

    def open(self, plan: PbxPlan) -> None:
        """Open every way."""
        for row in plan.gateways():
            way = self._way(row)
            self._ways.append(way)
            self.outbox.attach(way)
            way.start()
        parts = (self._reactor, self._clock, self._bus)
        mail = [MailCarrier(row, *parts) for row in plan.mail]
        self.notices.start([*mail, *(WebhookCarrier(row, *parts) for row in plan.webhooks)])

    def close(self) -> None:
        """Close every way; what is accepted meanwhile waits."""
        self.notices.stop()
        while self._ways:
            way = self._ways.pop()
            self.outbox.detach(way)
            way.stop()

    async def write(self, to: str, text: str, only: str = "") -> str:
        """One message; its id. only: the one gateway it may use, empty for any. Raises Unsendable."""
        return await self.outbox.accept(to, text, only=only)

    async def broadcast(self, identity: str, text: str, people: Sequence[Person], by: str) -> bool:
        """One text to many; False where it was accepted before. Raises Unsendable."""
        return await self.broadcasts.make(identity, text, people, by)

    async def again(self, broadcast: str, by: str) -> int:
        """Try again what failed; how many that is."""
        return await self.broadcasts.again(broadcast, by)

    async def called(self, gateway: str, kind: str, token: str, said: Any) -> str:
        """A gateway calls us: a message came in, or a `report`. What it wants to hear. Raises Unwelcome, ValueError."""
        way = next((way for way in self._ways if way.id == gateway), None)
        if not isinstance(way, HttpGateway):
            raise Unwelcome
        return await way.called(kind, token, said)

    def _way(self, row: Modem | Smpp | HttpSms) -> _Way:
        match row:
            case Modem():
                return GsmModem(row, self._devices, self._reactor, self._clock, self._bus)
            case Smpp():
                return SmppGateway(row, self._reactor, self._clock, self._bus)
            case HttpSms():
                return HttpGateway(row, self._reactor, self._clock, self._bus)
