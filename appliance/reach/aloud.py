"""Steps that are heard and seen: the loudspeakers of a ward, and the wards next to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.reach.ports import Mail, Wards, found
from appliance.reach.words import Words
from nursecall.calls import OpenCall, helpers
from nursecall.events import CallEnded, CallEscalated, CallEvent, Outcome
from nursecall.plan_types import Tone
from nursecall.ports import Duties
from tts.places import Announcement
from tts.speaker import Clip
from web.live import Say


class Speech(Protocol):
    """Renders a sentence, or returns None when no voice is left."""

    async def say(self, text: str, language: Language) -> Clip | None: ...


class Places(Protocol):
    """The loudspeakers, paging zones and phones of the wards."""

    def announce(self, announcement: Announcement) -> None: ...


class Screens(Protocol):
    """Every browser that is looking."""

    def calls_changed(self, ward: str) -> None: ...
    def announce(self, ward: str, say: Say) -> None: ...


class Speakers:
    """Steps by speaker: said in every place of the ward, once, with the name of the ward that calls."""

    def __init__(self, plan: Callable[[], Plan], wards: Wards, places: Places, speech: Speech, clock: Clock) -> None:
        self._plan, self._wards, self._places, self._speech, self._clock = plan, wards, places, speech, clock
        self._words = Words(plan)

    async def carry(self, step: CallEscalated, text: str) -> None:
        """A ward without any place has nothing to say it."""
        call = found(self._wards, step.call)
        if call is None:
            return
        for who, ward in step.to:
            there = any(place.ward == ward for place in self._plan().nursecall.places)
            if there:
                self._places.announce(await self.announcement(call, ward))
            outcome: Outcome = "delivered" if there else "failed"
            await self._wards.step_result(step.call, step.serial, ward, who, outcome, self._clock.now())

    async def announcement(self, call: OpenCall, ward: str) -> Announcement:
        """“请支援:内科一病区,二十八床呼叫。” in the language of `ward`."""
        language = self._words.language(ward)
        clip = await self._speech.say(self._words.to_neighbours(call, language), language)
        return Announcement(call.id, ward, call.priority, self.tone(call), clip)

    def tone(self, call: OpenCall) -> Tone:
        """The chime before it."""
        kind = self._plan().nursecall.call_type(call.call_type)
        return kind.tone if kind else "call"


class Neighbours:
    """Steps by ward: the call is shown and spoken at the stations of wards that help, and their nurses are written to.

    The stations have it: that is the step's result. What became of each short message is in the journal of messages.
    """

    log = Logger()

    def __init__(
        self,
        plan: Callable[[], Plan],
        wards: Wards,
        speakers: Speakers,
        places: Places,
        screens: Screens,
        mail: Mail,
        duties: Duties,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._wards, self._speakers, self._places, self._screens = wards, speakers, places, screens
        self._mail, self._duties, self._clock = mail, duties, clock
        self._words = Words(plan)
        self._helping: dict[str, frozenset[str]] = {}
        bus.subscribe(CallEvent, self._befell)

    def start(self) -> None:
        """Know again who helps with calls from before a restart."""
        for call in self._wards.open():
            self._helping[call.id] = helpers(call)

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Every ward of `step`."""
        call = found(self._wards, step.call)
        if call is None:
            return
        for who, ward in step.to:
            self._helping[call.id] = self._helping.get(call.id, frozenset()) | {ward}
            self._screens.calls_changed(ward)
            await self._say(call, ward)
            await self._write(call, ward, text)
            await self._wards.step_result(step.call, step.serial, ward, who, "delivered", self._clock.now())

    def _befell(self, event: CallEvent) -> None:
        for ward in self._helping.get(event.call, ()):
            self._screens.calls_changed(ward)
        if isinstance(event, CallEnded):
            self._helping.pop(event.call, None)

    async def _say(self, call: OpenCall, ward: str) -> None:
        announcement = await self._speakers.announcement(call, ward)
        self._places.announce(announcement)
        key = announcement.clip.key if announcement.clip is not None else None
        language = self._words.language(ward)
        text = self._words.to_neighbours(call, language)
        self._screens.announce(ward, Say(call.id, text, key, language, call.priority, announcement.tone))

    async def _write(self, call: OpenCall, ward: str, text: str) -> None:
        for person in self._duties.on_duty(ward, self._clock.now()):
            if not person.mobile:
                continue
            try:
                await self._mail.accept(person.mobile, text, about=call.id)
            except Exception as why:
                self.log.warn("no message can be sent to {who}: {why}", who=person.name, why=why)
