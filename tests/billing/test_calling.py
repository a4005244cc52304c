"""The 600 dialogue, from what is dialled to what is paid."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from twisted.logger import globalLogPublisher, textFileLogObserver

from appliance.foundation.journal import journal
from appliance.foundation.values import yuan
from billing.dialogue import Dialled
from billing.events import CallAuthorised, CallRefused, CallRerouted, CallSettled, LeaseExtended, MoneyMoved
from billing.plan import BillingPlan
from billing.schema import ledger
from tests.billing.exchange import MOBILE, OFFER, House
from tests.fakes.clock import START
from tests.support import now


def test_one_string_is_connected_without_a_word_and_charged_to_the_second() -> None:
    """`600` + account + PIN + number: 65 s at 0.6 a minute by six seconds, and 0.1 to connect."""
    house = House()
    account = house.account("10")
    caller = house.dial("c1", house.string(account))
    leg = house.exchange.legs["c1"]
    assert (leg.number, leg.trunk, leg.limit, caller.answered) == (MOBILE, "cheap", timedelta(seconds=300), False)
    assert house.reserved(account) == yuan("3.1")
    house.clock.advance(20)
    house.exchange.answer("c1")
    house.clock.advance(64.2)
    house.exchange.hang_up("c1")
    assert (house.balance(account), house.reserved(account)) == (yuan("9.24"), 0)
    assert (caller.gone, caller.heard) == (True, [OFFER])
    lease = house.lease("c1")
    assert (lease.state, lease.seconds, lease.charge, lease.cost) == ("settled", 65, yuan("0.76"), yuan("0.1"))
    assert lease.answered_at == START + timedelta(seconds=20)
    assert "应收：0.76 元" in lease.explanation


def test_what_happened_is_told_in_order() -> None:
    """Authorised, money moved, settled, with the facts a page needs."""
    house = House()
    account = house.account()
    house.events.clear()
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.clock.advance(6)
    house.exchange.hang_up("c1")
    authorised, moved, settled = house.events
    assert isinstance(authorised, CallAuthorised)
    assert (authorised.called, authorised.trunk, authorised.granted_seconds) == (MOBILE, "cheap", 300)
    assert isinstance(moved, MoneyMoved)
    assert (moved.movement, moved.amount, moved.balance, moved.reference) == ("charge", -1600, 98400, "c1")
    assert isinstance(settled, CallSettled)
    assert (settled.seconds, settled.charge, settled.cost, settled.ended) == (6, 1600, 500, "hang-up")


def test_step_by_step_in_the_language_of_the_account() -> None:
    """`600` alone: asked in the site's language, then told balance and time in the caller's own."""
    house = House()
    account = house.account("12.5", "en")
    caller = house.dial("c1", "600", account, house.pins[account], "13800138000")
    assert caller.heard == [
        "请输入您的账号，按井号键结束。",
        "For English, press star.",
        "请输入您的密码，按井号键结束。",
        "Your balance is 12.50 yuan.",
        "Please enter the number you wish to call, then press #.",
        "For other services press star.",
        "You can talk for 20 minutes.",
    ]
    assert house.exchange.legs["c1"].number == MOBILE


def test_what_was_dialled_is_not_asked_again() -> None:
    """Account alone; account and PIN; a PIN cut short is asked for whole."""
    house = House()
    account = house.account("10")
    house.dial("c1", f"600{account}", house.pins[account], "88888888")
    house.dial("c2", f"600{account}{house.pins[account]}#", "88888888")
    house.dial("c3", f"600{account}{house.pins[account][:2]}", house.pins[account], "88888888")
    house.dial("c4", f"600{account[:4]}", account, house.pins[account], "88888888")
    assert [house.callers[c].heard[0][:6] for c in ("c1", "c2", "c3", "c4")] == [
        "请输入您的密",
        "您的余额是1",
        "请输入您的密",
        "请输入您的账",
    ]
    assert {leg.number for leg in house.exchange.legs.values()} == {"8657188888888"}


@pytest.mark.parametrize(
    ("credit", "said"),
    [("0.66", "您可以通话54秒。"), ("0.8", "您可以通话1分钟。"), ("100000", "您可以通话240分钟。")],
)
def test_time_left_is_spoken_in_whole_minutes(credit: str, said: str) -> None:
    """Or seconds, where there is not even one minute; four hours at most."""
    house = House()
    account = house.account(credit)
    assert house.dial("c1", f"600{account}{house.pins[account]}", "13800138000").heard[-1] == said


def test_a_caller_who_keys_nothing_is_asked_twice() -> None:
    """And then let go."""
    house = House()
    caller = house.dial("c1", "600", "", "")
    assert caller.heard[-1] == "没有收到您的输入，请重新拨打。"
    assert caller.gone
    assert [event.why for event in house.told(CallRefused)] == ["Nothing was entered. Please dial again."]


def test_a_caller_who_hangs_up_while_asked_leaves_nothing_behind() -> None:
    """No lease, no refusal."""
    house = House()
    account = house.account()
    house.dial("c1", f"600{account}{house.pins[account]}")
    assert (house.exchange.legs, house.told(CallRefused), house.reserved(account)) == ({}, [], 0)


@pytest.mark.parametrize(
    ("dialled", "said"),
    [
        ("600{wrong}13800138000", "账号或密码错误。"),
        ("6009999991357{number}", "账号或密码错误。"),
        ("{string}110", "此号码不能拨打。"),
        ("{string}19012345678", "此号码不能拨打。"),
        ("{string}00442079460958", "此号码不能拨打。"),
    ],
)
def test_refusals_are_spoken_and_the_caller_is_let_go(dialled: str, said: str) -> None:
    """Wrong PIN, no such account, an emergency number, a barred number, a country without a rate."""
    house = House()
    account = house.account()
    wrong = account + str((int(house.pins[account]) + 1) % 10**4).zfill(4)
    string = f"600{account}{house.pins[account]}"
    caller = house.dial("c1", dialled.format(wrong=wrong, string=string, number="13800138000"))
    offered = [] if "PIN" in said or "密码" in said else [OFFER]
    assert (caller.heard, caller.answered, caller.gone) == ([said, *offered], True, True)
    (event,) = house.told(CallRefused)
    assert (event.call, event.extension, event.account) == ("c1", "8001", account if "string" in dialled else None)
    assert (house.exchange.legs, house.reserved(account)) == ({}, 0)


def test_too_many_wrong_pins_are_told_to_ask_at_the_desk() -> None:
    """By account and by extension, in one string or keyed."""
    house = House()
    account = house.account()
    wrong = str((int(house.pins[account]) + 1) % 10**4).zfill(4)
    for call in "abc":
        house.dial(call, "600", account, wrong)
    assert house.dial("d", house.string(account)).heard == ["密码错误次数过多，请到收费处咨询。"]


def test_a_frozen_account_is_told_so() -> None:
    """To who knows its PIN."""
    house = House()
    account = house.account()
    now(house.accounts.freeze(account, "cashier"))
    assert house.dial("c1", house.string(account)).heard == ["账户已冻结，请到收费处咨询。"]


def test_too_little_credit_is_told_before_anything_rings() -> None:
    """The first six seconds and the connection cost 0.16."""
    house = House()
    account = house.account("0.1599")
    assert house.dial("c1", house.string(account)).heard == ["您的余额不足，无法拨打此电话。", OFFER]
    assert house.dial("c2", f"600{account}{house.pins[account]}", "13800138000").heard[-2] == (
        "您的余额不足，无法拨打此电话。"
    )
    now(house.accounts.deposit(account, yuan("0.0001"), "cashier", "R2"))
    house.dial("c3", house.string(account))
    assert house.exchange.legs["c3"].limit == timedelta(seconds=6)


def test_with_little_credit_the_call_may_last_as_long_as_it_pays_for() -> None:
    """Cut by the exchange to the second; what is cut late is not charged, and says so."""
    house = House()
    account = house.account("1.06")
    house.exchange.late = timedelta(seconds=1.4)
    house.dial("c1", house.string(account))
    assert house.exchange.legs["c1"].limit == timedelta(seconds=96)
    house.exchange.answer("c1")
    house.wait(200)
    lease = house.lease("c1")
    assert (lease.seconds, lease.charge, house.balance(account)) == (96, yuan("1.06"), 0)
    assert (lease.ended_at - lease.answered_at) == timedelta(seconds=97.4)
    assert "实测 98 秒；超出 96 秒的迟断部分不收费。" in lease.explanation
    assert [event.ended for event in house.told(CallSettled)] == ["limit"]


def test_a_lease_is_extended_before_half_of_it_is_used() -> None:
    """Talk goes on past the first lease, each extension told to the exchange."""
    house = House()
    account = house.account("10")
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.clock.advance(119)
    assert house.told(LeaseExtended) == []
    house.clock.advance(1)
    (extended,) = house.told(LeaseExtended)
    assert (extended.granted_seconds, extended.reserved, house.reserved(account)) == (420, yuan("4.3"), yuan("4.3"))
    house.wait(480)
    assert house.exchange.legs["c1"].alive
    house.exchange.hang_up("c1")
    assert house.lease("c1").seconds == 600
    assert house.balance(account) == yuan("3.9")


def test_talk_goes_on_exactly_to_the_end_of_the_credit() -> None:
    """4.9 yuan are 480 s: one lease, and the rest of the next."""
    house = House()
    account = house.account("4.9")
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    for _ in range(600):
        house.clock.advance(1)
        house.check()
    assert (house.lease("c1").seconds, house.balance(account)) == (480, 0)


def test_money_paid_in_during_the_call_lets_it_go_on() -> None:
    """Noticed within ten seconds."""
    house = House()
    account = house.account("1")
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    house.clock.advance(60)
    now(house.accounts.deposit(account, yuan(1), "cashier", "R2"))
    house.wait(500)
    assert (house.lease("c1").seconds, house.balance(account)) == (190 // 6 * 6, yuan(2) - yuan("0.1") - 186 * 100)


def test_two_calls_on_one_account_share_its_balance() -> None:
    """Each holds its own part; together they spend no more than there is."""
    house = House()
    account = house.account("4")
    house.dial("c1", house.string(account))
    house.dial("c2", house.string(account))
    assert [house.lease(call).granted_seconds for call in ("c1", "c2")] == [300, 78]
    assert house.dial("c3", house.string(account)).heard == ["您的余额不足，无法拨打此电话。", OFFER]
    for call in ("c1", "c2"):
        house.exchange.answer(call)
    house.wait(600)
    house.check()
    assert house.balance(account) >= 0
    assert house.lease("c1").charge + house.lease("c2").charge + house.balance(account) == yuan(4)


def test_no_money_a_call_holds_is_paid_back() -> None:
    """The cashier pays out the rest."""
    house = House()
    account = house.account("4")
    house.dial("c1", house.string(account))
    now(house.accounts.refund(account, yuan("0.9"), "cashier", "R2"))
    house.exchange.answer("c1")
    house.clock.advance(300)
    assert house.balance(account) == 0


def test_a_frozen_account_gets_no_more_credit_in_mid_call() -> None:
    """The call ends with the lease it has."""
    house = House()
    account = house.account("10")
    house.dial("c1", house.string(account))
    house.exchange.answer("c1")
    now(house.accounts.freeze(account, "cashier"))
    house.wait(600)
    assert house.lease("c1").seconds == 300


@pytest.mark.parametrize("outcome", ["congestion", "unreachable"])
def test_the_next_trunk_is_tried_when_one_fails(outcome: str) -> None:
    """Cheapest first; the trunk that took the call is the one on record, with its cost."""
    house = House()
    house.exchange.outcomes = {"cheap": outcome}
    account = house.account()
    house.dial("c1", house.string(account))
    assert house.exchange.tried == ["cheap", "dear"]
    assert [(event.trunk, event.why) for event in house.told(CallRerouted)] == [("dear", outcome)]
    house.exchange.answer("c1")
    house.clock.advance(6)
    house.exchange.hang_up("c1")
    assert (house.lease("c1").trunk, house.lease("c1").cost) == ("dear", yuan("0.2"))


def test_where_the_prefix_code_may_be_meant_the_next_line_is_tried() -> None:
    """No such number says one carrier of 17909 and the number; without the code it is nobody's, as everywhere."""
    house = House()
    house.exchange.outcomes = {"cheap": "no-such-number"}
    house.exchange.codes = {"cheap": "17909"}
    house.dial("c1", house.string(house.account()))
    assert house.exchange.tried == ["cheap", "dear"]
    house.exchange.codes.clear()
    house.dial("c2", house.string(house.account()))
    assert house.exchange.tried == ["cheap", "dear", "cheap"]


