"""A call goes on over the next trunk, whatever is wrong with the first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.values import Ended
from appliance.simulator.outside import EARLY_TONE
from pbx.engine.program import call_records
from pbx.exchange import Exchange
from pbx.incoming import IncomingCall
from pbx.sign_of_life import POST_DIAL
from tests.e2e.patience import until
from tests.integration.asterisk import Telephony, way
from tests.integration.sip_phone import Ear, Line, sipp
from tests.real_reactor import Heard, call, reactor, run

NUMBER = "8613800138000"
FAULTS = ("congestion", "unreachable")
A_LONG_TIME = timedelta(minutes=5)


class Booth:
    """Serves 600: over telecom, and over unicom where that is telecom's fault, as billing does it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.callers: Heard[IncomingCall] = Heard()
        self.ended: Heard[tuple[str, Ended]] = Heard()
        exchange.numbers.register("600", self.serve)

    async def serve(self, caller: IncomingCall) -> None:
        self.callers.append(caller)
        await caller.answer()
        for trunk in ("telecom", "unicom"):
            number = caller.dialled.removeprefix("600")
            ended = await self.exchange.dialer.connect(caller, number, way(trunk, number), A_LONG_TIME, _nothing)
            self.ended.append((trunk, ended))
            if ended.outcome not in FAULTS:
                break


async def _nothing(at: datetime) -> None:
    pass


@pytest.fixture
def booth(telephony: Telephony) -> Iterator[Booth]:
    exchange = telephony.exchange()
    run(exchange.sweep())
    yield Booth(exchange)
    run(telephony.simulator.carrier({"mode": "normal"}))
    call(exchange.stop)


def started(telephony: Telephony, booth: Booth) -> tuple[datetime, datetime]:
    """When each of the two outside legs was begun, by the log of the exchange, which is written a moment later."""

    def look() -> list[datetime]:
        records = telephony.records.of_call(booth.callers[0].call)
        return [record.at for record in records if record.kind == "CHAN_START" and "-out-" in record.channel]

    first, second = until(lambda: found if len(found := look()) == 2 else None, "both legs in the exchange's log")
    return first, second


@pytest.mark.parametrize("mode", ["silent", "dead", "congestion"])
def test_the_next_trunk_is_dialled_before_anybody_waits_for_ringing(
    telephony: Telephony, booth: Booth, mode: str
) -> None:
    """Whether the first says 503 or nothing at all; the caller is connected, and the first trunk rests."""

    async def story() -> str:
        await telephony.simulator.carrier({"mode": mode, "trunk": "telecom"})
        dialled = await telephony.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 4})
        await booth.ended.until(lambda all_: len(all_) == 2)
        return str(dialled["outcome"])

    assert run(story()) == "answered"
    assert [(trunk, ended.outcome in FAULTS) for trunk, ended in booth.ended] == [("telecom", True), ("unicom", False)]
    assert booth.ended[1][1].outcome == "answered"
    first, second = started(telephony, booth)
    assert second - first < POST_DIAL / 2
    assert booth.exchange.trunks.healthy() == ["unicom"]
    wrong = booth.exchange.trunks.last_failure("telecom")
    if mode == "silent":
        assert wrong is not None
        assert wrong[1].message == "The carrier said nothing to a call."


def test_a_carrier_that_works_on_a_call_is_given_its_time(telephony: Telephony, booth: Booth) -> None:
    """It said 100 Trying, so it is not silent; the next is tried when it does not ring within its time."""
    booth.exchange.signs.post_dial = timedelta(seconds=3)

    async def story() -> None:
        await telephony.simulator.carrier({"mode": "trying", "trunk": "telecom"})
        await telephony.simulator.dial({"extension": "8001", "digits": f"600{NUMBER}", "talk": 6})
        await booth.ended.until(lambda all_: len(all_) == 2)

    run(story())
    assert [ended.outcome for _, ended in booth.ended] == ["unreachable", "answered"]
    first, second = started(telephony, booth)
    assert second - first > timedelta(seconds=2.9)


def test_what_a_carrier_says_before_the_answer_is_heard(
    telephony: Telephony, booth: Booth, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """183 with sound: neither silence nor an answer."""
    booth.exchange.signs.post_dial = timedelta(seconds=1.5)
    ear = call(lambda: Ear(1400))
    early = call(lambda: ear.hears(EARLY_TONE))
    phone = Line("8007", telephony.secrets["8007"], telephony.settings.sip_port)

    async def story() -> None:
        await telephony.simulator.carrier({"mode": "early"})
        directory = tmp_path_factory.mktemp("early")
        call_ = sipp("talk_and_hang_up", phone, directory, dialled=f"600{NUMBER}", ear=ear.number, talk=3000)
        calling = Deferred.fromCoroutine(call_)
        await early
        await calling
        await booth.ended.until(bool)

    run(story())
    call(ear.close)
    assert booth.ended == [("telecom", Ended("caller-left"))]


def test_an_answer_too_late_is_taken_back(telephony: Telephony, booth: Booth) -> None:
    """Asterisk still offers the call that we gave up; when the carrier hears it then, it is cancelled at once."""

    async def story() -> list[str]:
        before = len(far_legs(telephony))
        await telephony.simulator.carrier({"mode": "silent", "trunk": "telecom"})
        dialled = await telephony.simulator.dial(
            {"extension": "8001", "digits": f"600{NUMBER}", "talk": 30, "until": "answered"}
        )
        await booth.ended.until(bool)
        await telephony.simulator.carrier({"mode": "normal", "trunk": "telecom"})
        while len(far_legs(telephony)) < before + 2:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=50))
        await telephony.simulator.hang_up({"call": dialled["call"]})
        await booth.ended.until(lambda all_: len(all_) == 2)
        return far_legs(telephony)[before:]

    assert run(story()) == ["CHAN_START", "HANGUP"]
    assert booth.ended[0] == ("telecom", Ended("unreachable"))


def far_legs(telephony: Telephony) -> list[str]:
    """What happened at the carrier to calls over telecom, by its own log."""
    lines = call_records(telephony.carrier).read_text().splitlines()
    events = [json.loads(line) for line in lines if "PJSIP/trunk-telecom-" in line]
    return [event["eventtype"] for event in events if event["eventtype"] in ("CHAN_START", "ANSWER", "HANGUP")]
