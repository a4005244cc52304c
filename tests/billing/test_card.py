"""An account that pays by card: held ahead of talk, taken once, whatever the card system and we do meanwhile."""

from __future__ import annotations

import pytest

from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import yuan
from billing.card.credit import CardBlocked, CardSystemDown
from billing.card.desk import CardInUse, NotACard, UnknownCard, scanned
from billing.card.events import CardCharged
from billing.card.post import PART
from billing.events import CallRefused
from billing.refusal import PaysByCard, StillInUse
from tests.billing.card_house import CardHouse
from tests.billing.exchange import Process
from tests.support import now

DOWN = "The card system does not answer. Nothing was charged. Please try again later."


@pytest.fixture
def house() -> CardHouse:
    """A new one."""
    return CardHouse()


def state(house: CardHouse) -> tuple[State, str]:
    """What the status page says."""
    return [(told.state, told.detail) for told in house.told(HealthChanged) if told.part == PART][-1]


def talk(house: CardHouse, account: str, call: str = "c1", seconds: float = 30) -> None:
    """A call from beginning to end."""
    house.dial(call, house.string(account))
    house.exchange.answer(call)
    house.wait(seconds)
    house.exchange.hang_up(call)
    house.wait(1)


def test_a_call_is_held_charged_and_taken_once(house: CardHouse) -> None:
    """30 s at 0.6 a minute and 0.1 to connect: 0.40 yuan, in our books and on the card; nothing is held any more."""
    account = house.carded()
    house.dial("c1", house.string(account))
    assert house.held_there() == {"c1": yuan("3.1")}
    assert house.lease("c1").granted_seconds == 300
    house.exchange.answer("c1")
    house.wait(30)
    house.exchange.hang_up("c1")
    house.wait(1)
    assert house.taken() == house.charged() == {"c1": yuan("0.4")}
    assert house.held_there() == {}
    assert house.balance(account) == house.reserved(account) == 0
    assert [event.amount for event in house.told(CardCharged)] == [yuan("0.4")]
    assert [hold.state for hold in house.holds()] == ["closed"]


def test_a_long_call_holds_more_in_time(house: CardHouse) -> None:
    """Ten minutes: 6.10 yuan."""
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(600)
    house.exchange.hang_up("c1")
    house.wait(1)
    assert house.taken() == house.charged() == {"c1": yuan("6.1")}


def test_the_card_is_never_overdrawn(house: CardHouse) -> None:
    """0.55 yuan last for 42 s; the rest of the card is not enough for more."""
    account = house.carded(balance="0.55")
    house.dial("c1", house.string(account))
    assert house.held_there() == {"c1": yuan("0.55")}
    house.exchange.answer("c1")
    house.wait(400)
    assert house.taken() == house.charged() == {"c1": yuan("0.52")}
    assert house.lease("c1").seconds == 42


def test_parts_of_a_fen_are_not_taken(house: CardHouse) -> None:
    """0.128 yuan by the tariff are 0.12 on the card, and the explanation says so."""
    house = CardHouse()
    odd = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.128,60,60\n"
    now(house.tariffs.import_csv("retail", house.clock.now(), odd))
    account = house.carded()
    house.wait(1)
    talk(house, account)
    assert house.taken() == house.charged() == {"c1": yuan("0.12")}
    assert "part of a fen" in house.lease("c1").explanation or "分" in house.lease("c1").explanation


def test_an_empty_card_is_too_low(house: CardHouse) -> None:
    """Nothing is held, nothing is to be let go."""
    account = house.carded(balance="0")
    caller = house.dial("c1", house.string(account))
    assert [event.why for event in house.told(CallRefused)] == ["Your balance is too low for this call."]
    assert caller.gone
    assert house.exchange.legs == {}
    house.wait(100)
    assert house.held_there() == {}
    assert [(order.kind, order.state) for order in house.orders()] == [("reserve", "refused")]


