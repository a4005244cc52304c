"""Calls from outside on real parts: a simulated carrier that is Asterisk too brings them, sound is told by its tone."""

from __future__ import annotations

import math
import re
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.days import CHINA
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from appliance.simulator.outside import GREETING_TONE, OUTSIDE_TONE, PHONE_TONE
from pbx.calls.book import CallBook
from pbx.calls.events import CallAnswered, CallBegan, CallDirected, CallEnded
from pbx.exchange import Exchange
from pbx.features.following import Wishes
from pbx.features.picking_up import PickUp
from pbx.features.speaking import Speaking
from pbx.inbound.call import InboundCall
from pbx.inbound.lists import Lists
from pbx.inbound.rules import Known
from pbx.inbound.service import Inbound
from pbx.incoming import IncomingCall
from pbx.plan import PbxPlan
from pbx.plan_inbound import Contact
from pbx.plan_outgoing import OutgoingPlan, OutRoute
from pbx.tones import Tones
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Ear, Line, answering
from tests.integration.soft_phone import SoftPhone
from tests.real_reactor import Heard, call, reactor, run

CALLED = "057188880000"
MOBILE = "13700000000"
ON_CALL = "13800138000"
PROMPT_TONE, MUSIC_TONE = 1180, 520
ROOM = {"zh": "甲", "en": "A"}


def rule(name: str, called: str, *steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "name": ROOM, "called": [called], "steps": steps, **more}


INBOUND = {
    "fallback": ["8003"],
    "blocked": ["13900000000"],
    "contacts": [{"number": "13800000001", "name": "王局长", "vip": True}],
    "rules": [
        rule("one", CALLED, {"do": "ring", "extensions": ["8002"], "seconds": 20}),
        rule("group", "88880001", {"do": "ring", "extensions": ["8002", "8003"], "seconds": 20}),
        rule("turn", "88880002", {"do": "ring", "extensions": ["8002", "8003"], "how": "in-turn", "seconds": 5}),
        rule("direct", "88888*", {"do": "ddi", "digits": 4}),
        rule("away", "88880003", {"do": "forward", "numbers": [ON_CALL, "8003"], "seconds": 15}),
        rule("told", "88880004", {"do": "announce", "text": {"zh": "下班", "en": "closed"}}),
        rule("name", "88880005", {"do": "ring", "extensions": ["8002"], "seconds": 20}, speak_caller=True),
        rule("music", "88880006", {"do": "ring", "extensions": ["8002"], "seconds": 5}, ring_back="music.wav"),
        rule("sipp", "88880010", {"do": "ring", "extensions": ["8002", "8004"], "how": "in-turn", "seconds": 5},
             ring_back="music.wav"),
        rule("queue", "88880007", {"do": "queue", "name": "main"}),
        rule("refused", "88880008", {"do": "refuse", "cause": "busy"}),
    ],
}  # fmt: skip


class Site:
    """The hospital."""

    name = Text(zh="医院", en="Hospital")
    language: Language = "zh"
    country, area = "CN", "571"
    zone = ZoneInfo("Asia/Shanghai")


class Voice:
    """Says everything with one tone of a second, and remembers what."""

    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        self.file = tone(directory / "prompt.wav", PROMPT_TONE, 1)

    async def prompt(self, text: str, language: Language) -> Path:
        self.said.append(text)
        return self.file


def tone(file: Path, hertz: int, seconds: float) -> Path:
    """A sine as an 8 kHz mono WAV."""
    samples = 8000 * np.sin(2 * math.pi * hertz * np.arange(int(8000 * seconds)) / 8000)
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return file


