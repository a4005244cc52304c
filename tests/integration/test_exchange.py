"""The exchange on real parts: Asterisk, a simulated carrier that is Asterisk too, and SIPp as a phone not ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred, DeferredList

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.health import HealthChanged
from appliance.foundation.values import Ended, HungUp
from appliance.simulator.outside import OUTSIDE_TONE
from pbx.calls.schema import telephone_calls
from pbx.exchange import Exchange
from pbx.incoming import IncomingCall
from tests.integration.asterisk import Telephony, way
from tests.integration.sip_phone import Ear, Line, sipp
from tests.integration.sip_phone import write_tone as write_tone
from tests.real_reactor import Heard, call, reactor, run

NUMBER = "8613800138000"
BUSY = "8613800130000"
UNANSWERED = "8613800130001"
BRIEF = "8613800130002"
PIN = "74123698"
A_LONG_TIME = timedelta(minutes=5)
LATE = timedelta(seconds=10)
"""What belongs together happens within it, however busy the machine is."""


class Booth:
    """Serves 600: what is dialled after it is connected over a trunk."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.trunk = "telecom"
        self.limit = A_LONG_TIME
        self.callers: Heard[IncomingCall] = Heard()
        self.answered: Heard[datetime] = Heard()
        self.ended: Heard[Ended] = Heard()
        exchange.numbers.register("600", self.serve)

    async def serve(self, caller: IncomingCall) -> None:
        self.callers.append(caller)

        async def answered(at: datetime) -> None:
            self.answered.append(at)

        number = caller.dialled.removeprefix("600").removeprefix(PIN)
        ended = await self.exchange.dialer.connect(caller, number, way(self.trunk, number), self.limit, answered)
        self.ended.append(ended)
        if ended.outcome == "busy":
            await caller.hang_up(17)


@pytest.fixture
def booth(telephony: Telephony) -> Iterator[Booth]:
    exchange = telephony.exchange()
    run(exchange.sweep())
    yield Booth(exchange)
    call(exchange.stop)


def line(telephony: Telephony, extension: str) -> Line:
    return Line(extension, telephony.secrets[extension], telephony.settings.sip_port)