def test_a_card_system_that_is_down_is_said_and_nothing_is_lost(house: CardHouse) -> None:
    """The caller hears it after ten seconds; what may have been held is let go when it is back."""
    account = house.carded()
    house.there.faults = ["late"]
    house.there.down = False
    caller = house.dial("c1", house.string(account))
    house.there.down = True
    house.wait(20)
    assert [event.why for event in house.told(CallRefused)] == [DOWN]
    assert "一卡通系统没有应答，没有扣费，请稍后再拨。" in caller.heard
    assert house.exchange.legs == {}
    assert state(house)[0] is State.DOWN
    house.there.down = False
    house.there.arrive()
    assert house.held_there() == {"c1": yuan("3.1")}
    house.wait(700)
    assert house.held_there() == {}
    assert house.taken() == {}
    assert state(house) == (State.UP, "It answers; every charge is confirmed.")
    house.there.arrive()
    assert house.held_there() == {}


def test_a_reservation_that_arrives_after_its_release_does_nothing(house: CardHouse) -> None:
    """Out of order: the release first."""
    account = house.carded()
    house.there.faults = ["late", "late", "late", "late", "late"]
    house.dial("c1", house.string(account))
    house.wait(100)
    assert house.there.late
    assert [hold.state for hold in house.holds()] == ["closed"]
    house.there.arrive()
    assert house.held_there() == {}
    assert house.taken() == {}


def test_a_lost_answer_is_asked_for_again_under_the_same_key(house: CardHouse) -> None:
    """At reserve and at commit."""
    account = house.carded()
    house.there.faults = ["lose"]
    house.dial("c1", house.string(account))
    house.wait(6)
    assert house.held_there() == {"c1": yuan("3.1")}
    house.exchange.answer("c1")
    house.there.faults = ["lose", "twice"]
    house.wait(30)
    house.exchange.hang_up("c1")
    house.wait(60)
    assert house.taken() == house.charged() == {"c1": yuan("0.4")}
    assert house.there.asked == ["c1-r1", "c1-r1", "c1-c", "c1-c"]


def test_charges_wait_for_days_and_are_shown(house: CardHouse) -> None:
    """Down from the end of the call on; three days later it is taken."""
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.wait(30)
    house.there.down = True
    house.exchange.hang_up("c1")
    house.wait(3 * 86400)
    assert house.charged() == {"c1": yuan("0.4")}
    assert house.taken() == {}
    assert state(house) == (State.DOWN, "It does not answer. {count} charges of {amount} yuan wait to be sent again.")
    house.there.down = False
    house.wait(700)
    assert house.taken() == {"c1": yuan("0.4")}
    assert state(house)[0] is State.UP
    assert house.balance(account) == 0


def test_a_refused_charge_is_shown_and_asked_again_each_hour(house: CardHouse) -> None:
    """Somebody at the card system closed the hold; somebody mends it."""
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.there.books.holds["c1"].ended = "by hand"
    house.exchange.hang_up("c1")
    house.wait(120)
    assert state(house)[0] is State.UP, "nothing was talked, nothing is owed"
    house.dial("c2", house.string(account))
    house.exchange.answer("c2")
    house.wait(30)
    house.there.books.holds["c2"].ended = "by hand"
    house.exchange.hang_up("c2")
    house.wait(120)
    assert state(house) == (State.DEGRADED, "It refuses {refused} of our charges: compare both lists.")
    house.there.books.holds["c2"].ended = ""
    house.wait(3700)
    assert house.taken() == house.charged() == {"c2": yuan("0.4")}
    assert state(house)[0] is State.UP


def test_a_talk_goes_on_while_the_card_system_is_down_and_ends_at_what_is_held(house: CardHouse) -> None:
    """No more is granted than is known to be held; when it answers in time, talk goes on."""
    account = house.carded()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.there.down = True
    house.wait(200)
    house.there.down = False
    house.wait(50)
    assert house.lease("c1").granted_seconds > 300
    house.there.down = True
    house.wait(900)
    lease = house.lease("c1")
    assert lease.seconds == lease.granted_seconds
    house.there.down = False
    house.wait(700)
    assert house.taken() == house.charged()
    assert house.held_there() == {}