class Ward:
    """The exchange, and what serves calls from outside in it."""

    def __init__(self, telephony: Telephony, directory: Path, *, answers_first: bool = False) -> None:
        self.telephony = telephony
        self.exchange: Exchange = telephony.exchange()
        self.voice = Voice(directory)
        self.people: dict[str, Contact] = {}
        self.came: Heard[CallBegan] = Heard()
        self.directed: Heard[CallDirected] = Heard()
        self.answered: Heard[CallAnswered] = Heard()
        self.went: Heard[CallEnded] = Heard()
        telephony.bus.subscribe(CallBegan, self.came.append)
        telephony.bus.subscribe(CallDirected, self.directed.append)
        telephony.bus.subscribe(CallAnswered, self.answered.append)
        telephony.bus.subscribe(CallEnded, self.went.append)
        book = CallBook(InlineDatabase(), ReactorClock(reactor), telephony.bus)
        music = tone(directory / "music.wav", MUSIC_TONE, 1)
        self.lists = Lists(InlineDatabase(), ReactorClock(reactor), telephony.bus)
        section = telephony.plan.inbound.model_copy(update={"ring_back_answered": answers_first})
        plan = telephony.plan.model_copy(update={"inbound": section})
        self.inbound = Inbound(
            plan, Site(), self.exchange.callout, self.exchange.behalf, self.exchange.dialer, book,
            lambda: Known("CN", "571", CHINA, blocked=frozenset(self.lists.blocked), contact=self.people.get),
            self.voice, {"music.wav": music}.get, self.exchange.numbers.decide_outside, ReactorClock(reactor),
        )  # fmt: skip
        self.exchange.inbound = self.inbound.serve
        run(self.exchange.sweep())

    async def call(self, called: str, **more: Any) -> dict[str, Any]:
        """Somebody outside calls; what the carrier says of it when it is over."""
        request = {"called": called, "caller": MOBILE, "talk": 4, "hear": True, **more}
        return await self.telephony.simulator.call_in(request)

    async def phone(self, number: str, answer: str = "", **more: Any) -> str:
        """How a telephone behaves; where what it hears is recorded."""
        return str((await self.telephony.simulator.phone({"number": number, "answer": answer, **more}))["heard"])

    async def ended(self) -> tuple[str, str]:
        """How our call went, and who took it."""
        mine = (await self.came.until(bool))[0].call
        went = await self.went.until(lambda went: any(one.call == mine for one in went))
        by = next((one.by for one in self.answered if one.call == mine), "")
        return next(one.outcome for one in went if one.call == mine), by


def shaped(plan: PbxPlan) -> PbxPlan:
    """Mobiles are called over the second trunk; extensions may call them, 8020 may not."""
    groups = (plan.extensions[0].model_copy(update={"may_dial": ("internal", "mobile")}), *plan.extensions[1:])
    routes = (OutRoute(name=Text(zh="手机", en="Mobiles"), to=("mobile",), trunks=("unicom",)),)
    return plan.model_copy(update={"extensions": groups, "outgoing": OutgoingPlan(routes=routes)})


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    directory = tmp_path_factory.mktemp("inbound")
    with Telephony(directory, registered=("8002", "8003"), shape=shaped, more={"inbound": INBOUND}) as pair:
        yield pair


@pytest.fixture
def ward(telephony: Telephony, tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(telephony, tmp_path)
    run(until(lambda: {"8002", "8003"} <= ward.exchange.phones.registered()))
    yield ward
    for number in ("8002", "8003", ON_CALL):
        run(ward.phone(number))
    call(ward.exchange.stop)


async def until(true: Callable[[], Any]) -> None:
    """Wait for it."""
    while not true():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))


def heard(file: str) -> Recording:
    """What was recorded at the far end."""
    return Recording(Path(file).read_bytes())


def test_a_call_rings_an_extension_and_both_hear_each_other(ward: Ward) -> None:
    """The caller hears the phone's tone; the phone hears the caller's, and echoes it."""

    async def story() -> tuple[dict[str, Any], str]:
        phone = await ward.phone("8002", "yes", hear=True)
        return await ward.call(CALLED), phone

    told, phone = run(story())
    assert told["outcome"] == "answered"
    assert heard(told["heard"]).seconds_of(OUTSIDE_TONE) >= 0.5
    assert heard(phone).seconds_of(PHONE_TONE) >= 1
    assert heard(told["heard"]).seconds_of(PHONE_TONE) >= 1
    assert run(ward.ended()) == ("answered", "8002")
    assert (ward.came[0].caller, ward.came[0].trunk) == ("8613700000000", "telecom")
    assert (ward.directed[0].direction, ward.directed[0].called) == ("in", "8657188880000")


