"""Features of telephones by phones that are not ours: baresip, by the tones that each hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.i18n import Text
from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from appliance.simulator.outside import OUTSIDE_TONE, PHONE_TONE
from pbx.features.console import NotDone
from pbx.features.events import CallParked, CallPickedUp, ConsoleActed, ParkedTaken, WishChanged
from pbx.features.features import Features
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_features import FeaturesPlan, Parking
from pbx.tones import Tones
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import MUSIC, Telephony
from tests.integration.sip_phone import Line, write_tone
from tests.integration.soft_phone import FIRST, PLAIN, SECOND, THIRD, Manner, SoftPhone, registered
from tests.real_reactor import Heard, call, reactor, run

MOBILE = "13800138000"
SAID = 2200
"""Hertz: every spoken sentence."""


class Prompts:
    """Every sentence is a second of a tone; what was to be said is remembered."""

    def __init__(self, directory: Path) -> None:
        self.asked: Heard[str] = Heard()
        self.sound = directory / "prompt.wav"
        write_tone(self.sound, SAID, seconds=1)

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.asked.append(text)
        return self.sound


class House:
    """The features of the house, one life of them."""

    def __init__(self, telephony: Telephony, directory: Path, database: InlineDatabase) -> None:
        self.prompts, bus, clock = Prompts(directory), Bus(), ReactorClock(reactor)
        self.telephony, self.exchange = telephony, telephony.exchange(self.prompts)
        tones = Tones(directory / "tones")
        self.features = Features(
            telephony.plan, self.exchange, self.prompts, tones, database, clock, bus, "en",
        )  # fmt: skip
        for number, exact in telephony.plan.of_features():
            self.exchange.numbers.register(number, self.features.serves()[number], needs="internal", exact=exact)
        self.happened: Heard[Event] = Heard()
        bus.subscribe(Event, self.happened.append)
        self._directory = directory

    async def start(self) -> None:
        await self.features.wishes.load()
        await self.features.parking.adopt()
        await self.exchange.sweep()

    def stop(self) -> None:
        self.features.stop()
        self.exchange.stop()

    async def until(self, kind: type[Event], **facts: object) -> Event:
        """The first of that kind."""

        def fits(event: Event) -> bool:
            return type(event) is kind and all(getattr(event, k) == v for k, v in facts.items())

        await self.happened.until(lambda heard: any(map(fits, heard)))
        return next(event for event in self.happened if fits(event))

    def phone(self, extension: str, tone: int, *, answers: bool = True, manner: Manner = PLAIN) -> SoftPhone:
        line = Line(extension, self.telephony.secrets[extension], self.telephony.settings.sip_port)
        return SoftPhone(line, self._directory, tone=tone, answers=answers, manner=manner)

    def trio(self, *, answers: bool = True, manner: Manner = PLAIN) -> AbstractContextManager[tuple[SoftPhone, ...]]:
        """8004 sounds the first tone, 8005, which answers so and is of that manner, the second, 8006 the third."""
        desk = self.phone("8005", SECOND, answers=answers, manner=manner)
        return registered(self.phone("8004", FIRST), desk, self.phone("8006", THIRD))


def shaped(plan: PbxPlan) -> PbxPlan:
    """8004-8009 are one ward."""
    name = Text(zh="病区", en="Ward")
    groups = (
        ExtensionGroup(numbers="8001-8003", name=name),
        ExtensionGroup(numbers="8004-8009", name=name, may_dial=("internal", "mobile")),
    )
    features = FeaturesPlan(seconds=5, parking=Parking(slots="701-703"), operator="8009")
    return plan.model_copy(update={"extensions": groups, "features": features})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    with Telephony(tmp_path_factory.mktemp("telephony"), shape=shaped) as pair:
        yield pair


@pytest.fixture
def database() -> InlineDatabase:
    return InlineDatabase()


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path, database: InlineDatabase) -> Iterator[House]:
    house = House(telephony, tmp_path, database)
    run(house.start())
    yield house
    call(house.stop)


async def rings(house: House, extension: str) -> None:
    """Wait until a telephone rings."""
    while not house.exchange.dialer.bells.ringing(extension):
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


async def free(house: House, number: str) -> None:
    """Wait until whoever has the number is in no call."""
    while house.exchange.board.engaged(number):
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


@pytest.mark.parametrize("code", ["*8", "*88005"])
def test_a_call_is_picked_up_by_another(house: House, code: str) -> None:
    """8005 rings, 8006 takes it: caller and 8006 hear one another, 8005 stops ringing and can be called."""
    with house.trio(answers=False) as (caller, desk, other):

        async def story() -> None:
            await caller.command("dial", "8005")
            await desk.happens("CALL_INCOMING")
            await rings(house, "8005")
            await other.command("dial", code)
            await caller.hears(THIRD)
            await other.hears(FIRST)
            await desk.happens("CALL_CLOSED")
            await house.until(CallPickedUp, extension="8005", by="8006")
            # Their telephone knows it before the exchange has told us.
            await free(house, "8005")
            await other.command("hangup")
            await caller.happens("CALL_CLOSED")

        run(story())


def test_nothing_rings_and_it_is_said(house: House) -> None:
    """A phone that picks up where nothing rings is told so and let go."""
    with registered(house.phone("8006", THIRD)) as (phone,):

        async def story() -> None:
            await phone.command("dial", "*8")
            await phone.hears(SAID)
            await phone.happens("CALL_CLOSED")

        run(story())
    assert house.prompts.asked == ["No telephone rings there."]


def test_a_caller_is_parked_and_taken_up_elsewhere(house: House) -> None:
    """8005 hands its caller to *70, is told the slot; they hear music; 8006 dials the slot and talks with them."""
    with house.trio() as (caller, desk, other):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            told = Deferred.fromCoroutine(desk.hears(SAID))
            await desk.command("transfer", "*70")
            await caller.hears(MUSIC)
            await told
            await house.until(CallParked, slot="701", by="8005")
            await other.command("dial", "701")
            await caller.hears(THIRD)
            await other.hears(FIRST)
            await house.until(ParkedTaken, slot="701", by="8006", how="taken")
            await caller.command("hangup")
            await other.happens("CALL_CLOSED")

        run(story())
    assert "Parked at 7 0 1." in house.prompts.asked
    assert not house.features.parking.places()


def test_the_parked_outlive_us(telephony: Telephony, tmp_path: Path, database: InlineDatabase) -> None:
    """Another life finds who was parked where."""
    before = House(telephony, tmp_path, database)
    run(before.start())
    after: list[House] = []
    with before.trio() as (caller, desk, other):

        async def first_life() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await desk.command("transfer", "*70")
            await caller.hears(MUSIC)

        async def second_life() -> None:
            await after[0].start()
            assert [place.slot for place in after[0].features.parking.places()] == ["701"]
            await other.command("dial", "701")
            await caller.hears(THIRD)
            await caller.command("hangup")
            await other.happens("CALL_CLOSED")

        run(first_life())
        call(before.stop)
        directory = tmp_path / "after"
        directory.mkdir()
        after.append(House(telephony, directory, database))
        run(second_life())
    call(after[0].stop)


def test_calls_follow_what_was_set_by_star_codes(house: House) -> None:
    """8005 forwards always to 8006, ends it, does not want to be disturbed, and is there again."""
    with house.trio() as (caller, desk, _):

        async def dial(code: str, closed: int) -> None:
            await desk.command("dial", code)
            await desk.happens("CALL_CLOSED", closed)

        async def story() -> None:
            await dial("*57*8006#", 1)
            await house.until(WishChanged, extension="8005", wish="always", value="8006", by="8005")
            await caller.command("dial", "8005")
            await caller.hears(THIRD)
            await caller.command("hangup")
            await caller.happens("CALL_CLOSED", 1)
            await dial("#57#", 2)
            await dial("*56#", 3)
            await caller.command("dial", "8005")
            await caller.happens("CALL_CLOSED", 2)
            await dial("#56#", 4)
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await caller.command("hangup")
            await caller.happens("CALL_CLOSED", 3)

        run(story())
    assert house.prompts.asked == [
        "All calls are forwarded to 8 0 0 6.",
        "Calls are no longer forwarded.",
        "This telephone does not ring any more.",
        "This telephone rings again.",
    ]


@pytest.mark.parametrize("answer", ["yes", "voicemail"])
def test_a_forward_to_a_mobile_is_taken_by_a_key(house: House, answer: str) -> None:
    """8005 is away: who answers its mobile presses 1 and talks with 8004, but a voicemail takes no call."""
    simulator = house.telephony.simulator

    async def story() -> dict[str, Any]:
        keys = "WW1" if answer == "yes" else ""
        await simulator.phone({"number": MOBILE, "answer": answer, "keys": keys})
        await house.features.wishes.change("8005", "it", always=MOBILE)
        told = await simulator.dial({"extension": "8004", "digits": "8005", "talk": 5, "hear": True})
        await simulator.phone({"number": MOBILE, "answer": ""})
        return told

    told = run(story())
    assert "来电：8 0 0 4。" in house.prompts.asked
    assert told["outcome"] == ("answered" if answer == "yes" else "no-answer")
    if answer == "yes":
        heard = Recording(Path(told["heard"]).read_bytes())
        # The mobile's own tone, and the caller's that it echoes.
        assert heard.seconds_of(OUTSIDE_TONE) >= 0.5
        assert heard.seconds_of(PHONE_TONE) >= 1


def test_forwards_that_go_round_are_refused(house: House) -> None:
    """8005 to 8006 to 8005: the caller is refused, and nothing rings for ever."""
    with registered(house.phone("8004", FIRST)) as (caller,):

        async def story() -> None:
            await house.features.wishes.change("8005", "it", always="8006")
            await house.features.wishes.change("8006", "it", follow_me="8005")
            await caller.command("dial", "8005")
            await caller.happens("CALL_CLOSED")

        run(story())
    assert not house.exchange.board.engaged("8005")


def test_nobody_answers_and_the_next_is_rung(house: House) -> None:
    """8005 does not answer for five seconds; then 8006 has the call."""
    with house.trio(answers=False) as (caller, desk, _):

        async def story() -> None:
            await house.features.wishes.change("8005", "it", no_answer="8006")
            await caller.command("dial", "8005")
            await desk.happens("CALL_INCOMING")
            await caller.hears(THIRD)
            await desk.happens("CALL_CLOSED")

        run(story())


def test_an_operator_works_from_the_panel(house: House) -> None:
    """8004's telephone answers and calls 8005; 8005 is handed on to 8006; lines show it; all is on record."""
    with house.trio() as (own, caller, _):
        console = house.features.console

        async def story() -> None:
            with pytest.raises(NotDone, match="talks with nobody"):
                await console.hand_on("8004", "8006", "operator")
            await console.dial("8004", "8005", "operator")
            await own.hears(SECOND)
            states = {line.number: (line.state, line.other) for line in house.features.lines()}
            assert states["8004"] == ("talking", "8005")
            assert states["8005"] == ("talking", "8004")
            assert states["8006"] == ("idle", "")
            assert states["8003"] == ("away", "")
            await console.hand_on("8004", "8006", "operator")
            await caller.hears(THIRD)
            await own.happens("CALL_CLOSED")
            await console.hang_up("8006", "operator")
            await caller.happens("CALL_CLOSED")

        run(story())
    acts = [(one.act, one.extension, one.number) for one in house.happened if isinstance(one, ConsoleActed)]
    assert acts == [("dial", "8004", "8005"), ("hand-on", "8004", "8006"), ("hang-up", "8006", "")]


