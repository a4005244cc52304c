"""One call after the other on the same line: `**`, after a call and in the middle of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.journal import journal
from appliance.foundation.values import yuan
from billing.events import CallRefused
from billing.plan import BillingPlan
from tests.billing.exchange import MOBILE, OFFER, FakeCaller, House
from tests.support import now

TIME_IS_UP = "本次通话时间已到。"
FIXED = "057188888888"
CALLED_FIXED = "8657188888888"


def test_after_a_call_another_number_is_called_without_the_pin() -> None:
    """The far end hangs up; `**`, then the balance of now, and the number."""
    house = House()
    account = house.account("10")
    caller = house.dial("c1", house.string(account), "**", FIXED)
    house.exchange.answer("c1")
    house.clock.advance(6)
    house.exchange.hang_up("c1")
    assert house.exchange.legs["c1+"].number == CALLED_FIXED
    assert caller.heard[:3] == [OFFER, "您的余额是9.84元。", "请输入您要拨打的电话号码，按井号键结束。"]
    house.exchange.answer("c1+")
    house.clock.advance(30)
    house.exchange.hang_up("c1+")
    assert (house.lease("c1").charge, house.lease("c1+").charge) == (yuan("0.16"), yuan("0.12"))
    assert house.balance(account) == yuan("9.72")
    assert caller.gone


def test_in_mid_talk_it_ends_the_call_and_asks_for_the_next() -> None:
    """No offer: they have said what they want. The first is charged to its end."""
    house = House()
    account = house.account("10")
    caller = house.dial("c1", house.string(account), FIXED)
    house.exchange.answer("c1")
    house.clock.advance(12)
    caller.press("**")
    assert (house.lease("c1").state, house.lease("c1").seconds) == ("settled", 12)
    assert house.exchange.legs["c1+"].number == CALLED_FIXED
    assert OFFER not in caller.heard


def test_while_it_rings_it_ends_the_call_and_no_other_trunk_is_tried() -> None:
    """The far end never answered: nothing is charged."""
    house = House()
    account = house.account("10")
    caller = house.dial("c1", house.string(account), FIXED)
    caller.press("**")
    assert house.exchange.tried == ["cheap", "cheap"]
    assert (house.lease("c1").charge, house.exchange.legs["c1+"].number) == (0, CALLED_FIXED)


@pytest.mark.parametrize("outcome", ["busy", "no-answer"])
def test_after_a_call_that_came_to_nothing(outcome: str) -> None:
    """Told why, then offered."""
    house = House()
    house.exchange.outcomes = {"cheap": outcome}
    house.dial("c1", house.string(house.account()), "**", FIXED)
    assert house.exchange.tried == ["cheap", "cheap"]


def test_after_a_number_that_cannot_be_called() -> None:
    """The PIN was right: only the number was not."""
    house = House()
    caller = house.dial("c1", house.string(house.account(), "110"), "**", "13800138000")
    assert caller.heard[:2] == ["此号码不能拨打。", OFFER]
    assert house.exchange.legs["c1+"].number == MOBILE
    assert [(event.call, event.called) for event in house.told(CallRefused)] == [("c1", "")]


def test_whoever_is_refused_for_the_account_is_offered_nothing() -> None:
    """Frozen in the middle of the first call: there is no second."""
    house = House()
    account = house.account()
    caller = house.dial("c1", house.string(account), "**", FIXED)
    house.exchange.answer("c1")
    now(house.accounts.freeze(account, "cashier"))
    house.exchange.hang_up("c1")
    assert caller.heard == [OFFER, "账户已冻结，请到收费处咨询。"]
    assert (caller.gone, list(house.exchange.legs)) == (True, ["c1"])


def test_whose_credit_is_used_up_is_told_so_before_the_offer() -> None:
    """The outside is cut, by the exchange; they stay, and may still try for what costs less."""
    house = House()
    caller = house.dial("c1", house.string(house.account("0.3")), "**", FIXED)
    house.exchange.answer("c1")
    house.wait(60)
    assert house.lease("c1").seconds == house.lease("c1").granted_seconds
    assert caller.heard[:2] == [TIME_IS_UP, OFFER]
    assert [event.why for event in house.told(CallRefused)] == ["Your balance is too low for this call."]


def test_whose_credit_is_used_up_after_a_restart_is_told_so() -> None:
    """The next life looks after the call, and says it."""
    house = House()
    caller = house.dial("c1", house.string(house.account("0.3")))
    house.exchange.answer("c1")
    house.kill()
    house.wait(2)
    house.start()
    house.wait(60)
    assert house.lease("c1").seconds == house.lease("c1").granted_seconds
    assert caller.heard == [TIME_IS_UP, OFFER]


def test_something_else_than_star_star_is_a_good_bye() -> None:
    """Let go."""
    house = House()
    caller = house.dial("c1", house.string(house.account()), "1")
    house.exchange.answer("c1")
    house.exchange.hang_up("c1")
    assert (caller.heard, caller.gone, list(house.exchange.legs)) == ([OFFER], True, ["c1"])


def test_a_plan_without_it_ends_with_the_call() -> None:
    """Nothing is offered, no key is heard."""
    house = House(BillingPlan(another=""))
    caller = house.dial("c1", house.string(house.account()), "**", FIXED)
    house.exchange.answer("c1")
    assert caller.line.pressed == {}
    house.exchange.hang_up("c1")
    assert (caller.heard, caller.gone) == ([], True)


def test_a_wrong_pin_keyed_step_by_step_is_asked_for_again() -> None:
    """Account and PIN; each mistake is on record."""
    house = House()
    account = house.account()
    wrong = f"{(int(house.pins[account]) + 1) % 10_000:04}"
    caller = house.dial("c1", "600", account, wrong, account, house.pins[account], "13800138000")
    assert caller.heard.count("账号或密码错误。") == 1
    assert house.exchange.legs["c1"].number == MOBILE
    assert [event.why for event in house.told(CallRefused)] == ["The account or PIN is wrong."]


def test_somebody_from_outside_does_not_dial_on() -> None:
    """Whoever handed them here, and whatever they know."""
    house = House()
    account = house.account()
    caller = house.dial("c1", house.string(account), outside="8613900139000")
    assert caller.heard == ["不能从院外使用账户拨打电话。"]
    assert (caller.gone, house.exchange.legs, house.reserved(account)) == (True, {}, 0)
    assert [event.why for event in house.told(CallRefused)] == [
        "Calls at an account's cost are not possible from outside."
    ]


@pytest.mark.parametrize(
    ("shown", "let_in"), [("13900139000", True), ("+8613900139000", True), ("13900139001", False), ("", False)]
)
def test_whom_the_plan_lets_in_dials_on(shown: str, let_in: bool) -> None:
    """By their number as a carrier shows it."""
    house = House(BillingPlan(from_outside=("8613900139000",)))
    house.dial("c1", house.string(house.account()), outside=shown)
    assert ("c1" in house.exchange.legs) is let_in


@pytest.mark.parametrize(
    ("outside", "may", "let_in"),
    [("13900139000", False, True), ("13900139001", False, False), (None, True, True), (None, False, False)],
)
def test_a_menu_lets_whom_the_plan_lists_dial_on(outside: str | None, may: bool, let_in: bool) -> None:
    """From outside by their number, a telephone of the house by its right; others hear why not and stay in the menu."""
    house = House(BillingPlan(from_outside=("8613900139000",)), may=lambda extension: may)
    account = house.account()
    caller = FakeCaller("m1", "8200", keys=[account, house.pins[account], "13800138000"], outside=outside)
    served: list[object] = []
    Deferred.fromCoroutine(house.calling.from_menu(caller, "en")).addBoth(served.append)
    assert ("m1+" in house.exchange.legs) is let_in
    if let_in:
        assert caller.heard[0] == "Please enter your account number, then press #."
        house.exchange.hang_up("m1+", "caller-left")
    else:
        why = (
            "Calls at an account's cost are not possible from outside." if outside else "This number cannot be called."
        )
        assert (caller.heard, caller.gone) == ([why], False)
    assert served == [let_in]


def test_no_pin_of_a_second_dialogue_is_told_anybody() -> None:
    """A PIN that was changed after a call: neither the old nor the new is in the journal."""
    house = House()
    account = house.account()
    house.pins[account] = "7082" if "708" not in account else "5093"
    now(house.accounts.set_pin(account, house.pins[account], "cashier"))
    house.dial("c1", house.string(account), "**", "*", "5", house.pins[account], "8364", "8364", "*", "13800138000")
    house.exchange.hang_up("c1", "busy")
    assert house.exchange.legs["c1+"].number == MOBILE
    with house.database.engine.connect() as connection:
        told = repr(list(connection.execute(sa.select(journal.c.body)))) + repr(house.events)
    assert "PIN changed" in told
    assert "8364" not in told
    assert house.pins[account] not in told


def test_it_is_heard_after_a_restart_in_mid_talk() -> None:
    """By the next life of the daemon: the first call ends and is charged, another number is asked for, and no PIN."""
    house = House()
    account = house.account("10")
    caller = house.dial("c1", house.string(account), FIXED)
    house.exchange.answer("c1")
    house.kill()
    house.wait(6)
    house.start()
    house.wait(6)
    caller.press("**")
    assert (house.lease("c1").state, house.lease("c1").seconds) == ("settled", 12)
    assert house.exchange.legs["c1+"].number == CALLED_FIXED
    assert not any("密码" in said for said in caller.heard)
    house.exchange.answer("c1+")
    house.wait(30)
    house.exchange.hang_up("c1+")
    assert house.lease("c1+").charge == yuan("0.12")
    assert caller.gone