def test_a_withheld_number_is_withheld(ward: Ward) -> None:
    """Also in our records."""
    run(ward.phone("8002", "yes"))
    run(ward.call(CALLED, withheld=True, talk=1))
    assert ward.came[0].caller == ""


def test_a_group_rings_together_and_the_first_takes_it(ward: Ward) -> None:
    """The other telephone stops ringing."""

    async def story() -> tuple[dict[str, Any], int]:
        await ward.phone("8002", "no")
        await ward.phone("8003", "yes")
        told = await ward.call("88880001", talk=2, until="answered")
        calls = await ward.telephony.simulator.calls({})
        await ward.telephony.simulator.over({"call": told["call"]})
        ringing = [leg for leg in calls["calls"] if leg["endpoint"] == "hospital" and leg["state"] != "Up"]
        return told, len(ringing)

    told, ringing = run(story())
    assert told["outcome"] == "answered"
    assert ringing == 0
    assert run(ward.ended()) == ("answered", "8003")


def test_extensions_ring_in_turn(ward: Ward) -> None:
    """The first is busy: the second rings at once."""
    run(ward.phone("8002", "busy"))
    run(ward.phone("8003", "yes"))
    assert run(ward.call("88880002", talk=1))["outcome"] == "answered"
    assert run(ward.ended()) == ("answered", "8003")


def test_an_extension_that_forwards_is_followed(ward: Ward) -> None:
    """Calls from outside go where the extension wants its calls to go, too."""
    reaching = ward.inbound.reaching
    wishes = {"8002": Wishes(always="8003")}
    reaching.house = replace(reaching.house, wishes=lambda extension: wishes.get(extension, Wishes()))
    run(ward.phone("8002", "yes"))
    run(ward.phone("8003", "yes"))
    assert run(ward.call(CALLED, talk=1))["outcome"] == "answered"
    assert run(ward.ended()) == ("answered", "8003")


def test_a_call_from_outside_is_picked_up(ward: Ward, tmp_path: Path) -> None:
    """8002 rings, 8004 takes it with *8, and hears the caller."""

    async def nothing(event: object) -> None:
        pass

    async def serve(caller: IncomingCall) -> None:
        await pick_up.serve(caller, "")

    speaking = Speaking(ward.voice, Tones(tmp_path / "tones"), lambda _: "zh")
    group = lambda _: {"8002", "8004"}  # noqa: E731
    pick_up = PickUp(ward.exchange.dialer.bells, group, speaking, nothing, ReactorClock(reactor))
    ward.exchange.numbers.register("*8", serve, needs="internal")
    line = Line("8004", ward.telephony.secrets["8004"], ward.telephony.settings.sip_port)
    with SoftPhone(line, tmp_path, tone=900) as phone:

        async def story() -> dict[str, Any]:
            await phone.registered()
            await ward.phone("8002", "no")
            calling = Deferred.fromCoroutine(ward.call(CALLED, talk=4))
            await until(lambda: ward.exchange.dialer.bells.ringing("8002"))
            await phone.command("dial", "*8")
            await phone.hears(PHONE_TONE)
            return await calling

        told = run(story())
    assert told["outcome"] == "answered"
    assert heard(told["heard"]).seconds_of(900) >= 1
    [taken] = ward.answered
    run(ward.went.until(lambda went: any(one.call == taken.call and one.outcome == "answered" for one in went)))
    assert taken.by == "8004"


def test_direct_dialling(ward: Ward) -> None:
    """The last four digits."""
    run(ward.phone("8003", "yes"))
    assert run(ward.call("88888003", talk=1))["outcome"] == "answered"
    assert run(ward.ended()) == ("answered", "8003")


