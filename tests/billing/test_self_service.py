"""What callers do for themselves behind `*`."""

from __future__ import annotations

import pytest

from appliance.foundation.values import Language
from billing.accounts import is_weak
from billing.events import AccountChanged, PinLocked, SpeedDialSet
from billing.plan import BillingPlan
from tests.billing.exchange import MOBILE, FakeCaller, House
from tests.support import now

NUMBER = "Please enter the number you wish to call, then press #."


def inside(house: House, account: str, *keys: str, call: str = "c1") -> FakeCaller:
    """Whoever dialled account and PIN, and keys on."""
    return house.dial(call, f"600{account}{house.pins[account]}", *keys)


def after(caller: FakeCaller, said: str) -> list[str]:
    """What was heard from the first sentence that begins so."""
    heard = [sentence.startswith(said) for sentence in caller.heard]
    return caller.heard[heard.index(True) :]


def a_pin(house: House, account: str, *, but: str = "") -> str:
    """One that may be the account's."""
    return next(f"{pin:04}" for pin in range(2047, 9999) if f"{pin:04}" != but and not is_weak(f"{pin:04}", account))


@pytest.fixture
def house() -> House:
    return House()


def test_the_balance_again(house: House) -> None:
    """After the menu of what there is."""
    account = house.account("12.5", "en")
    caller = inside(house, account, "*", "1", "*", "13800138000")
    assert after(caller, "For your balance")[:7] == [
        "For your balance press 1.",
        "For Chinese press 2.",
        "To keep numbers under a key press 3.",
        "For the numbers you called last press 4.",
        "To change your PIN press 5.",
        "To dial a number press star.",
        "Your balance is 12.50 yuan.",
    ]
    assert house.exchange.legs["c1"].number == MOBILE


@pytest.mark.parametrize(
    ("before", "said", "afterwards"),
    [("en", "从现在起为您使用中文。", "zh"), ("zh", "You hear English from now on.", "en")],
)
def test_the_language_is_the_accounts_from_now_on(
    house: House, before: Language, said: str, afterwards: Language
) -> None:
    """Kept, and told in the journal."""
    account = house.account("10", before)
    caller = inside(house, account, "*", "2")
    assert said in caller.heard
    assert now(house.accounts.language(account)) == afterwards
    assert f"language {afterwards}" in [event.what for event in house.told(AccountChanged)]


def test_before_the_account_is_known_star_changes_the_language(house: House) -> None:
    """There and back; the account's own language counts from its PIN on."""
    account = house.account("10", "zh")
    caller = house.dial("c1", "600", "*", account, house.pins[account], "13800138000")
    assert caller.heard[:5] == [
        "请输入您的账号，按井号键结束。",
        "For English, press star.",
        "Please enter your account number, then press #.",
        "中文服务请按星号键。",
        "Please enter your PIN, then press #.",
    ]
    assert caller.heard[5].startswith("您的余额是")


def test_star_takes_back_what_was_keyed(house: House) -> None:
    """Of an account, a PIN and a number; all is asked anew."""
    account = house.account("10")
    pin = house.pins[account]
    house.dial("c1", "600", f"{account[:3]}*", account, f"{pin[:2]}*", pin, "1380*", "13800138000")
    assert house.exchange.legs["c1"].number == MOBILE


def test_a_number_kept_under_a_key_is_called_by_it(house: House) -> None:
    """Read back digit by digit; the key and # call it, in this call and the next."""
    account = house.account("10", "en")
    caller = inside(house, account, "*", "3", "7", "13800138000", "*", "7")
    assert "Key 7 is for 1 3 8 0 0 1 3 8 0 0 0." in caller.heard
    assert house.exchange.legs["c1"].number == MOBILE
    inside(house, account, "7", call="c2")
    assert house.exchange.legs["c2"].number == MOBILE
    assert [(event.account, event.key) for event in house.told(SpeedDialSet)] == [(account, "7")]


def test_another_number_takes_its_place(house: House) -> None:
    """What was there is read first."""
    account = house.account("10", "en")
    inside(house, account, "*", "3", "1", "13800138000")
    caller = inside(house, account, "*", "3", "1", "88888888", "*", "1", call="c2")
    assert "Now there is 1 3 8 0 0 1 3 8 0 0 0." in caller.heard
    assert house.exchange.legs["c2"].number == "8657188888888"