def test_an_operator_hangs_up_what_only_rings(house: House) -> None:
    """8004 calls 8005, who does not answer: by the panel both are free at once."""
    with house.trio(answers=False) as (own, desk, _):
        console = house.features.console

        async def story() -> None:
            await own.command("dial", "8005")
            await desk.happens("CALL_INCOMING")
            await console.hang_up("8004", "operator")
            await desk.happens("CALL_CLOSED")
            await own.happens("CALL_CLOSED")

        run(story())


async def keys(phone: SoftPhone, digits: str) -> None:
    """Press them, one after the other."""
    for digit in digits:
        await phone.command("sndcode", digit)
        await sleep(ReactorClock(reactor), timedelta(milliseconds=250))


@pytest.mark.parametrize("how", ["rtpevent", "info"])
def test_a_caller_is_handed_on_by_keys(house: House, how: str) -> None:
    """8005 presses ## and 8006 #, by RFC 4733 or SIP INFO: 8004 waits with music, then talks with 8006."""
    with house.trio(manner=Manner(dtmf=how)) as (caller, desk, other):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            music = Deferred.fromCoroutine(caller.hears(MUSIC))
            await keys(desk, "##")
            await music
            await keys(desk, "8006#")
            await caller.hears(THIRD)
            await other.hears(FIRST)
            await desk.happens("CALL_CLOSED")
            await caller.command("hangup")
            await other.happens("CALL_CLOSED")

        run(story())


