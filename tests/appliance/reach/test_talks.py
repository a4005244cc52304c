"""Speech with a bed: from the station, from a nurse's telephone; limited, told to the ward, recorded where wished."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred

from nursecall.speech import NoSpeech
from pbx.terms import FREE, Keep, Terms
from tests.appliance.reach.cardboard import House
from tests.support import now


def speak(house: House, bed: str = "28") -> Deferred[None]:
    """Somebody presses “speak” at the station."""
    going: Deferred[None] = Deferred.fromCoroutine(house.talks.speak(house.call(bed).id, "沈敏"))
    return going


def refused(going: Deferred[None]) -> NoSpeech:
    """Why they do not talk."""
    failures: list[object] = []
    going.addErrback(lambda failure: failures.append(failure.value))
    [why] = failures
    assert isinstance(why, NoSpeech)
    return why


def test_the_desk_rings_then_the_bed_and_the_ward_is_told() -> None:
    """The request is answered when both talk; the call is taken from then on."""
    house = House()
    house.press()
    going = speak(house)
    assert house.exchange.rung == [("8001", 20.0, "28床 呼叫")]
    desk = house.exchange.answers("8001")
    [(party, bed, terms, over)] = house.exchange.bridged
    assert (party, bed, terms.limit) == (desk, "8028", timedelta(seconds=180))
    assert not going.called
    house.connect()
    assert going.called
    assert house.call().state == "talking"
    over.callback(house.ended())
    assert (house.call().state, house.call().acknowledged_by, house.call().spoken_with) == (
        "acknowledged",
        "沈敏",
        "沈敏",
    )
    assert desk.gone


def test_a_desk_that_does_not_answer_is_said() -> None:
    """With its number."""
    house = House()
    house.press()
    going = speak(house)
    house.exchange.fails("8001")
    why = refused(going)
    assert why.message.format(**why.facts) == "The telephone of the station, 8001, does not answer."
    assert house.call().state == "raised"


def test_a_bed_that_does_not_answer_is_said_on_screen_and_at_the_desk() -> None:
    """The call waits on."""
    house = House()
    house.press()
    going = speak(house)
    desk = house.exchange.answers("8001")
    house.exchange.bridged[0][3].callback(house.ended(answered=False))
    why = refused(going)
    assert why.message.format(**why.facts) == "The telephone of bed 28, 8028, does not answer."
    assert desk.heard == ["床边电话无人接听。"]
    assert desk.gone
    assert house.call().state == "raised"


def test_a_bed_without_a_telephone_cannot_be_spoken_with() -> None:
    """Nothing is rung."""
    house = House()
    house.press("1")
    assert not house.talks.possible("ward-a", "1")
    assert house.talks.possible("ward-a", "28")
    assert refused(speak(house, "1")).facts == {"bed": "1"}
    assert house.exchange.rung == []


def test_a_bed_is_spoken_with_once_at_a_time() -> None:
    """A second wish is told so; after the talk it may come again."""
    house = House()
    house.press()
    first = speak(house)
    assert "already" in refused(speak(house)).message
    house.exchange.fails("8001")
    refused(first)
    speak(house)
    assert len(house.exchange.rung) == 2


def test_a_call_that_is_over_is_not_spoken_about() -> None:
    """Somebody was quicker."""
    house = House()
    call = house.press()
    house.reset()
    with pytest.raises(NoSpeech, match="already ended"):
        now(house.talks.speak(call.id, "沈敏"))


def dialled(house: House, caller: str, called: str = "8028") -> Terms:
    """On what terms `caller` reaches `called`."""
    return house.talks.terms(caller, called)


def test_the_desk_that_dials_the_bed_speaks_about_its_call() -> None:
    """Limited, and the ward knows; anybody else is just a caller."""
    house = House()
    house.press()
    terms = dialled(house, "8001")

    async def story() -> None:
        await terms.answered(house.clock.now())
        assert house.call().state == "talking"
        await terms.over(house.ended())

    now(story())
    assert terms.limit == timedelta(seconds=180)
    assert house.call().spoken_with == "电话 8001"
    assert dialled(house, "8090") is FREE
    assert dialled(house, "8001", "8085") is FREE


def test_a_bed_that_did_not_call_is_dialled_within_the_limit_too() -> None:
    """Nothing befalls any call."""
    house = House()
    terms = dialled(house, "8001")
    assert terms.limit == timedelta(seconds=180)

    async def story() -> None:
        await terms.answered(house.clock.now())
        await terms.over(house.ended())

    now(story())
    assert house.journal() == []


def test_speech_is_recorded_where_the_ward_says_so_and_kept_as_long() -> None:
    """About the call, for so many days; elsewhere as the exchange's own rules say."""
    house = House(record=True, keep_days=30)
    call = house.press()
    assert dialled(house, "8001").keep == Keep("ward:ward-a", call.id, 30)
    assert House().talks.terms("8001", "8028").keep is None


def test_a_talk_from_before_a_restart_is_over_at_its_limit() -> None:
    """Nobody heard it end; the call must not stay in talk, where nobody is told of it, for ever."""
    house = House()
    call = house.press()
    now(house.wards.talk_began(call.id, "沈敏", "8001"))
    house.talks.start()
    for _ in range(6):
        house.clock.advance(30)
    assert house.call().state == "talking"
    house.clock.advance(30)
    assert house.call().state == "acknowledged"
    house.talks.stop()


def test_a_new_exchange_answers_whoever_waits() -> None:
    """The request of a screen does not hang."""
    house = House()
    house.press()
    going = speak(house)
    house.talks.lines_changed()
    refused(going)