def test_when_every_trunk_fails_the_caller_is_told_and_nothing_is_charged() -> None:
    """Congestion and a dead line."""
    house = House()
    house.exchange.outcomes = {"cheap": "unreachable", "dear": "congestion"}
    account = house.account()
    caller = house.dial("c1", house.string(account))
    assert caller.heard == ["线路全忙，请稍后再拨。", OFFER]
    assert (house.balance(account), house.reserved(account)) == (yuan(10), 0)
    assert [event.ended for event in house.told(CallSettled)] == ["congestion"]


@pytest.mark.parametrize(
    ("outcome", "said"), [("busy", "您拨打的电话正在通话中，请稍后再拨。"), ("no-answer", "您拨打的电话无人接听。")]
)
def test_a_called_party_that_is_busy_or_away_is_not_tried_on_another_trunk(outcome: str, said: str) -> None:
    """It would be no different there; nothing is charged."""
    house = House()
    house.exchange.outcomes = {"cheap": outcome}
    account = house.account()
    caller = house.dial("c1", house.string(account))
    assert (house.exchange.tried, caller.heard) == (["cheap"], [said, OFFER])
    assert (house.balance(account), house.reserved(account), house.lease("c1").charge) == (yuan(10), 0, 0)


def test_a_caller_who_leaves_while_it_rings_pays_nothing() -> None:
    """And hears nothing any more."""
    house = House()
    account = house.account()
    caller = house.dial("c1", house.string(account))
    house.clock.advance(15)
    caller.line.gone = True
    house.exchange.hang_up("c1", "caller-left")
    assert (caller.heard, house.balance(account), house.reserved(account)) == ([], yuan(10), 0)


