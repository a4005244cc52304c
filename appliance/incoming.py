"""Calls from outside as they are served by one plan: what their rules ask of the rest of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.menus import VoiceMenus
from appliance.plan import Plan
from appliance.settings import Settings
from pbx.addresses.book import AddressBook
from pbx.calls.book import CallBook
from pbx.exchange import Exchange
from pbx.inbound.call import InboundCall
from pbx.inbound.lists import Lists
from pbx.inbound.night_switch import NightSwitch
from pbx.inbound.ring_back import Sounds
from pbx.inbound.rules import Arrival, Decision, Known, decide
from pbx.inbound.service import Inbound
from pbx.plan import PbxPlan
from pbx.plan_inbound import Contact
from pbx.ports import Prompts
from pbx.schedules import Position


class CallsFromOutside:
    """`lists`: what people change while the box runs. `inbound` decides and serves."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        exchange: Exchange,
        prompts: Prompts,
        book: CallBook,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        addresses: AddressBook,
    ) -> None:
        self.lists = Lists(database, clock, bus)
        self._plan, self._addresses = plan, addresses
        self.sounds = Sounds(settings.tones, settings.prompts)
        self.inbound = Inbound(
            plan.pbx, plan.site, exchange.callout, exchange.behalf, exchange.dialer, book, self._known,
            prompts, self.sounds.find, exchange.numbers.decide_outside, clock,
        )  # fmt: skip
        exchange.inbound = self.inbound.serve
        for schedule in plan.pbx.schedules:
            if schedule.switch:
                switch = NightSwitch(schedule, self.lists, prompts, plan.site.language)
                exchange.numbers.register(schedule.switch, switch.serve, needs="internal")

    def _known(self) -> Known:
        return known(self._plan, self.lists.positions, tuple(self.lists.blocked), self._addresses)

    def decide(self, arrival: Arrival, at: datetime, plan: PbxPlan | None = None) -> Decision:
        """What becomes of a call at a moment; by another plan than the one in force."""
        return decide(plan or self._plan.pbx, arrival, at.astimezone(self._plan.site.zone), self._known())

    def position(self, schedule: str) -> Position:
        """How a schedule's switch stands."""
        return self.lists.positions.get(schedule, "")

    def serve_menus(self, menus: VoiceMenus) -> None:
        """Steps may lead to voice menus."""

        async def run(call: InboundCall, flow: str) -> bool:
            await menus.menus.run(call, flow)
            return True

        self.inbound.register("menu", run)

    def serve_mailboxes(self, leave: Callable[[InboundCall, str, str], Awaitable[bool]]) -> None:
        """Steps may lead to mailboxes."""

        async def run(call: InboundCall, mailbox: str) -> bool:
            return await leave(call, mailbox, call.extension)

        self.inbound.register("mailbox", run)

    def serve_faxes(self, receive: Callable[[InboundCall, str], Awaitable[bool]]) -> None:
        """Steps may lead to fax lines."""
        self.inbound.register("fax", receive)

    def serve_rooms(self, enter: Callable[[InboundCall, str], Awaitable[None]]) -> None:
        """Steps may lead to conference rooms."""

        async def run(call: InboundCall, room: str) -> bool:
            await call.answer()
            await enter(call, room)
            return True

        self.inbound.register("room", run)


def known(
    plan: Plan, positions: Mapping[str, Position], blocked: Collection[str], addresses: AddressBook | None = None
) -> Known:
    """What rules ask besides the plan of calls, now. addresses: None where the records are not asked."""

    def desk(ward: str) -> str | None:
        found = plan.nursecall.ward(ward)
        return found.desk if found else None

    def contact(number: str) -> Contact | None:
        entry = addresses.of(number) if addresses is not None else None
        return Contact(number=entry.numbers[0], name=entry.name, vip=entry.vip) if entry else None

    return Known(plan.site.country, plan.site.area, plan.site.calendar, desk, positions, blocked, contact)