def test_a_mobiles_voicemail_does_not_take_the_call(ward: Ward) -> None:
    """It answers by itself and presses no key: the next number of the list is tried, and the caller never hears it."""

    async def story() -> dict[str, Any]:
        await ward.phone(ON_CALL, "voicemail")
        await ward.phone("8003", "yes")
        return await ward.call("88880003", talk=3)

    told = run(story())
    assert told["outcome"] == "answered"
    assert run(ward.ended()) == ("answered", "8003")
    recorded = heard(told["heard"])
    assert recorded.seconds_of(GREETING_TONE) == 0
    assert recorded.seconds_of(OUTSIDE_TONE) >= 0.5


def test_a_mobile_takes_the_call_by_its_key(ward: Ward) -> None:
    """Who answers is told and presses 1; then both hear each other."""

    over: list[str] = []
    ward.exchange.trunks.told = lambda line: over.append(f"{line.trunk} in" if line.incoming else f"{line.trunk} out")

    async def story() -> tuple[dict[str, Any], str]:
        mobile = await ward.phone(ON_CALL, "yes", keys="WW1", hear=True)
        told = await ward.call("88880003")
        await until(lambda: len(over) == 2)
        return told, mobile

    told, mobile = run(story())
    assert told["outcome"] == "answered"
    assert sorted(over) == ["telecom in", "unicom out"]
    assert run(ward.ended()) == ("answered", "8613800138000")
    assert heard(told["heard"]).seconds_of(OUTSIDE_TONE) >= 0.5
    assert heard(mobile).seconds_of(PROMPT_TONE) >= 0.5
    # The caller's own tone comes back: the mobile heard it, and echoes it.
    assert heard(told["heard"]).seconds_of(PHONE_TONE) >= 1
    assert ward.voice.said[0] == "有来电转接至您，来自医院，主叫8 6 1 3 7 0 0 0 0 0 0 0 0。"


@pytest.mark.parametrize(
    ("by", "answer", "outcome"),
    [("8002", "yes", "answered"), ("8002", "voicemail", "no-answer"), ("8020", "yes", "no-answer")],
)
def test_an_extension_that_sends_calls_on_outside(ward: Ward, by: str, answer: str, outcome: str) -> None:
    """By its own right, over the routes; who answers there takes the call by a key, which no voicemail presses."""
    reaching = ward.inbound.reaching
    wishes = {"8002": Wishes(always=ON_CALL if by == "8002" else by), "8020": Wishes(always=ON_CALL)}
    reaching.house = replace(reaching.house, wishes=lambda extension: wishes.get(extension, Wishes()))
    run(ward.phone(ON_CALL, answer, keys="WW1" if answer == "yes" else ""))
    told = run(ward.call(CALLED))
    assert run(ward.ended()) == (outcome, "8613800138000" if outcome == "answered" else "")
    assert heard(told["heard"]).seconds_of(GREETING_TONE) == 0


def test_an_announcement_is_heard_and_then_it_hangs_up(ward: Ward) -> None:
    """In the hospital's language."""
    told = run(ward.call("88880004", talk=20))
    assert told["outcome"] == "answered"
    assert told["seconds"] < 20, "the telephone was hung up on"
    assert heard(told["heard"]).seconds_of(PROMPT_TONE) >= 0.75
    assert ward.voice.said == ["下班"]
    assert run(ward.ended()) == ("answered", "announce")


def test_who_answers_hears_who_calls(ward: Ward) -> None:
    """Before both are joined: first the voice, then the caller."""

    async def story() -> list[int]:
        phone = await ward.phone("8002", "yes", hear=True)
        told = await ward.call("88880005", caller="013800000001", talk=60, until="answered")
        # The phone echoes: what both said, since what it hears alone is cut short by the recorder at a new source.
        both = Path(f"{phone}.mixed.wav")
        await until(lambda: PHONE_TONE in Recording.so_far(both).tones())
        await ward.telephony.simulator.hang_up({"call": told["call"]})
        return Recording.so_far(both).tones()

    tones = run(story())
    assert tones.index(PROMPT_TONE) < tones.index(PHONE_TONE)
    assert ward.voice.said == ["来电：王局长。"]