def test_without_a_healthy_trunk_lines_are_busy() -> None:
    """Said before any credit is held."""
    house = House()
    house.exchange.trunks = []
    account = house.account()
    assert house.dial("c1", house.string(account)).heard == ["线路全忙，请稍后再拨。", OFFER]
    assert [event.called for event in house.told(CallRefused)] == [MOBILE]


def test_a_trunk_without_a_tariff_carries_a_call() -> None:
    """Better one of unknown margin than none."""
    house = House()
    house.exchange.trunks = ["dear", "new"]
    house.exchange.outcomes = {"dear": "congestion"}
    house.dial("c1", house.string(house.account()))
    assert house.exchange.tried == ["dear", "new"]
    house.exchange.answer("c1")
    house.exchange.hang_up("c1")
    assert house.lease("c1").cost is None


def test_without_a_retail_tariff_nobody_calls_and_the_caller_is_told_to_try_later() -> None:
    """The cashier's words are not for callers."""
    house = House(BillingPlan(tariff="other"))
    assert house.dial("c1", house.string(house.account())).heard == ["暂时无法拨打外线，请稍后再拨。"]


def test_calls_go_through_while_speech_is_down() -> None:
    """Keys are gathered in silence."""
    house = House()
    house.prompts.silent = True
    account = house.account()
    caller = house.dial("c1", "600", account, house.pins[account], "13800138000")
    assert (caller.heard, house.exchange.legs["c1"].number) == ([], MOBILE)


