"""Nurses reached over real telephones: Asterisk, a simulated carrier that is Asterisk too, and SIPp at the bedside."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.config import parse
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.reach.phones import Phones
from appliance.reach.talks import Talks
from appliance.simulator.outside import OUTSIDE_TONE
from nursecall.calls import OpenCall, Telling
from nursecall.duties import PlanDuties
from nursecall.events import CallEscalated, CallEvent, CallTalkBegan, CallTalkEnded
from nursecall.patients import Patients
from nursecall.plan_phones import BedsidePhones
from nursecall.reading import Ended, Press
from nursecall.speech import NoSpeech
from nursecall.store import CallStore
from nursecall.ward import Wards
from pbx.exchange import Exchange
from pbx.paging import Unreachable
from pbx.plan_recording import Recording
from pbx.recording.recorder import Recorder
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.recorded import Shelf, record
from tests.integration.sip_phone import Ear, Line, answering, share
from tests.integration.test_exchange import until_nobody_calls, write_tone
from tests.real_reactor import Heard, call, reactor, run

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")
ANNA, BERTA = ("Anna", "13800138001"), ("Berta", "13800138003")
PROMPT_TONE = 1800


class Prompts:
    """Every sentence is a second of a tone."""

    def __init__(self, sound: Path) -> None:
        self.sound = sound
        self.asked: list[str] = []

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.asked.append(text)
        return self.sound


class Hospital:
    """The sample hospital's ward A, with extensions 8002 and 8005 at its beds 2 and 5, on real telephones."""

    def __init__(self, telephony: Telephony, directory: Path, desk: str = "8001", **phones: object) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        plan = parse(SAMPLE, Plan)
        beds = BedsidePhones.model_validate({"beds": {"2": "8002", "5": "8005"}, **phones})
        ward = plan.nursecall.wards[0].model_copy(update={"desk": desk, "phones": beds})
        nursecall = plan.nursecall.model_copy(update={"wards": (ward, *plan.nursecall.wards[1:])})
        self.plan = plan.model_copy(update={"nursecall": nursecall, "pbx": telephony.plan})
        clock, bus, database = ReactorClock(reactor), Bus(), InlineDatabase()
        self.told: Heard[CallEvent] = Heard()
        bus.subscribe(CallEvent, self.told.append)
        patients = Patients(database, bus, clock)
        self.wards = Wards(self.plan.nursecall, self.plan.site.zone, CallStore(database), patients, clock, bus)
        sound = directory / "prompt.wav"
        write_tone(sound, PROMPT_TONE, seconds=1)
        self.prompts = Prompts(sound)
        self.talks = Talks(
            lambda: self.plan,
            self.wards,
            PlanDuties(lambda: self.plan.nursecall, self.plan.site.zone),
            lambda: self.exchange.callout,
            lambda: self.exchange.dialer,
            self.prompts,
            clock,
        )
        self.phones = Phones(
            lambda: self.plan, self.wards, lambda: self.exchange.callout, self.talks, self.prompts, clock, bus
        )
        self.exchange.terms = self.talks.terms
        self.recorder = call(lambda: self._record(directory, sound))
        run(self.wards.start())
        run(self.exchange.sweep())

    def _record(self, directory: Path, sound: Path) -> Recorder:
        return record(
            self.exchange,
            Recording(announce="both"),
            directory,
            sound,
            asterisk=self.telephony.main,
            records=self.telephony.records,
            reactor=reactor,
            clock=ReactorClock(reactor),
        )

    def stop(self) -> None:
        """Nothing rings any more."""
        self.recorder.stop()
        self.wards.stop()
        self.exchange.stop()

    def press(self, bed: str) -> OpenCall:
        """Somebody calls."""
        self.wards.heard(self.plan.nursecall.lines[0], Press("ward-a", bed, "call"))
        return self.call()

    def reset(self, bed: str) -> None:
        """Somebody came."""
        self.wards.heard(self.plan.nursecall.lines[0], Ended("ward-a", bed, "call"))

    def call(self) -> OpenCall:
        """The only open call."""
        [found] = self.wards.open()
        return found

    async def until(self, kind: type[CallEvent]) -> None:
        """Wait until such an event was told."""
        await self.told.until(lambda told: any(isinstance(event, kind) for event in told))


@pytest.fixture
def hospital(telephony: Telephony, tmp_path: Path) -> Iterator[Hospital]:
    made = Hospital(telephony, tmp_path)
    yield made
    call(made.stop)


def escalated(hospital: Hospital, *to: tuple[str, str], bed: str = "2") -> tuple[OpenCall, CallEscalated]:
    """A call, and a step by mobile that the ward knows it has taken."""
    hospital.press(bed)
    [held] = hospital.wards._held.board
    events = held.life.overdue(Telling("", 1, 1, 1, "mobile", to), held.facts.raised_at)
    hospital.wards._held.happened(held, events)
    [step] = [event for event in events if isinstance(event, CallEscalated)]
    return hospital.call(), step


