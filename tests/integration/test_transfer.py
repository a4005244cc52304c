"""Calls that are handed on, by phones that are not ours: baresip and SIPp."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.values import Ended
from pbx.exchange import Exchange
from pbx.incoming import IncomingCall
from tests.integration.asterisk import Telephony, way
from tests.integration.sip_phone import Line, sipp
from tests.integration.soft_phone import FIRST, SECOND, THIRD, phones
from tests.real_reactor import Heard, reactor, run


def test_a_phone_hands_its_caller_on(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """8004 calls 8005, who hands them on to 8006: 8004 and 8006 hear one another, 8005 is free."""
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND, "8006": THIRD}) as (caller, desk, third):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await desk.hears(FIRST)
            await desk.command("transfer", "8006")
            await caller.hears(THIRD)
            await third.hears(FIRST)
            await desk.happens("CALL_CLOSED")
            await third.command("hangup")
            await caller.happens("CALL_CLOSED")

        run(story())
    assert not exchange.dialer.under_way()


def test_a_phone_connects_its_two_calls(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """8007 calls 8005, then 8006, and connects them (REFER with Replaces): they hear one another, 8007 is free."""
    with phones(telephony, tmp_path, {"8005": SECOND, "8006": THIRD}) as (second, third):

        async def story() -> None:
            line = Line("8007", telephony.secrets["8007"], telephony.settings.sip_port)
            await sipp("connect_two", line, tmp_path, dialled="8005", ear=9, second="8006")
            await second.hears(THIRD)
            await third.hears(SECOND)
            await second.command("hangup")
            await third.happens("CALL_CLOSED")

        run(story())
    assert not exchange.dialer.under_way()


def test_who_is_not_taken_is_given_back(telephony: Telephony, exchange: Exchange, tmp_path: Path) -> None:
    """8005 hands 8004 on to 8009, whose phone is not there: 8005 rings again and has them back."""
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND}) as (caller, desk):

        async def story() -> None:
            await caller.command("dial", "8005")
            await desk.hears(FIRST)
            await desk.command("transfer", "8009")
            await desk.happens("CALL_ESTABLISHED", times=2)
            await caller.hears(SECOND)
            await desk.hears(FIRST)

        run(story())


class Room:
    """Stands for a conference room: takes whoever dials it, and knows who is there."""

    def __init__(self, exchange: Exchange) -> None:
        self.there: Heard[str] = Heard()
        self.gone: Heard[str] = Heard()
        exchange.numbers.register("3000", self._serve, needs="internal", exact=True)

    async def _serve(self, caller: IncomingCall) -> None:
        await caller.answer()
        whose = caller.leg.endpoint
        self.there.append(whose)
        await caller.leg.gone.wait()
        self.gone.append(whose)


@pytest.mark.parametrize(("whom", "back"), [("8006", "8006"), ("8009", "8005")])
def test_who_is_in_a_conference_hands_the_place_on(
    telephony: Telephony, exchange: Exchange, tmp_path: Path, whom: str, back: str
) -> None:
    """8005 transfers its room to 8006, who is in it then; 8009 is not there, so 8005 is rung and in again."""
    room = Room(exchange)
    with phones(telephony, tmp_path, {"8005": FIRST, "8006": SECOND}) as (member, other):

        async def story() -> None:
            await member.command("dial", "3000")
            await room.there.until(bool)
            await member.command("transfer", whom)
            await room.there.until(lambda there: there == ["8005", back])
            await room.gone.until(lambda gone: gone == ["8005"])
            await (other if back == "8006" else member).command("hangup")
            await room.gone.until(lambda gone: gone == ["8005", back])

        run(story())


def test_a_member_of_a_conference_sends_its_second_party_in(
    telephony: Telephony, exchange: Exchange, tmp_path: Path
) -> None:
    """8007 is in a room, calls 8006, and connects the two: 8006 is in the room in its place."""
    room = Room(exchange)
    with phones(telephony, tmp_path, {"8006": THIRD}) as (third,):

        async def story() -> None:
            line = Line("8007", telephony.secrets["8007"], telephony.settings.sip_port)
            await sipp("connect_two", line, tmp_path, dialled="3000", ear=9, second="8006")
            await room.there.until(lambda there: there == ["8007", "8006"])
            await room.gone.until(lambda gone: gone == ["8007"])
            await third.command("hangup")
            await room.gone.until(lambda gone: gone == ["8007", "8006"])

        run(story())


def test_a_paid_call_that_is_handed_on_stays_held_to_its_limit(
    telephony: Telephony, exchange: Exchange, tmp_path: Path
) -> None:
    """8004 calls outside for 8 s at most and hands the call on: 8006 talks with outside, the limit cuts it still."""
    ended: Heard[Ended] = Heard()
    mobile = "8613800138000"

    async def serve(caller: IncomingCall) -> None:
        async def answered(at: datetime) -> None:
            await sleep(ReactorClock(reactor), timedelta(0))

        line = way("telecom", mobile)
        ended.append(await exchange.dialer.connect(caller, mobile, line, timedelta(seconds=8), answered))

    exchange.numbers.register("600", serve)
    with phones(telephony, tmp_path, {"8004": FIRST, "8006": THIRD}) as (caller, third):

        async def story() -> Ended:
            await caller.command("dial", "600")
            await caller.hears(FIRST)  # the far end echoes
            await caller.command("transfer", "8006")
            await third.hears(THIRD)
            await third.happens("CALL_CLOSED")
            return (await ended.until(bool))[0]

        over = run(story())
    assert over.answered_at is not None
    assert over.ended_at is not None
    assert timedelta(seconds=7.9) < over.ended_at - over.answered_at < timedelta(seconds=30)
