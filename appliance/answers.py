"""A nurse answers an alarm with a short message: “1” takes the call, “2” passes it on; and hears what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from twisted.logger import Logger

from appliance.errands import ABOUT as ERRAND
from appliance.foundation.bus import Bus
from appliance.foundation.i18n import translate
from appliance.plan import Plan
from nursecall.board import LINE
from nursecall.calls import OpenCall, Told
from nursecall.events import Outcome
from pbx.events import MessageReceived
from pbx.sms.broadcasts import ABOUT
from pbx.sms.numbers import masked_number, same_number
from pbx.sms.replies import Meaning, meaning


class Wards(Protocol):
    """`nursecall.ward.Wards`."""

    def open(self, ward: str | None = None) -> list[OpenCall]: ...
    async def acknowledge(self, call: str, by: str, device: str = "station") -> bool: ...
    async def step_result(
        self, call: str, step: int, device: str, who: str, outcome: Outcome, at: datetime
    ) -> bool: ...


class Outbox(Protocol):
    """`pbx.sms.outbox.Outbox`."""

    async def about(self, mobile: str, within: timedelta) -> str: ...
    async def accept(self, to: str, text: str, about: str = "") -> str: ...


class Answers:
    """An answer is about what the newest message to its mobile was about. `plan` returns the plan in force."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], wards: Wards, outbox: Outbox) -> None:
        self._plan = plan
        self._wards = wards
        self._outbox = outbox
        bus.subscribe(MessageReceived, self.hear)

    async def hear(self, message: MessageReceived) -> None:
        """Somebody wrote. What is no plain answer, or to nothing of ours, only stays in the records."""
        meant = meaning(message.text)
        if meant is None:
            return
        hours = timedelta(hours=self._plan().pbx.messages.answer_hours)
        about = await self._outbox.about(message.sender, hours)
        if about and not about.startswith((ABOUT, ERRAND)):
            await self._outbox.accept(message.sender, await self._done(about, meant, message), about)

    async def _done(self, about: str, meant: Meaning, message: MessageReceived) -> str:
        """Do as they say; what they are told."""
        call = next((call for call in self._wards.open() if call.id == about), None)
        if call is None:
            return translate("This call is over. Thank you.", self._plan().site.language)
        told = next((one for one in reversed(call.told) if same_number(one.device, message.sender)), None)
        who = told.who if told else masked_number(message.sender)
        if meant == "accept" and not call.waiting and call.acknowledged_by not in (None, who):
            return self._say("{place}: taken by {who} already. Thank you.", call, who=call.acknowledged_by or "")
        still = await self._tell_the_ward(call, told, meant, message, who)
        if not still:
            return self._say("{place}: this call is over. Thank you.", call)
        if meant == "accept":
            return self._say("{place}: accepted. It is yours now.", call)
        return self._say("{place}: passed on.", call)

    async def _tell_the_ward(
        self, call: OpenCall, told: Told | None, meant: Meaning, message: MessageReceived, who: str
    ) -> bool:
        """Whether the call was still open."""
        if told is not None:
            outcome: Outcome = "accepted" if meant == "accept" else "declined"
            return await self._wards.step_result(call.id, told.serial, told.device, who, outcome, message.at)
        return meant != "accept" or await self._wards.acknowledge(call.id, who, "sms")

    def _say(self, sentence: str, call: OpenCall, **facts: str) -> str:
        plan = self._plan()
        ward = plan.nursecall.ward(call.ward)
        language = ward.language if ward else plan.site.language
        name = ward.name[language] if ward else call.ward
        bed = "" if call.bed == LINE else translate(", bed {bed}", language, bed=call.bed)
        return translate(sentence, language, place=name + bed, **facts)
