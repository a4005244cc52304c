"""Two-way speech with a bed: who may be connected, for how long, and what the ward is told of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.i18n import translate
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, HungUp
from appliance.plan import Plan
from appliance.reach.ports import Bridge, Party, Prompts, Telephones, Wards, found
from appliance.reach.words import Words
from nursecall.calls import OpenCall
from nursecall.plan_wards import Ward
from nursecall.ports import Duties
from nursecall.speech import NoSpeech
from nursecall.voice_call import DUMB
from pbx.callout import NotReached
from pbx.leg import Latch
from pbx.terms import FREE, Keep, Terms

DESK_RINGS = timedelta(seconds=20)
LOOK = timedelta(seconds=30)

NO_CALL = "The call has already ended."
NO_PHONE = "Bed {bed} has no telephone in the plan."
NO_DESK = "This station has no telephone in the plan."
BUSY = "Somebody is speaking with bed {bed} already."
SILENT_DESK = "The telephone of the station, {number}, does not answer."
SILENT_BED = "The telephone of bed {bed}, {number}, does not answer."
HUNG_UP = "The telephone of the station was hung up."


class Talks:
    """Satisfies `nursecall.speech.Speech`.

    lines, bridge: return the exchange's ways to ring people and to connect them now.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        wards: Wards,
        duties: Duties,
        lines: Callable[[], Telephones],
        bridge: Callable[[], Bridge],
        prompts: Prompts,
        clock: Clock,
    ) -> None:
        self._plan, self._wards, self._duties, self._lines, self._bridge = plan, wards, duties, lines, bridge
        self._prompts, self._clock = prompts, clock
        self._words = Words(plan)
        self._speaking: set[str] = set()
        self._unheard: dict[str, datetime] = {}
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """From now on see to talks whose end we did not hear."""
        self._look()

    def lines_changed(self) -> None:
        """The exchange was set up anew: talks go on in it without us."""
        self._tasks.stop()
        self._speaking.clear()

    def stop(self) -> None:
        """Talk goes on in the exchange, held to its limit."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def phone(self, ward: str, bed: str) -> str | None:
        """The extension at that bed."""
        known = self._plan().nursecall.ward(ward)
        return known.phones.beds.get(bed) if known else None

    def possible(self, ward: str, bed: str) -> bool:
        """Whether the plan gives both the ward's station and this bed a telephone."""
        known = self._plan().nursecall.ward(ward)
        return known is not None and known.desk is not None and bed in known.phones.beds

    async def speak(self, call: str, by: str) -> None:
        """Ring the station's desk phone, then the bed of `call`; returns when both talk. Raises NoSpeech."""
        known = found(self._wards, call)
        if known is None:
            raise NoSpeech(NO_CALL)
        ward, number = self._plan().nursecall.ward(known.ward), self.phone(known.ward, known.bed)
        if ward is None or number is None:
            raise NoSpeech(NO_PHONE, bed=known.bed)
        if ward.desk is None:
            raise NoSpeech(NO_DESK)
        if call in self._speaking:
            raise NoSpeech(BUSY, bed=known.bed)
        came: Latch[NoSpeech | bool] = Latch()
        talk = _Talk(known, ward, number, by, ward.desk, came)
        self._tasks.start(self._from_desk(talk, ward.desk), f"speech with bed {known.bed}")
        how = await came.wait()
        if isinstance(how, NoSpeech):
            raise how

    async def connect(self, party: Party, call: OpenCall, by: str, device: str) -> bool:
        """Connect somebody on the line with the bed; returns when they are done. False where it does not answer."""
        ward, number = self._plan().nursecall.ward(call.ward), self.phone(call.ward, call.bed)
        if ward is None or number is None or call.id in self._speaking:
            return False
        talk = _Talk(call, ward, number, by, device, Latch())
        return (await self._bridge().ring(party, number, self._terms(talk))).answered_at is not None

    def terms(self, caller: str, called: str) -> Terms:
        """A nurse's telephone that dials a bed of its ward has limit and record; others talk as any two telephones."""
        for ward in self._plan().nursecall.wards:
            bed = ward.phones.bed(called)
            if bed is not None and (by := self._staff(ward, caller)):
                call = next((call for call in self._wards.open(ward.id) if call.bed == bed), None)
                return self._terms(_Talk(call, ward, called, by, caller, Latch()))
        return FREE

    def _staff(self, ward: Ward, extension: str) -> str:
        """Whose telephone that is, where it is one of the ward's nurses."""
        if extension == ward.desk:
            return self._words.desk(ward.id, extension)
        on_duty = self._duties.on_duty(ward.id, self._clock.now())
        return next((person.name for person in on_duty if person.extension == extension), "")

    async def _from_desk(self, talk: _Talk, desk: str) -> None:
        call, phones = talk.call, talk.ward.phones
        assert call is not None
        self._speaking.add(call.id)
        longest = timedelta(seconds=phones.limit + phones.ring)
        try:
            party = await self._lines().desk(desk, DESK_RINGS, longest, shown=self._words.shown(call))
            await self._with_bed(talk, party)
            # Not when we are being stopped: then they talk on, held to their limit.
            await party.hang_up()
        except NotReached:
            talk.came.set(NoSpeech(SILENT_DESK, number=desk))
        finally:
            self._speaking.discard(call.id)
            talk.came.set(NoSpeech(HUNG_UP))

    async def _with_bed(self, talk: _Talk, party: Party) -> None:
        ended = await self._bridge().ring(party, talk.number, self._terms(talk))
        if ended.outcome not in ("answered", "caller-left"):
            language, bed = talk.ward.language, talk.call.bed if talk.call else ""
            talk.came.set(NoSpeech(SILENT_BED, bed=bed, number=talk.number))
            sound = await self._prompts.prompt(translate(DUMB, language), language)
            with suppress(HungUp):
                await party.play([sound] if sound else [])

    def _terms(self, talk: _Talk) -> Terms:
        phones, about = talk.ward.phones, talk.call.id if talk.call else ""
        keep = Keep(f"ward:{talk.ward.id}", about or talk.ward.id, phones.keep_days) if phones.record else None

        async def answered(at: datetime) -> None:
            if about:
                self._speaking.add(about)
                await self._wards.talk_began(about, talk.by, talk.device)
            talk.came.set(True)

        async def over(ended: Ended) -> None:
            self._speaking.discard(about)
            if ended.answered_at is None:
                return
            if about:
                await self._wards.talk_ended(about, talk.by)

        limit, ring = timedelta(seconds=phones.limit), timedelta(seconds=phones.ring)
        return Terms(limit, answered, over, ring, phones.auto_answer, keep)

    def _look(self) -> None:
        self._timer = self._clock.later(LOOK, self._look)
        self._tasks.start(self._end_unheard(), "ending talks that were not heard to end")

    async def _end_unheard(self) -> None:
        """A talk from before a restart is over by now: the exchange lets none last longer than its limit."""
        now = self._clock.now()
        talking = [call for call in self._wards.open() if call.state == "talking" and call.id not in self._speaking]
        self._unheard = {call.id: self._unheard.get(call.id, now) for call in talking}
        for call in talking:
            ward = self._plan().nursecall.ward(call.ward)
            if ward is None or now - self._unheard[call.id] > timedelta(seconds=ward.phones.limit):
                await self._wards.talk_ended(call.id, call.spoken_with or "")


@dataclass(frozen=True)
class _Talk:
    """Of `by`, on `device`, with a bed of `ward` at extension `number`. call: None where nobody called.

    came: True when both talk, else why they do not.
    """

    call: OpenCall | None
    ward: Ward
    number: str
    by: str
    device: str
    came: Latch[NoSpeech | bool]