@pytest.mark.parametrize("step", range(1, 60))
def test_dying_at_any_step_loses_and_doubles_nothing(step: int) -> None:
    """kill -9 at each use of the records, the exchange and the card system, with an answer lost; then a new life."""
    house = CardHouse()
    account = house.carded()
    house.there.faults = ["lose", "", "lose"]
    house.kill()
    house.start(kill_at=step)
    process: Process = house.process
    house.dial("c1", house.string(account))
    house.wait(6)
    if "c1" in house.exchange.legs:
        house.exchange.answer("c1")
    house.wait(200)
    if "c1" in house.exchange.legs:
        house.exchange.hang_up("c1")
    house.wait(30)
    if process.alive:
        house.kill()
    house.start()
    house.wait(1400)
    assert house.taken() == house.charged()
    assert house.held_there() == {}
    assert house.balance(account) == house.reserved(account) == 0
    assert {order.state for order in house.orders()} <= {"done", "dropped"}


def test_two_calls_of_one_card_hold_their_own(house: CardHouse) -> None:
    """Four yuan for two calls: 3.10 and 0.90; each spends no more than is held for it."""
    account = house.carded(balance="4")
    house.dial("c1", house.string(account))
    house.dial("c2", house.string(account), extension="8002")
    assert house.held_there() == {"c1": yuan("3.1"), "c2": yuan("0.9")}
    for call in ("c1", "c2"):
        house.exchange.answer(call)
    house.wait(1000)
    assert house.taken() == house.charged()
    assert sum(house.taken().values()) <= yuan(4)
    assert house.held_there() == {}


def test_the_balance_that_is_said_is_the_cards(house: CardHouse) -> None:
    """Step by step: what the card has free."""
    account = house.carded(balance="12.5")
    caller = house.dial("c1", "600", account, house.pins[account])
    assert "您的余额是12.50元。" in "".join(caller.heard) or any("12.50" in heard for heard in caller.heard)
    house.there.down = True
    house.dial("c2", "600", account, house.pins[account])
    assert [event.why for event in house.told(CallRefused)] == [DOWN]


def test_a_card_account_takes_no_cash(house: CardHouse) -> None:
    """Its money lies on the card."""
    account = house.carded()
    with pytest.raises(PaysByCard):
        now(house.accounts.deposit(account, yuan(1), "cashier", "R1"))


def test_a_card_is_opened_once_and_by_what_a_reader_types(house: CardHouse) -> None:
    """`;20260001?` as magnetic readers have it; unknown, blocked and used cards are named."""
    account = house.carded("20260001")
    assert scanned(" ;20260001? ") == "20260001"
    with pytest.raises(CardInUse, match=account):
        now(house.desk.open(";20260001?", "", "zh", "cashier"))
    with pytest.raises(UnknownCard):
        now(house.desk.open("20260009", "", "zh", "cashier"))
    house.there.books.issue("20260002", "戚美兰", yuan(1)).active = False
    with pytest.raises(CardBlocked):
        now(house.desk.open("20260002", "", "zh", "cashier"))
    with pytest.raises(NotACard):
        now(house.desk.open("卡", "", "zh", "cashier"))
    house.there.down = True
    with pytest.raises(CardSystemDown):
        now(house.desk.open("20260003", "", "zh", "cashier"))


def test_an_account_with_money_is_not_given_a_card(house: CardHouse) -> None:
    """It must be empty."""
    account = house.account("5")
    with pytest.raises(StillInUse):
        now(house.desk.link(account, "20260005", "cashier"))
    empty = house.account("0")
    now(house.desk.link(empty, "20260005", "cashier"))
    assert now(house.desk.account_of("20260005")) == empty