def test_free_seconds_are_free_and_the_next_is_not() -> None:
    """Hong Kong: three seconds free, then by the second at 2 yuan a minute."""
    house = House()
    account = house.account("100")
    for call, seconds, charge in (("c1", 3, 0), ("c2", 4, 333)):
        house.dial(call, house.string(account, "0085223456789"))
        house.exchange.answer(call)
        house.clock.advance(seconds)
        house.exchange.hang_up(call)
        assert house.lease(call).charge == charge


def test_a_dearer_band_that_begins_while_it_rings_overdraws_nobody() -> None:
    """What was granted stays granted; the price follows the answer as far as the credit goes."""
    retail = "prefix,from,to,rate_per_minute,first_seconds,next_seconds\n86,,,1,60,60\n86,09:00,18:00,3,60,60\n"
    house = House(retail=retail)
    house.clock.advance(timedelta(hours=23, minutes=59, seconds=50))
    rich, poor = house.account("100"), house.account("5")
    for call, account in (("c1", rich), ("c2", poor)):
        house.dial(call, house.string(account))
    assert [house.reserved(account) for account in (rich, poor)] == [yuan(13), yuan(4)]
    house.clock.advance(10)
    for call in ("c1", "c2"):
        house.exchange.answer(call)
    assert [house.reserved(account) for account in (rich, poor)] == [yuan(15), yuan(5)]
    house.clock.advance(110)
    for call in ("c1", "c2"):
        house.exchange.hang_up(call)
    assert [house.balance(account) for account in (rich, poor)] == [yuan(94), 0]
    assert "可用金额为 5 元：只收此数。" in house.lease("c2").explanation