def test_a_caller_hears_the_hospitals_own_sound_while_it_rings(ward: Ward) -> None:
    """Before anybody has answered: as early media; it goes on and on, and stops with the answer."""

    async def story() -> dict[str, Any]:
        await ward.phone("8002", "no")
        return await ward.call("88880006", talk=1)

    told = run(story())
    assert told["outcome"] == "no-answer"
    assert heard(told["heard"]).seconds_of(MUSIC_TONE) >= 3
    assert run(ward.ended())[0] == "no-answer"


def test_the_call_is_answered_for_the_sound_where_the_plan_says_so(ward: Ward, tmp_path: Path) -> None:
    """For carriers that pass on nothing before: the carrier counts it as answered, and the caller hears it as well."""
    call(ward.exchange.stop)
    first = Ward(ward.telephony, tmp_path, answers_first=True)

    async def story() -> dict[str, Any]:
        await ward.phone("8002", "no")
        return await first.call("88880006", talk=20)

    told = run(story())
    call(first.exchange.stop)
    assert told["outcome"] == "answered"
    assert heard(told["heard"]).seconds_of(MUSIC_TONE) >= 3
    assert run(first.ended())[0] == "no-answer"
    assert heard(told["heard"]).seconds_of(PROMPT_TONE) >= 0.75
    assert first.voice.said == ["现在无人接听，请稍后再拨。"]


def test_after_the_sound_both_hear_each_other(ward: Ward, tmp_path: Path) -> None:
    """An ear that is not Asterisk's hears its own tone, which the caller echoes, and no more music."""
    ear = call(lambda: Ear(1400))
    echo = call(lambda: ear.hears(1400))
    phone = Line("8004", ward.telephony.secrets["8004"], ward.telephony.settings.sip_port)

    async def story() -> str:
        await ward.phone("8002", "no")
        answering_ = Deferred.fromCoroutine(answering("answer_and_hang_up", phone, tmp_path, ear=ear.number, talk=4000))
        await until(lambda: "8004" in ward.exchange.phones.registered())
        calling = Deferred.fromCoroutine(ward.call("88880010", talk=20, echo=True))
        await echo
        await answering_
        return str((await calling)["heard"])

    music = heard(run(story(), timeout=60)).seconds_of(MUSIC_TONE)
    call(ear.close)
    assert 4 <= music < 6


def test_a_feature_serves_its_own_steps(ward: Ward) -> None:
    """A queue, say."""
    names: list[str] = []

    async def queue(caller: InboundCall, name: str) -> bool:
        names.append(name)
        await caller.answer()
        await caller.play([ward.voice.file])
        return True

    ward.inbound.register("queue", queue)
    told = run(ward.call("88880007", talk=20))
    assert names == ["main"]
    assert heard(told["heard"]).seconds_of(PROMPT_TONE) >= 0.75
    assert run(ward.ended()) == ("answered", "queue main")