async def behaves(telephony: Telephony, number: str, answer: str, keys: str = "", *, hear: bool = False) -> str | None:
    """How the telephone at `number` behaves; where what it hears is recorded."""
    told = await telephony.simulator.phone({"number": number, "answer": answer, "keys": keys, "hear": hear})
    heard = told["heard"]
    return None if heard is None else str(heard)


def test_a_mobile_rings_is_spoken_to_and_one_takes_the_call(hospital: Hospital) -> None:
    """The carrier's phone recorded the announcement; the key went back through RTP."""

    async def story() -> Path:
        heard = await behaves(hospital.telephony, ANNA[1], "yes", "WW1", hear=True)
        await behaves(hospital.telephony, BERTA[1], "yes", "W1")
        _, step = escalated(hospital, ANNA, BERTA)
        await hospital.phones.carry(step, "")
        await until_nobody_calls(hospital.telephony)
        assert heard is not None
        return Path(heard)

    heard = run(story())
    found = hospital.call()
    assert (found.state, found.acknowledged_by) == ("acknowledged", "Anna")
    assert [(one.who, one.outcome) for one in found.told] == [("Anna", "accepted"), ("Berta", None)]
    assert tone_in(heard, PROMPT_TONE) > 0.8


def test_two_and_nobody_and_busy_ring_the_next_nurse(hospital: Hospital) -> None:
    """Until one accepts."""

    async def story() -> None:
        await behaves(hospital.telephony, "13800138001", "yes", "W2")
        await behaves(hospital.telephony, "13800138003", "busy")
        await behaves(hospital.telephony, "13800138004", "yes", "W1")
        to = ANNA, BERTA, ("Clara", "13800138004")
        await hospital.phones.carry(escalated(hospital, *to)[1], "")

    run(story())
    assert [(one.who, one.outcome) for one in hospital.call().told] == [
        ("Anna", "declined"),
        ("Berta", "no-answer"),
        ("Clara", "accepted"),
    ]