def test_an_empty_key_and_a_number_nobody_has(house: House) -> None:
    """Said, and asked again; nothing is kept."""
    account = house.account("10", "en")
    caller = inside(house, account, "4", "*", "3", "4", "110", "*", "4")
    assert caller.heard.count("No number is kept under this key.") == 2
    assert "This number cannot be called." in caller.heard
    assert house.told(SpeedDialSet) == []


def test_speed_dials_are_the_accounts_own(house: House) -> None:
    """Nobody else's key calls them."""
    one, other = house.account("10", "en"), house.account("10", "en")
    inside(house, one, "*", "3", "1", "13800138000")
    caller = inside(house, other, "1", call="c2")
    assert "No number is kept under this key." in caller.heard


def test_the_numbers_called_last_are_read_and_called(house: House) -> None:
    """The latest first, each once; 2 goes on to the one before."""
    account = house.account("10", "en")
    for call, number in (("a", "13800138000"), ("b", "88888888"), ("c", "13800138000")):
        house.dial(call, house.string(account, number))
        house.exchange.hang_up(call)
        house.clock.advance(60)
    caller = inside(house, account, "*", "4", "2", "1")
    assert [said for said in caller.heard if said[0].isdigit()] == [
        "1 3 8 0 0 1 3 8 0 0 0.",
        "0 5 7 1 8 8 8 8 8 8 8 8.",
    ]
    assert house.exchange.legs["c1"].number == "8657188888888"


def test_nobody_was_called_yet(house: House) -> None:
    """And back to the menu."""
    caller = inside(house, house.account("10", "en"), "*", "4")
    assert "You have called nobody yet." in caller.heard


def test_a_plan_that_reads_no_numbers_offers_none() -> None:
    """4 is no choice: back to the number."""
    house = House(BillingPlan(recent_numbers=0))
    account = house.account("10", "en")
    house.dial("a", house.string(account))
    house.exchange.hang_up("a")
    caller = inside(house, account, "*", "4")
    assert "For the numbers you called last press 4." not in caller.heard
    assert caller.heard[-2:] == [NUMBER, "For other services press star."]


def test_another_pin(house: House) -> None:
    """Old, new, new again; from then on the new one."""
    account = house.account("10", "en")
    new = a_pin(house, account, but=house.pins[account])
    caller = inside(house, account, "*", "5", house.pins[account], new, new)
    assert "Your PIN is changed." in caller.heard
    house.pins[account] = new
    assert now(house.accounts.authenticate(account, new, "8001")).number == account


@pytest.mark.parametrize("weak", ["0000", "1234", "4321", "9012", "1212", "{account}", "{backwards}"])
def test_a_pin_that_anyone_would_guess_is_refused(house: House, weak: str) -> None:
    """The old one stays."""
    account = house.account("10", "en")
    pin = weak.format(account=account[1:5], backwards=account[::-1][:4])
    caller = inside(house, account, "*", "5", house.pins[account], pin, pin)
    assert "This PIN is too easy to guess. Please choose another." in caller.heard
    assert now(house.accounts.authenticate(account, house.pins[account], "8001")).number == account


def test_a_pin_keyed_in_two_ways_is_none(house: House) -> None:
    """The old one stays."""
    account = house.account("10", "en")
    one = a_pin(house, account, but=house.pins[account])
    caller = inside(house, account, "*", "5", house.pins[account], one, a_pin(house, account, but=one))
    assert "The two PINs are not the same. The old one stays." in caller.heard


def test_the_old_pin_is_not_guessed_behind_the_menu(house: House) -> None:
    """It counts like any other guess: three lock the account and the extension, and end the call."""
    account = house.account("10", "en")
    wrong = f"{(int(house.pins[account]) + 1) % 10_000:04}"
    caller = inside(house, account, "*", *["5", wrong] * 4)
    assert caller.heard.count("The account or PIN is wrong.") == 3
    assert caller.heard[-1] == "Too many wrong PINs. Please ask at the cashier's desk."
    assert (caller.gone, {event.what for event in house.told(PinLocked)}) == (True, {"account", "extension"})


def test_pins_that_the_house_makes_are_never_weak(house: House) -> None:
    """Neither at the opening nor at the desk."""
    for _ in range(50):
        account = house.account("0")
        assert not is_weak(house.pins[account], account)
    assert not is_weak(now(house.accounts.renew_pin(account, "cashier")), account)
