"""When this happens here, do that there. One screen that reads like the hospital's policy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from twisted.logger import Logger

from appliance.carriers import Carrier, Carriers, Mail, Stations, Texts
from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from billing.events import CallAuthorised, CallSettled, LeaseExtended
from billing.guard.events import AccountStopped, FraudAlarm, FraudAlarmSeen, Watched
from nursecall.board import LINE
from nursecall.events import AnnouncementDue, BedsideEvent, CallEscalated, CallEvent, PatientsChanged
from nursecall.patient import Patient
from nursecall.plan_escalation import By
from nursecall.traces import Traced
from nursecall.ward import Wards
from pbx.calls.events import CallAnswered, CallEnded, CallSupervised
from pbx.conference.events import ConferenceChanged
from pbx.events import MessageAccepted, MessageDelivered, MessageFailed, MessageReceived, MessageSent
from pbx.voicemail.events import VoicemailDeleted, VoicemailHeard, VoicemailLeft
from tts.chime import Tone
from tts.persons import addressed
from tts.phrases import nurse_call
from tts.places import Announcement
from tts.speaker import Clip
from web.live import Say

UNWRITTEN = 1000
"""So many changes of health wait for records that are down; older ones are let go."""


class Speech(Protocol):
    """Renders a sentence, or returns None when no voice is left."""

    async def say(self, text: str, language: Language) -> Clip | None: ...


class Places(Protocol):
    """The loudspeakers, paging zones and phones of the wards."""

    def announce(self, announcement: Announcement) -> None: ...


class Beds(Protocol):
    """Who lies where."""

    def at(self, ward: str, bed: str) -> Patient | None: ...


class Screens(Protocol):
    """Every browser that is looking."""

    def calls_changed(self, ward: str) -> None: ...
    def announce(self, ward: str, say: Say) -> None: ...
    def health_changed(self) -> None: ...
    def messages_changed(self) -> None: ...
    def conferences_changed(self) -> None: ...
    def talks_changed(self) -> None: ...
    def voicemail_changed(self) -> None: ...
    def misuse_changed(self) -> None: ...
    def trace_changed(self, line: str) -> None: ...


class Reactions:
    """Subscribes the house to itself. `plan` returns the plan in force.

    carriers: of steps of an escalation, beside short messages and stations, which are carried out here.
    """

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
        places: Places,
        beds: Beds,
        carriers: Mapping[By, Carrier] | None = None,
    ) -> None:
        self._wards = wards
        self._plan = plan
        self._database = database
        self._speech = speech
        texts = Texts(wards, mail)
        self._carriers = Carriers(wards, {"sms": texts, "station": Stations(wards), **(carriers or {})})
        self._screens = screens
        self._places = places
        self._beds = beds
        self._states: dict[str, State] = {}
        self._unwritten: deque[HealthChanged] = deque(maxlen=UNWRITTEN)
        self._writing = False
        bus.subscribe(CallEvent, lambda event: screens.calls_changed(event.ward))
        bus.subscribe(BedsideEvent, lambda event: screens.calls_changed(event.ward))
        bus.subscribe(HealthChanged, lambda _: screens.health_changed())
        bus.subscribe(Traced, lambda traced: screens.trace_changed(traced.line))
        bus.subscribe(PatientsChanged, self.redraw_beds)
        for message in (MessageAccepted, MessageSent, MessageDelivered, MessageFailed, MessageReceived):
            bus.subscribe(message, lambda _: screens.messages_changed())
        bus.subscribe(ConferenceChanged, lambda _: screens.conferences_changed())
        for kind in (CallAnswered, CallEnded, CallSupervised):
            bus.subscribe(kind, lambda _: screens.talks_changed())
        for voicemail in (VoicemailLeft, VoicemailHeard, VoicemailDeleted):
            bus.subscribe(voicemail, lambda _: screens.voicemail_changed())
        for spent in (FraudAlarm, FraudAlarmSeen, AccountStopped, Watched, CallAuthorised, LeaseExtended, CallSettled):
            bus.subscribe(spent, lambda _: screens.misuse_changed())
        bus.subscribe(AnnouncementDue, self.speak)
        bus.subscribe(CallEscalated, self.pass_on)
        bus.subscribe(MessageDelivered, texts.report)
        bus.subscribe(MessageFailed, texts.report)
        bus.subscribe(HealthChanged, self.write_down)

    async def speak(self, due: AnnouncementDue) -> None:
        """A call is due to be heard: every place of the ward chimes and, if any voice is left, speaks.

        A patient's name, where the site wishes it, is said at the stations only.
        """
        tone, everywhere, at_station = self.tone(due), self.sentence(due), self.sentence(due, self._person(due))
        clip = await self._speech.say(everywhere, due.language)
        self._places.announce(Announcement(due.call, due.ward, due.priority, tone, clip))
        if at_station != everywhere:
            clip = await self._speech.say(at_station, due.language)
        key = clip.key if clip is not None else None
        self._screens.announce(due.ward, Say(due.call, at_station, key, due.language, due.priority, tone))

    def tone(self, due: AnnouncementDue) -> Tone:
        """The chime before it."""
        kind = self._plan().nursecall.call_type(due.call_type)
        return kind.tone if kind else "call"

    def sentence(self, due: AnnouncementDue, person: str | None = None) -> str:
        """“护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!” as the ward speaks."""
        plan = self._plan()
        kind = plan.nursecall.call_type(due.call_type)
        spoken = kind.spoken[due.language] if kind else translate("is calling", due.language)
        if due.bed == LINE:
            return spoken
        return nurse_call(due.bed, due.care_grade, spoken, due.language, one=plan.speech.one, person=person)

    def _person(self, due: AnnouncementDue) -> str | None:
        patient = self._beds.at(due.ward, due.bed) if self._plan().speech.names else None
        return addressed(patient.name, patient.sex, due.language) if patient else None

    def redraw_beds(self, changed: PatientsChanged) -> None:
        """Somebody else lies there now."""
        for ward in changed.wards:
            self._screens.calls_changed(ward)

    async def pass_on(self, escalated: CallEscalated) -> None:
        """Nobody came: those whose turn it is are told, in the ward's language, without a patient's name."""
        await self._carriers.carry(escalated, self.message(escalated))

    def message(self, escalated: CallEscalated) -> str:
        """“内科一病区 28床 呼叫,03:12 起等待,尚无人前往。”"""
        plan = self._plan()
        ward = plan.nursecall.ward(escalated.ward)
        language = ward.language if ward else plan.site.language
        kind = plan.nursecall.call_type(escalated.call_type)
        return translate(
            "{ward}: {kind}, since {since}. Nobody has seen to it yet."
            if escalated.bed == LINE
            else "{ward}, bed {bed}: {kind}, waiting since {since}. Nobody has come yet.",
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