def test_a_mobile_that_nobody_answers_is_given_up_after_its_ring(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange itself lets it ring that long; the next is rung."""
    monkeypatch.setattr("appliance.reach.phones.USUAL_RING", 2)

    async def story() -> None:
        await behaves(hospital.telephony, ANNA[1], "no")
        await behaves(hospital.telephony, BERTA[1], "yes", "W1")
        await hospital.phones.carry(escalated(hospital, ANNA, BERTA)[1], "")

    run(story())
    assert [(one.who, one.outcome) for one in hospital.call().told] == [("Anna", "no-answer"), ("Berta", "accepted")]


def test_a_mobile_that_rings_is_hung_up_when_somebody_came(hospital: Hospital) -> None:
    """No leg is left at the carrier."""

    async def story() -> None:
        await behaves(hospital.telephony, ANNA[1], "no")
        _, step = escalated(hospital, ANNA)
        carrying = Deferred.fromCoroutine(hospital.phones.carry(step, ""))
        while not (await hospital.telephony.simulator.calls({}))["calls"]:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        hospital.reset("2")
        await carrying
        await until_nobody_calls(hospital.telephony)

    run(story())
    assert hospital.wards.open() == []


def test_a_nurse_on_her_mobile_speaks_with_the_bed_until_the_limit(telephony: Telephony, tmp_path: Path) -> None:
    """Pressed 1, then 3: audio goes from the bedside to the mobile and back, and Asterisk ends it after ten seconds."""
    hospital = Hospital(telephony, tmp_path, limit=10, record=True)
    ear = call(lambda: Ear(1400))
    echo = call(lambda: ear.hears(1400))

    async def story() -> float:
        await behaves(telephony, ANNA[1], "yes", "W1WW3")
        phone = Line("8005", telephony.secrets["8005"], telephony.settings.sip_port)
        bedside = Deferred.fromCoroutine(answering("answer_until_cut", phone, tmp_path, ear=ear.number))
        await registered(hospital.exchange, "8005")
        await hospital.phones.carry(escalated(hospital, ANNA, bed="5")[1], "")
        await echo
        await bedside
        await hospital.until(CallTalkEnded)
        await until_nobody_calls(telephony)
        moments = [event.at for event in hospital.told if isinstance(event, CallTalkBegan | CallTalkEnded)]
        return (moments[1] - moments[0]).total_seconds()

    lasted, shelf = run(story(), 90), Shelf(tmp_path, telephony.main)
    run(shelf.ended())
    call(ear.close)
    call(hospital.stop)
    assert 9.5 < lasted < 12
    found = hospital.call()
    assert (found.state, found.spoken_with) == ("acknowledged", "Anna")
    [kept] = shelf.sealed()
    assert (kept.row.about, kept.row.rule, kept.row.called) == (found.id, "ward:ward-a", "8005")
    assert (kept.row.caller, kept.row.direction) == (f"86{ANNA[1]}", "out")
    assert kept.share(1, 1400) > 0.5
    assert "answer-after=0" not in messages(tmp_path)


def test_the_station_speaks_with_the_bed(telephony: Telephony, tmp_path: Path) -> None:
    """Its desk phone rings first, then the bed, which is asked to answer by itself; who hangs up ends it for both."""
    hospital = Hospital(telephony, tmp_path, desk="8002", limit=60, auto_answer=True)
    ear = call(lambda: Ear(1400))

    async def story() -> None:
        # The desk sounds first, then echoes: the phone at the bed talks to whoever it has heard.
        await behaves(telephony, "8002", "yes", "WWW")
        desk, echo = ear.hears(OUTSIDE_TONE), ear.hears(1400)
        phone = Line("8005", telephony.secrets["8005"], telephony.settings.sip_port)
        bedside = Deferred.fromCoroutine(answering("answer_and_hang_up", phone, tmp_path, ear=ear.number, talk=6000))
        await registered(hospital.exchange, "8002")
        await registered(hospital.exchange, "8005")
        await hospital.talks.speak(hospital.press("5").id, "沈敏")
        assert hospital.call().state == "talking"
        await desk
        await echo
        await bedside
        await hospital.until(CallTalkEnded)
        await until_nobody_calls(telephony)

    run(story())
    call(ear.close)
    call(hospital.stop)
    assert hospital.call().spoken_with == "沈敏"
    assert "answer-after=0" in messages(tmp_path)


def test_a_bed_that_does_not_answer_is_said(telephony: Telephony, tmp_path: Path) -> None:
    """One sentence for the screen; the desk is told and hung up."""
    hospital = Hospital(telephony, tmp_path, ring=5)

    async def story() -> NoSpeech:
        await behaves(telephony, "8002", "no")
        desk = Line("8001", telephony.secrets["8001"], telephony.settings.sip_port)
        station = Deferred.fromCoroutine(answering("answer_until_cut", desk, tmp_path, ear=9))
        await registered(hospital.exchange, "8001")
        await registered(hospital.exchange, "8002")
        try:
            await hospital.talks.speak(hospital.press("2").id, "沈敏")
        except NoSpeech as why:
            await station
            return why
        finally:
            await behaves(telephony, "8002", "")
        raise AssertionError("they talked")

    why = run(story())
    call(hospital.stop)
    assert why.message.format(**why.facts) == "The telephone of bed 2, 8002, does not answer."


def test_the_desk_that_dials_a_bed_speaks_about_its_call(hospital: Hospital) -> None:
    """The call is in talk as long as they speak, and taken afterwards."""

    async def story() -> None:
        hospital.press("2")
        await registered(hospital.exchange, "8002")
        await hospital.telephony.simulator.dial({"extension": "8001", "digits": "8002", "talk": 2})
        await hospital.until(CallTalkEnded)

    run(story())
    assert (hospital.call().state, hospital.call().spoken_with) == ("acknowledged", "电话 8001")


def test_a_phone_answers_by_itself_and_plays_an_announcement(hospital: Hospital, tmp_path: Path) -> None:
    """It is asked to by headers that most makes know, and is hung up at the end."""
    ear = call(lambda: Ear(1400))
    heard = call(lambda: ear.hears(PROMPT_TONE))

    async def story() -> None:
        line = Line("8006", hospital.telephony.secrets["8006"], hospital.telephony.settings.sip_port)
        phone = Deferred.fromCoroutine(answering("answer_until_cut", line, tmp_path, ear=ear.number))
        await registered(hospital.exchange, "8006")
        await hospital.exchange.callout.announce("8006", hospital.prompts.sound)
        await heard
        await phone

    run(story())
    call(ear.close)
    assert "answer-after=0" in messages(tmp_path)


def test_a_phone_that_is_not_there_makes_no_announcement(hospital: Hospital) -> None:
    """Said at once."""
    with pytest.raises(Unreachable, match="8007 does not answer"):
        run(hospital.exchange.callout.announce("8007", hospital.prompts.sound))


async def registered(exchange: Exchange, number: str) -> None:
    """Wait until that phone is there; the deadline is that of `run`."""
    while number not in exchange.phones.registered():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


def messages(directory: Path) -> str:
    """What a phone of SIPp was sent and has sent."""
    return "".join(file.read_text("utf-8", "replace") for file in directory.glob("*_messages.log"))


def tone_in(file: Path, tone: int) -> float:
    """The largest share of `tone` in any tenth of a second of a WAV file."""
    with wave.open(str(file), "rb") as sound:
        data = sound.readframes(sound.getnframes())
    samples = [int.from_bytes(data[at : at + 2], "little", signed=True) for at in range(0, len(data) - 1, 2)]
    return max((share(samples[at : at + 800], tone) for at in range(0, len(samples) - 800, 800)), default=0.0)