def test_a_broken_database_is_apologised_for_and_charges_nothing() -> None:
    """At the very start."""
    house = House()
    string = house.string(house.account())
    house.database.broken = OSError("disk full")
    assert house.dial("c1", string).heard == ["暂时无法拨打外线，请稍后再拨。"]
    house.database.broken = None
    house.check()


def test_a_call_is_settled_when_the_database_comes_back() -> None:
    """It was gone at the answer, at the extension and at the end; the exchange's times count."""
    house = House()
    account = house.account()
    caller = house.dial("c1", house.string(account))
    house.database.broken = OSError("disk full")
    house.exchange.answer("c1")
    house.wait(130)
    house.exchange.hang_up("c1")
    assert caller.gone
    house.wait(35)
    house.database.broken = None
    assert house.lease("c1").state == "reserved"
    house.wait(10)
    assert (house.lease("c1").seconds, house.balance(account)) == (130, yuan(10) - yuan("1.42"))


def test_a_lease_of_a_call_that_got_lost_on_the_way_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange fails in a way it never should."""
    house = House()
    account = house.account()

    async def broken(*_arguments: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(house.exchange, "connect", broken)
    caller = house.dial("c1", house.string(account))
    assert caller.heard == ["暂时无法拨打外线，请稍后再拨。"]
    assert (house.balance(account), house.reserved(account), house.lease("c1").state) == (yuan(10), 0, "settled")


def test_no_pin_appears_in_journal_events_ledger_or_log() -> None:
    """In one string, keyed, wrong, and on a failure."""
    house = House()
    log = io.StringIO()
    write = textFileLogObserver(log)
    account = house.account()
    house.pins[account] = "7082"
    now(house.accounts.set_pin(account, "7082", "cashier"))
    globalLogPublisher.addObserver(write)  # type: ignore[arg-type]
    try:
        house.dial("c1", house.string(account))
        house.dial("c2", "600", account, "7082", "13800138000")
        house.dial("c3", f"600{account}609313800138000")
        house.dial("c4", f"600{account}70827082")
        house.database.broken = OSError("disk full")
        house.dial("c5", house.string(account))
    finally:
        globalLogPublisher.removeObserver(write)  # type: ignore[arg-type]
    with house.database.engine.connect() as connection:
        told = repr(list(connection.execute(sa.select(journal.c.body)))) + repr(
            list(connection.execute(sa.select(ledger)))
        )
    assert "disk full" in log.getvalue()
    told += repr(house.events) + log.getvalue() + repr(Dialled.cut(house.string(account), house.plan))
    assert "7082" not in told
    assert "6093" not in told