def test_the_ringing_telephone_shows_whom_the_address_book_knows(ward: Ward, tmp_path: Path) -> None:
    """Rung by a rule, and by what serves the caller before, such as a menu; a stranger's number is all there is."""
    ward.people[MOBILE] = Contact(number=MOBILE, name="省院专家")

    async def menu(caller: InboundCall, name: str) -> bool:
        await caller.answer()
        return (await ward.exchange.rings(caller, "8004", None)).outcome == "answered"

    ward.inbound.register("queue", menu)
    line = Line("8004", ward.telephony.secrets["8004"], ward.telephony.settings.sip_port)
    with SoftPhone(line, tmp_path, tone=900, traces=True) as phone:

        async def story() -> None:
            await phone.registered()
            await ward.phone("8002", "no")
            await ward.call("88880010", talk=1)
            await ward.call("88880007", talk=1)
            await ward.call("88880007", caller="13711111111", talk=1)
            await phone.happens("CALL_ESTABLISHED", 3)

        run(story())
    invited = dict(re.findall(r"^INVITE sip:8004.*?^From: ([^;]*);.*?^Call-ID: (\S+)", phone.printed, re.DOTALL | re.M))
    assert [name.partition("@")[0] for name in invited] == [
        '"省院专家" <sip:8613700000000', '"省院专家" <sip:13700000000', "<sip:13711111111",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("called", "caller", "carrier", "ours"),
    [
        ("88880008", MOBILE, "busy", "refused"),
        (CALLED, "13900000000", "congestion", "refused"),
        ("88880007", MOBILE, "no-answer", "no-answer"),  # a queue, and nobody serves queues
    ],
)
def test_calls_that_are_not_taken(ward: Ward, called: str, caller: str, carrier: str, ours: str) -> None:
    """The carrier is told why; a blocked caller rings nobody."""
    told = run(ward.call(called, caller=caller))
    assert (told["outcome"], run(ward.ended())[0]) == (carrier, ours)


def test_a_caller_blocked_at_the_panel(ward: Ward) -> None:
    """From the next call on."""
    run(ward.lists.block("13700000000", "", "it"))
    run(ward.call(CALLED))
    assert run(ward.ended())[0] == "refused"


def test_a_caller_who_gives_up_leaves_nothing_ringing(ward: Ward) -> None:
    """The telephone stops, and no leg is left."""

    async def story() -> list[dict[str, Any]]:
        await ward.phone("8002", "no")
        told = await ward.telephony.simulator.call_in({"called": CALLED, "caller": MOBILE, "until": "dialled"})
        await ward.came.until(bool)
        await ward.telephony.simulator.hang_up({"call": told["call"]})
        await ward.went.until(bool)
        legs: list[dict[str, Any]] = (await ward.telephony.simulator.calls({}))["calls"]
        return legs

    run(story())
    assert run(ward.ended())[0] == "caller-left"


def test_while_our_program_is_dead_the_fallback_rings(ward: Ward) -> None:
    """Plain dialplan: the call that no program serves still reaches somebody, and both hear each other."""
    run(ward.phone("8003", "yes"))
    call(ward.exchange.stop)
    told = run(ward.call(CALLED, talk=2))
    assert told["outcome"] == "answered"
    assert heard(told["heard"]).seconds_of(OUTSIDE_TONE) >= 0.5
    assert ward.came == []


def test_talk_goes_on_while_our_program_is_started_anew(ward: Ward, tmp_path: Path) -> None:
    """And is taken up again: when one hangs up, the other goes too."""

    async def begin() -> str:
        await ward.phone("8002", "yes")
        told = await ward.telephony.simulator.call_in({"called": CALLED, "talk": 60, "until": "answered"})
        await until(ward.exchange.dialer.under_way)
        return str(told["call"])

    talking = run(begin())
    call(ward.exchange.stop)
    after = Ward(ward.telephony, tmp_path)
    assert len(after.exchange.dialer.under_way()) == 1
    run(ward.telephony.simulator.hang_up({"call": talking}))
    run(_idle(ward.telephony))
    call(after.exchange.stop)


def test_a_caller_who_was_left_ringing_is_served_by_the_next_life(ward: Ward, tmp_path: Path) -> None:
    """A restart, or a new plan, while it rings: nobody is cut off."""

    async def begin() -> str:
        await ward.phone("8002", "no")
        told = await ward.telephony.simulator.call_in({"called": CALLED, "talk": 1, "until": "dialled"})
        await ward.directed.until(bool)
        return str(told["call"])

    waiting = run(begin())
    call(ward.exchange.stop)
    run(ward.phone("8002", "yes"))
    after = Ward(ward.telephony, tmp_path)
    assert run(ward.telephony.simulator.over({"call": waiting}))["outcome"] == "answered"
    run(_idle(ward.telephony))
    call(after.exchange.stop)


async def _idle(telephony: Telephony) -> None:
    while (await telephony.simulator.calls({}))["calls"]:
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))
