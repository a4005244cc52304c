"""Service requests become short messages, and an answer takes them; screens hear of rosters, rounds and reminders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.care_events import CareChanged, ServiceRequested
from nursecall.care_store import Request
from nursecall.roster import Staff
from nursecall.roster_events import OnDutyChanged
from pbx.events import MessageReceived
from pbx.sms.numbers import masked_number, same_number
from pbx.sms.replies import meaning

ABOUT = "service:"
"""What a message about a request is about: this, and the request's id."""


class Outbox(Protocol):
    """`pbx.sms.outbox.Outbox`."""

    async def about(self, mobile: str, within: timedelta) -> str: ...
    async def accept(self, to: str, text: str, about: str = "") -> str: ...


class Services(Protocol):
    """`nursecall.services.Services`."""

    def find(self, request: str) -> Request | None: ...
    def text(self, event: ServiceRequested, language: Language) -> str: ...
    async def take(self, request: str, by: str) -> bool: ...


class People(Protocol):
    """`nursecall.rota.Rota`."""

    def staff(self, ward: str | None = None) -> Sequence[Staff]: ...


class Screens(Protocol):
    """`web.live.Live`."""

    def calls_changed(self, ward: str) -> None: ...
    def roster_changed(self, ward: str) -> None: ...


class Errands:
    """Those who see to a service are told, in the ward's language. `plan` returns the plan in force."""

    log = Logger()

    def __init__(
        self,
        bus: Bus,
        plan: Callable[[], Plan],
        services: Services,
        people: People,
        outbox: Outbox,
        screens: Screens,
    ) -> None:
        self._plan, self._services, self._people = plan, services, people
        self._outbox, self._screens = outbox, screens
        bus.subscribe(ServiceRequested, self.send)
        bus.subscribe(MessageReceived, self.hear)
        bus.subscribe(CareChanged, lambda event: screens.calls_changed(event.ward))
        bus.subscribe(OnDutyChanged, self.redraw)

    async def send(self, asked: ServiceRequested) -> None:
        """Everybody gets one; a number that cannot be used keeps nobody else from being told."""
        text = self._services.text(asked, self._language(asked.ward))
        for who, mobile in dict.fromkeys((*asked.to, *self._members(asked.groups))):
            try:
                await self._outbox.accept(mobile, text, about=f"{ABOUT}{asked.request}")
            except Exception as why:
                self.log.warn("no message can be sent to {who}: {why}", who=who, why=why)

    async def hear(self, message: MessageReceived) -> None:
        """Whoever answers “1” sees to it."""
        hours = timedelta(hours=self._plan().pbx.messages.answer_hours)
        if meaning(message.text) != "accept":
            return
        about = await self._outbox.about(message.sender, hours)
        if about.startswith(ABOUT):
            request = self._services.find(about.removeprefix(ABOUT))
            await self._outbox.accept(message.sender, await self._take(request, message.sender), about)

    def redraw(self, changed: OnDutyChanged) -> None:
        """Others are on duty."""
        for ward in changed.wards:
            self._screens.calls_changed(ward)
            self._screens.roster_changed(ward)

    async def _take(self, request: Request | None, sender: str) -> str:
        language = self._language(request.ward if request else "")
        if request is not None and await self._services.take(request.id, self._who(sender)):
            return translate("Thank you. It is yours now.", language)
        return translate("Somebody has seen to it already. Thank you.", language)

    def _who(self, sender: str) -> str:
        plan = self._plan()
        rows = ((duty.nurse, duty.mobile) for ward in plan.nursecall.wards for duty in ward.roster)
        members = self._members(tuple(group.id for group in plan.pbx.groups))
        people = (*((one.name, one.mobile) for one in self._people.staff()), *members, *rows)
        return next((who for who, mobile in people if same_number(mobile, sender)), masked_number(sender))

    def _members(self, groups: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for group in self._plan().pbx.groups:
            if group.id in groups:
                yield from ((member.name, member.mobile) for member in group.members)

    def _language(self, ward: str) -> Language:
        plan = self._plan()
        known = plan.nursecall.ward(ward)
        return known.language if known else plan.site.language