def test_a_phone_registers_with_its_own_secret(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """A phone that proves itself is there; one that cannot is not."""
    run(sipp("register", line(telephony, "8005"), tmp_path))
    with pytest.raises(AssertionError, match="sipp"):
        run(sipp("register", Line("8006", "not it", telephony.settings.sip_port), tmp_path))
    assert "8005" in booth.exchange.phones.registered()
    assert "8006" not in booth.exchange.phones.registered()


def test_real_audio_goes_both_ways_over_a_trunk(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """The phone hears the far end's tone, then its own voice that the far end echoes."""
    ear = call(lambda: Ear(1400))
    far, echo = call(lambda: ear.hears(OUTSIDE_TONE)), call(lambda: ear.hears(1400))

    async def story() -> Ended:
        phone = line(telephony, "8007")
        call_ = sipp("talk_and_hang_up", phone, tmp_path, dialled=f"600{NUMBER}", ear=ear.number, talk=3000)
        talking = Deferred.fromCoroutine(call_)
        await far
        await echo
        await talking
        return (await booth.ended.until(bool))[0]

    ended = run(story())
    call(ear.close)
    assert ended.outcome == "answered"
    assert ended.answered_at is not None
    assert ended.ended_at is not None
    assert booth.answered == [ended.answered_at]
    assert timedelta(seconds=2.9) < ended.ended_at - ended.answered_at < LATE


def test_the_far_end_hanging_up_ends_the_callers_leg(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """SIPp waits for our BYE; the far end hangs up after three seconds."""
    run(sipp("talk_until_cut", line(telephony, "8007"), tmp_path, dialled=f"600{BRIEF}", ear=9))
    assert run(booth.ended.until(bool))[0].outcome == "answered"


@pytest.mark.parametrize(("trunk", "number"), [("telecom", "013800138000"), ("unicom", NUMBER)])
def test_each_trunk_gets_numbers_in_its_own_form(telephony: Telephony, booth: Booth, trunk: str, number: str) -> None:
    """What the carrier sees dialled is what the plan says that it wants."""
    booth.trunk = trunk

    async def story() -> list[dict[str, str]]:
        dialled = await telephony.simulator.dial(
            {"extension": "8001", "digits": f"600{NUMBER}", "talk": 30, "until": "answered"}
        )
        calls = await telephony.simulator.calls({})
        await telephony.simulator.hang_up({"call": dialled["call"]})
        await booth.ended.until(bool)
        legs: list[dict[str, str]] = calls["calls"]
        return legs

    legs = run(story())
    assert [leg.get("number") for leg in legs if leg["endpoint"] == f"trunk-{trunk}"] == [number]


def test_a_busy_number_is_busy(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """The outcome is told, the caller's leg stays, and the phone is told 486 by whoever served it."""
    run(sipp("find_it_busy", line(telephony, "8007"), tmp_path, dialled=f"600{BUSY}", ear=9))
    assert booth.ended == [Ended("busy")]


def test_a_caller_who_gives_up_releases_the_outside_leg(telephony: Telephony, booth: Booth) -> None:
    """Nobody answers; the caller hangs up; no leg is left at the carrier."""

    async def story() -> None:
        dialling = Deferred.fromCoroutine(telephony.simulator.dial({"extension": "8001", "digits": f"600{UNANSWERED}"}))
        caller = (await booth.callers.until(bool))[0]
        while not any(leg["endpoint"] == "trunk-telecom" for leg in (await telephony.simulator.calls({}))["calls"]):
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await caller.hang_up()
        await dialling
        await booth.ended.until(bool)
        await until_nobody_calls(telephony)

    run(story())
    assert booth.ended == [Ended("caller-left")]


def test_a_trunk_without_free_lines_rests_and_others_are_used(telephony: Telephony, booth: Booth) -> None:
    """Congestion marks the trunk; the other is what is offered now."""

    async def story() -> list[str]:
        await telephony.simulator.carrier({"mode": "congestion", "trunk": "telecom"})
        try:
            await telephony.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}"})
        finally:
            await telephony.simulator.carrier({"mode": "normal"})
        return list(booth.exchange.trunks.healthy())

    assert run(story()) == ["unicom"]
    assert booth.ended == [Ended("congestion")]


def test_a_dead_trunk_is_found_out_and_comes_back_by_itself(telephony: Telephony, booth: Booth) -> None:
    """The carrier does not even answer probes: the trunk is down and not offered, until it answers again."""

    async def story() -> list[str]:
        await telephony.simulator.carrier({"mode": "dead", "trunk": "telecom"})
        await telephony.trunks_are("down", "telecom")
        offered = list(booth.exchange.trunks.healthy())
        await telephony.simulator.carrier({"mode": "normal"})
        await telephony.trunks_are("up")
        return offered

    assert run(story()) == ["unicom"]
    assert set(booth.exchange.trunks.healthy()) == {"telecom", "unicom"}


def test_extensions_call_one_another(telephony: Telephony, booth: Booth) -> None:
    """8001 rings 8002, whose simulated phone answers and echoes."""

    async def story() -> object:
        while "8002" not in booth.exchange.phones.registered():
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        told = await telephony.simulator.dial({"extension": "8001", "digits": "8002", "talk": 1})
        return told["outcome"]

    assert run(story()) == "answered"


def test_two_who_have_asterisk_read_anew_at_once_are_both_heard(telephony: Telephony, booth: Booth) -> None:
    """Asterisk refuses a reading while another goes on; whoever asked second asks again."""

    async def story() -> None:
        await DeferredList([Deferred.fromCoroutine(booth.exchange.reload()) for _ in range(4)], fireOnOneErrback=True)

    run(story())


def test_a_number_nobody_serves_is_refused(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """The phone is told 404 and plays its own tone."""
    run(sipp("find_nobody", line(telephony, "8007"), tmp_path, dialled="777", ear=9))


def test_an_extension_that_may_not_dial_out_does_not(telephony: Telephony, booth: Booth) -> None:
    """8020 may call inside only; 600 is not rung up for it."""
    story = telephony.simulator.dial({"extension": "8020", "digits": f"600{NUMBER}"})
    assert run(story)["outcome"] != "answered"
    assert booth.callers == []


def test_prompts_are_heard_and_keys_collected(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """A sound is played to the end; another is stopped by the first key; keys end at the number asked for."""
    sound = tmp_path / "prompt.wav"
    write_tone(sound, 1800, seconds=1)
    gathered: Heard[str] = Heard()

    async def ask(caller: IncomingCall) -> None:
        await caller.answer()
        await caller.play([sound])
        gathered.append(await caller.collect([sound] * 20, 4, A_LONG_TIME))
        gathered.append(await caller.collect([], None, A_LONG_TIME))
        gathered.append(await caller.collect([], 3, timedelta(milliseconds=50)))

    booth.exchange.numbers.register("601", ask)

    async def story() -> None:
        phone = await telephony.simulator.dial(
            {"extension": "8001", "digits": "601", "talk": 60, "until": "answered", "hear": True}
        )
        heard = Path(str(phone["heard"]))
        while not heard.exists() or heard.stat().st_size < 16000:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await telephony.simulator.keys({"call": phone["call"], "digits": "5678"})
        await gathered.until(lambda all_: len(all_) == 1)
        await telephony.simulator.keys({"call": phone["call"], "digits": "12#"})
        await gathered.until(lambda all_: len(all_) == 3)

    run(story())
    assert gathered == ["5678", "12", ""]


def test_a_caller_who_leaves_a_prompt_is_known_to_be_gone(telephony: Telephony, booth: Booth, tmp_path: Path) -> None:
    """Whatever is being said to them ends with HungUp."""
    sound = tmp_path / "long.wav"
    write_tone(sound, 1800, seconds=30)
    left: Heard[str] = Heard()

    async def talk(caller: IncomingCall) -> None:
        await caller.answer()
        try:
            await caller.play([sound])
        except HungUp:
            left.append("left")
            raise

    booth.exchange.numbers.register("602", talk)
    run(telephony.simulator.dial({"extension": "8001", "digits": "602", "talk": 1}))
    assert run(left.until(bool)) == ["left"]


def test_a_call_that_fails_within_us_is_ended_and_on_record(telephony: Telephony, booth: Booth) -> None:
    """A fault of ours: the caller is not left in silence, and the call does not stay open in the book for ever."""

    async def talk(caller: IncomingCall) -> None:
        await caller.answer()
        raise RuntimeError("a fault of ours")

    async def story() -> list[sa.Row[Any]]:
        booth.exchange.numbers.register("603", talk)
        await telephony.simulator.dial({"extension": "8001", "digits": "603", "talk": 60})
        await until_nobody_calls(telephony)
        await telephony.book.written()
        c = telephone_calls.c
        last = sa.select(c.ended_at).where(c.called == "603")
        return await telephony.database.transact(lambda connection: list(connection.execute(last)))

    [row] = run(story())
    assert row.ended_at is not None


def test_asterisk_itself_cuts_a_call_when_our_program_was_killed(telephony: Telephony) -> None:
    """kill -9 in mid-call: both legs end at the limit, and what was recorded tells when."""
    controller = telephony.start_controller(limit=3)
    phone = run(dialled_and_answered(telephony))
    answered = controller.says("answered")
    telephony.kill("controller")
    run(telephony.simulator.over({"call": phone}))
    exchange = telephony.exchange()
    evidence = run(exchange.dialer.evidence(answered["call"]))
    call(exchange.stop)
    assert not evidence.alive
    assert evidence.answered_at is not None
    assert evidence.ended_at is not None
    assert abs(evidence.answered_at - datetime.fromisoformat(answered["at"])) < timedelta(milliseconds=2)
    assert timedelta(seconds=2.9) < evidence.ended_at - evidence.answered_at < LATE
    assert evidence.engine_started_at < evidence.answered_at


def test_a_caller_who_hangs_up_takes_the_paid_leg_along_though_we_are_dead(telephony: Telephony) -> None:
    """kill -9, then the caller hangs up: the outside leg goes with it, long before its limit."""
    controller = telephony.start_controller(limit=60)
    phone = run(dialled_and_answered(telephony))
    answered = controller.says("answered")
    telephony.kill("controller")
    run(telephony.simulator.hang_up({"call": phone}))
    run(until_nobody_calls(telephony))
    hung_up = [record for record in telephony.records.of_call(answered["call"]) if record.kind == "HANGUP"]
    assert len(hung_up) == 2
    assert abs(hung_up[0].at - hung_up[1].at) < LATE


def test_a_call_is_taken_over_by_the_next_life(telephony: Telephony) -> None:
    """kill -9, start again: the call is alive, is rejoined, survives the sweep, and can be given a new limit."""
    controller = telephony.start_controller(limit=60)
    phone = run(dialled_and_answered(telephony))
    name = controller.says("answered")["call"]
    telephony.kill("controller")
    exchange = telephony.exchange()

    async def story() -> tuple[bool, Ended]:
        evidence = await exchange.dialer.evidence(name)
        rejoined = Deferred.fromCoroutine(exchange.dialer.rejoin(name, "8001"))
        while name not in exchange.dialer.under_way():
            await sleep(ReactorClock(reactor), timedelta(milliseconds=10))
        await exchange.sweep()
        await exchange.dialer.extend(name, timedelta(seconds=1))
        await telephony.simulator.over({"call": phone})
        return evidence.alive, await rejoined

    alive, ended = run(story())
    call(exchange.stop)
    assert alive
    assert ended.outcome == "answered"
    assert ended.answered_at is not None
    assert ended.ended_at is not None
    assert ended.ended_at - ended.answered_at < timedelta(seconds=30)


@pytest.mark.parametrize(("payer", "held"), [("8001", True), ("8002", False)])
def test_more_credit_in_the_next_life_holds_for_both_legs(telephony: Telephony, payer: str, held: bool) -> None:
    """kill -9, start again, and the call may last longer: whoever pays is not cut at the limit of the life before.

    A telephone to which the call was handed on was never held to it.
    """
    controller = telephony.start_controller(limit=40)
    phone = run(dialled_and_answered(telephony))
    name = controller.says("answered")["call"]
    telephony.kill("controller")
    exchange = telephony.exchange()

    async def story() -> list[float]:
        rejoined = Deferred.fromCoroutine(exchange.dialer.rejoin(name, payer))
        while name not in exchange.dialer.under_way():
            await sleep(ReactorClock(reactor), timedelta(milliseconds=10))
        await exchange.dialer.extend(name, timedelta(seconds=400))
        talk = next(talk for talk in exchange.dialer.talks() if talk.call == name)
        left = [float(await exchange.board.get(leg.id, "TIMEOUT(absolute)")) for leg in (talk.called, talk.caller)]
        await telephony.simulator.hang_up({"call": phone})
        await rejoined
        return left

    called, caller = run(story())
    call(exchange.stop)
    assert called > 300
    assert (caller > 300) is held


def test_what_nobody_rejoins_is_hung_up(telephony: Telephony) -> None:
    """kill -9, start again, nobody claims the call: the sweep ends it."""
    controller = telephony.start_controller(limit=60)
    phone = run(dialled_and_answered(telephony))
    controller.says("answered")
    telephony.kill("controller")
    exchange = telephony.exchange()
    run(exchange.sweep())
    run(telephony.simulator.over({"call": phone}))
    run(until_nobody_calls(telephony))
    call(exchange.stop)


def test_desks_that_talk_are_not_cut_by_our_restart(telephony: Telephony) -> None:
    """kill -9 while 8001 talks to 8002: the next life lets them talk, and knows when they are done."""
    telephony.start_controller(limit=60)
    before = run(telephony.simulator.calls({}))["calls"]  # what a story before left at the carrier
    dial = {"extension": "8001", "digits": "8002", "talk": 60, "until": "answered"}
    phone = run(telephony.simulator.dial(dial))["call"]
    telephony.kill("controller")
    exchange = telephony.exchange()
    run(exchange.sweep())
    under_way = exchange.dialer.under_way()
    known = {leg["id"] for leg in before}
    legs = [leg for leg in run(telephony.simulator.calls({}))["calls"] if leg["id"] not in known]
    run(telephony.simulator.hang_up({"call": phone}))
    run(until_nobody_calls(telephony))
    call(exchange.stop)
    assert len(under_way) == 1
    assert len(legs) == 2


def test_wards_and_emergency_numbers_ring_while_our_program_is_dead(telephony: Telephony) -> None:
    """Plain dialplan rings extensions, and emergency numbers over the next trunk when the first is dead."""

    async def story() -> list[str]:
        await telephony.simulator.carrier({"mode": "dead", "trunk": "telecom"})
        try:
            told = [
                await telephony.simulator.dial({"extension": "8001", "digits": digits, "talk": 1})
                for digits in ("8002", "120", f"600{PIN}{NUMBER}")
            ]
        finally:
            await telephony.simulator.carrier({"mode": "normal"})
        return [str(one["outcome"]) for one in told]

    assert run(story()) == ["answered", "answered", "congestion"]


def test_the_exchange_is_found_again_after_a_crash(telephony: Telephony) -> None:
    """kill -9 of Asterisk in mid-call: it is said, the call is over, and a new call goes through afterwards."""
    exchange = telephony.exchange()
    booth = Booth(exchange)
    run(exchange.sweep())
    run(telephony.trunks_are("up"))
    run(dialled_and_answered(telephony))
    telephony.kill("main")
    run(telephony.health.until(lambda heard: _latest(heard) == "down"))
    noticed = datetime.now(UTC)
    telephony.start_asterisk()
    run(telephony.health.until(lambda heard: _latest(heard) == "up"))
    ended = run(booth.ended.until(bool))[0]
    run(telephony.trunks_are("up"))
    again = run(telephony.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 1}))
    call(exchange.stop)
    assert ended.outcome == "answered"
    assert ended.ended_at is not None
    assert ended.ended_at <= noticed
    assert again["outcome"] == "answered"


def test_nothing_that_was_dialled_is_written_anywhere(telephony: Telephony, booth: Booth) -> None:
    """A dialled string with a PIN in it leaves no trace in any file the exchange wrote."""
    run(telephony.simulator.dial({"extension": "8001", "digits": f"600{PIN}{NUMBER}", "talk": 1}))
    run(telephony.simulator.dial({"extension": "8001", "digits": f"999{PIN}", "talk": 1}))
    files = dict(telephony.said())
    assert any(file.name == "events.json" for file in files)
    assert [file for file, text in files.items() if PIN in text] == []


async def dialled_and_answered(telephony: Telephony) -> str:
    """A simulated phone is talking to the outside; its call."""
    told = await telephony.simulator.dial(
        {"extension": "8001", "digits": f"600{NUMBER}", "talk": 60, "until": "answered"}
    )
    assert told["outcome"] == "answered"
    return str(told["call"])


async def until_nobody_calls(telephony: Telephony) -> None:
    """Every leg at the carrier is gone; the deadline is that of `run`."""
    while (await telephony.simulator.calls({}))["calls"]:
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


def _latest(heard: list[HealthChanged]) -> str:
    return next((event.state.value for event in reversed(heard) if event.part == "exchange:asterisk"), "")