def test_a_second_call_by_keys_is_given_up_then_joined_by_all_three(house: House) -> None:
    """8005 calls 8006 while 8004 waits, comes back with *0, calls again, joins all with *3, and leaves: two talk on."""
    with house.trio() as (caller, desk, other):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await keys(desk, "*28006#")
            await desk.hears(THIRD)
            await keys(desk, "*0")
            await other.happens("CALL_CLOSED")
            await caller.hears(SECOND)
            await keys(desk, "*28006#")
            await desk.hears(THIRD)
            await caller.hears(MUSIC)
            await keys(desk, "*3")
            await caller.hears_both(SECOND, THIRD)
            await desk.command("hangup")
            await desk.happens("CALL_CLOSED")
            await caller.hears(THIRD)
            await other.hears(FIRST)
            await other.command("hangup")
            await caller.happens("CALL_CLOSED")

        run(story())


def test_hanging_up_hands_over_after_a_second_call(house: House) -> None:
    """8005 speaks with 8006 first, then hangs up: 8004 and 8006 talk."""
    with house.trio() as (caller, desk, other):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await keys(desk, "*28006#")
            await desk.hears(THIRD)
            await desk.command("hangup")
            await caller.hears(THIRD)
            await other.hears(FIRST)
            await caller.command("hangup")
            await other.happens("CALL_CLOSED")

        run(story())


