"""When this happens here, do that there. One screen that reads like the hospital's policy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.events import AnnouncementDue, CallEscalated, CallEvent, PatientsChanged
from nursecall.ward import Wards
from pbx.events import MessageAccepted, MessageDelivered, MessageFailed, MessageSent
from tts.phrases import nurse_call
from tts.speaker import Clip

UNWRITTEN = 1000
"""So many changes of health wait for records that are down; older ones are let go."""


class Speech(Protocol):
    """Renders a sentence, or returns None when no voice is left."""

    async def say(self, text: str, language: Language) -> Clip | None: ...


class Mail(Protocol):
    """Takes a short message; it is on disk when this returns."""

    async def accept(self, to: str, text: str, about: str) -> str: ...


class Screens(Protocol):
    """Every browser that is looking."""

    def calls_changed(self, ward: str) -> None: ...
    def announce(self, ward: str, call: str, text: str, key: str | None, language: Language, priority: int) -> None: ...
    def health_changed(self) -> None: ...
    def messages_changed(self) -> None: ...


class Reactions:
    """Subscribes the house to itself. `plan` returns the plan in force."""

    log = Logger()

    def __init__(
        self,
        bus: Bus,
        plan: Callable[[], Plan],
        database: Transactions,
        wards: Wards,
        speech: Speech,
        mail: Mail,
        screens: Screens,
    ) -> None:
        self._wards = wards
        self._plan = plan
        self._database = database
        self._speech = speech
        self._mail = mail
        self._screens = screens
        self._states: dict[str, State] = {}
        self._unwritten: deque[HealthChanged] = deque(maxlen=UNWRITTEN)
        self._writing = False
        bus.subscribe(CallEvent, lambda event: screens.calls_changed(event.ward))
        bus.subscribe(HealthChanged, lambda _: screens.health_changed())
        bus.subscribe(PatientsChanged, self.redraw_beds)
        for message in (MessageAccepted, MessageSent, MessageDelivered, MessageFailed):
            bus.subscribe(message, lambda _: screens.messages_changed())
        bus.subscribe(AnnouncementDue, self.speak)
        bus.subscribe(CallEscalated, self.text_the_nurses)
        bus.subscribe(HealthChanged, self.write_down)

    async def speak(self, due: AnnouncementDue) -> None:
        """A call is due to be heard: every station of the ward chimes and, if any voice is left, speaks."""
        sentence = self.sentence(due)
        clip = await self._speech.say(sentence, due.language)
        key = clip.key if clip is not None else None
        self._screens.announce(due.ward, due.call, sentence, key, due.language, due.priority)

    def sentence(self, due: AnnouncementDue) -> str:
        """“护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!” as the ward speaks."""
        plan = self._plan()
        kind = plan.nursecall.call_type(due.call_type)
        spoken = kind.spoken[due.language] if kind else translate("is calling", due.language)
        return nurse_call(due.bed, due.care_grade, spoken, due.language, one=plan.speech.one)

    def redraw_beds(self, changed: PatientsChanged) -> None:
        """Somebody else lies there now."""
        for ward in changed.wards:
            self._screens.calls_changed(ward)

    async def text_the_nurses(self, escalated: CallEscalated) -> None:
        """Nobody came: each nurse on duty gets a short message, in the ward's language, without a patient's name."""
        for mobile in escalated.mobiles:
            await self._mail.accept(mobile, self.message(escalated), about=escalated.call)

    def message(self, escalated: CallEscalated) -> str:
        """“内科一病区 28床 呼叫,03:12 起等待,尚无人前往。”"""
        plan = self._plan()
        ward = plan.nursecall.ward(escalated.ward)
        language = ward.language if ward else plan.site.language
        kind = plan.nursecall.call_type(escalated.call_type)
        return translate(
            "{ward}, bed {bed}: {kind}, waiting since {since}. Nobody has come yet.",
            language,
            ward=ward.name[language] if ward else escalated.ward,
            bed=escalated.bed,
            kind=kind.name[language] if kind else escalated.call_type,
            since=f"{self._since(escalated).astimezone(plan.site.zone):%H:%M}",
        )

    def _since(self, escalated: CallEscalated) -> datetime:
        waiting = (call.raised_at for call in self._wards.open(escalated.ward) if call.id == escalated.call)
        return next(waiting, escalated.at)

    async def write_down(self, changed: HealthChanged) -> None:
        """What went down and came back is in the journal, each change once; also that the records were down."""
        if self._states.get(changed.part) is changed.state:
            return
        self._states[changed.part] = changed.state
        self._unwritten.append(changed)
        if not self._writing:
            self._writing = True
            try:
                await self._catch_up()
            except Exception as why:
                self.log.warn("changes of health wait to be written down: {why}", why=why)
            finally:
                self._writing = False

    async def _journal(self, events: Sequence[HealthChanged]) -> None:
        await self._database.transact(lambda connection: journal.append(connection, *events))

    async def _catch_up(self) -> None:
        while self._unwritten:
            events = tuple(self._unwritten)
            await self._journal(events)
            self._unwritten = deque((event for event in self._unwritten if event not in events), UNWRITTEN)
