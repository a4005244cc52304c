"""Free seating by phones that are not ours: who brings a number to a telephone is called, and calls, there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.i18n import Text
from appliance.foundation.journal import Event
from pbx.calls.events import CallBegan, CallDirected
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_features import FeaturesPlan
from pbx.plan_seating import Seating
from pbx.seating.events import SeatLeft, SeatTaken
from pbx.seating.reception import HERE, LEFT, PIN, WRONG
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.soft_phone import FIRST, SECOND
from tests.integration.test_features import House, free
from tests.real_reactor import Heard, call, reactor, run

DOCTOR, OTHER, DESK = "8008", "8009", "8005"
MOBILE = "13800138000"


def shaped(plan: PbxPlan) -> PbxPlan:
    """8008 and 8009 are people without a telephone, who may call mobiles; the telephones may not."""
    groups = (
        ExtensionGroup(numbers="8001-8007", name=Text(zh="病区", en="Ward"), may_dial=("internal",)),
        ExtensionGroup(numbers="8008-8009", name=Text(zh="医生", en="Doctors"), may_dial=("internal", "mobile")),
    )
    features = FeaturesPlan(seconds=5, seating=Seating(numbers=("8008-8009",), telephones=("8001-8007",)))
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
    house = started(telephony, tmp_path, database)
    yield house
    call(house.stop)


def started(telephony: Telephony, directory: Path, database: InlineDatabase) -> House:
    house = House(telephony, directory, database)
    run(house.features.seats.load())
    run(house.start())
    return house


async def said(house: House, sentence: str, count: int = 1) -> None:
    """Wait until that was to be said so often."""
    await house.prompts.asked.until(lambda asked: sum(one == sentence for one in asked) >= count)


async def talks(house: House, extension: str) -> None:
    """Wait until it talks with somebody."""
    while house.exchange.dialer.talk_of(extension) is None:
        await sleep(ReactorClock(reactor), timedelta(milliseconds=20))


def test_a_number_comes_to_a_telephone_and_leaves_it(house: House) -> None:
    """By *75 and PIN 8008 is at 8005: it rings there, is busy there, is shown and may call mobiles; then #75."""
    pin = run(house.features.seat_pins.renew(DOCTOR, "it"))
    calls: Heard[Event] = Heard()
    house.telephony.bus.subscribe(CallDirected, calls.append)
    house.telephony.bus.subscribe(CallBegan, calls.append)
    with house.trio() as (caller, desk, _):

        async def dial_pin(code: str, keys: str, question: int) -> None:
            await desk.command("dial", code)
            await said(house, PIN, question)
            for key in keys:
                await desk.command("sndcode", key)

        async def story() -> None:
            assert house.exchange.numbers.decide(DESK, MOBILE).allowed is False
            await dial_pin(f"*75*{DOCTOR}#", "000000#", 1)
            await said(house, WRONG)
            await desk.command("hangup")
            await desk.happens("CALL_CLOSED", 1)
            await dial_pin(f"*75*{DOCTOR}#", f"{pin}#", 2)
            await said(house, HERE.format(digits="8 0 0 8"))
            await house.until(SeatTaken, number=DOCTOR, telephone=DESK)
            await desk.happens("CALL_CLOSED", 2)

            await caller.command("dial", DOCTOR)
            await caller.hears(SECOND)
            await desk.hears(FIRST)
            states = {line.number: (line.state, line.other) for line in house.features.lines()}
            assert states[DOCTOR] == ("talking", "8004")
            assert states["8004"] == ("talking", DOCTOR)
            assert states[DESK] == ("busy", "")
            assert house.exchange.board.engaged(DOCTOR)
            await caller.command("hangup")
            await desk.happens("CALL_CLOSED", 3)

            await desk.command("dial", "8004")
            await caller.happens("CALL_ESTABLISHED", 2)
            talk = [one for one in caller.said if one.get("type") == "CALL_ESTABLISHED"][-1]
            assert talk["peeruri"].startswith(f"sip:{DOCTOR}@"), talk
            await talks(house, DOCTOR)
            await desk.command("hangup")
            await desk.happens("CALL_CLOSED", 4)

            await desk.command("dial", MOBILE)
            await calls.until(
                lambda heard: any(isinstance(one, CallDirected) and one.direction == "out" for one in heard)
            )
            mine = [one for one in calls if isinstance(one, CallBegan)][-1]
            assert mine.caller == DOCTOR
            await desk.command("hangup")
            await desk.happens("CALL_CLOSED", 5)

            await desk.command("dial", "#75")
            await said(house, LEFT.format(digits="8 0 0 8"))
            await house.until(SeatLeft, number=DOCTOR, telephone=DESK, by=DESK)
            await desk.happens("CALL_CLOSED", 6)
            # Their telephone knows it before the exchange has told us.
            await free(house, DOCTOR)
            await caller.command("dial", DOCTOR)
            await caller.happens("CALL_CLOSED", 3)

        run(story())


def test_seats_outlive_us_and_move_on(telephony: Telephony, tmp_path: Path, database: InlineDatabase) -> None:
    """Another life of ours rings 8008 where it was, also in a call that went on; 8009 takes its place there."""
    before = started(telephony, tmp_path, database)
    run(before.features.seats.take(DOCTOR, DESK))
    after: list[House] = []
    with before.trio() as (caller, _, third):

        async def first_life() -> None:
            await caller.command("dial", DOCTOR)
            await caller.hears(SECOND)

        async def second_life() -> None:
            features = after[0].features
            states = {line.number: (line.state, line.other) for line in features.lines()}
            assert states[DOCTOR] == ("talking", "8004")
            await third.command("dial", DOCTOR)
            await third.hears(SECOND)
            await third.command("hangup")
            await features.seats.take(OTHER, DESK)
            await after[0].until(SeatLeft, number=DOCTOR, telephone=DESK, by=OTHER)
            assert features.seats.telephone_of(DOCTOR) == DOCTOR
            assert features.seats.whose(DESK) == OTHER
            await third.command("dial", OTHER)
            await third.hears(SECOND)
            await third.command("hangup")
            await caller.command("hangup")
            await caller.happens("CALL_CLOSED")

        run(first_life())
        call(before.stop)
        directory = tmp_path / "after"
        directory.mkdir()
        after.append(started(telephony, directory, database))
        run(second_life())
    call(after[0].stop)