@pytest.mark.parametrize("when", ["they talk", "a number is keyed", "three talk"])
def test_a_second_call_outlives_us(telephony: Telephony, tmp_path: Path, database: InlineDatabase, when: str) -> None:
    """Who talked in the second call goes on with it and comes back by *0; who had nobody yet has again who waited."""
    before = House(telephony, tmp_path, database)
    run(before.start())
    after: list[House] = []
    with before.trio() as (caller, desk, other):

        async def first_life() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            if when == "a number is keyed":
                await keys(desk, "*280")
                await caller.hears(MUSIC)
                return
            await keys(desk, "*28006#")
            await desk.hears(THIRD)
            await caller.hears(MUSIC)
            if when == "three talk":
                await keys(desk, "*3")
                await caller.hears_both(SECOND, THIRD)

        async def second_life() -> None:
            await after[0].start()
            if when == "they talk":
                await desk.hears(THIRD)
                await caller.hears(MUSIC)
                await keys(desk, "*0")
                await other.happens("CALL_CLOSED")
            if when == "three talk":
                await caller.hears_both(SECOND, THIRD)
                await desk.command("hangup")
                await caller.hears(THIRD)
                await caller.command("hangup")
                await other.happens("CALL_CLOSED")
                return
            await caller.hears(SECOND)
            await desk.hears(FIRST)
            await caller.command("hangup")
            await desk.happens("CALL_CLOSED")

        run(first_life())
        call(before.stop)
        directory = tmp_path / "after"
        directory.mkdir()
        after.append(House(telephony, directory, database))
        run(second_life())
    call(after[0].stop)
