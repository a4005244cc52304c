"""A caller in a menu proves an account and hears what is on it."""

from __future__ import annotations

from appliance.foundation.bus import Bus
from appliance.foundation.values import yuan
from billing.accounts import Accounts
from billing.balance import Balance
from billing.plan import BillingPlan
from tests.fakes.caller import FakeCaller, FakePrompts
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


def furnished() -> tuple[Accounts, str, str, Balance]:
    """An account with 12.50 yuan: its number, its PIN, and the service."""
    accounts = Accounts(InlineDatabase(), BillingPlan(), FakeClock(), Bus())
    number, pin = now(accounts.open("王秀英", "zh", "test"))
    now(accounts.deposit(number, yuan("12.50"), "test", "r1"))
    return accounts, number, pin, Balance(accounts, BillingPlan(), FakePrompts())


def test_the_balance_is_said_in_the_callers_language() -> None:
    """After account and PIN."""
    _, number, pin, balance = furnished()
    caller = FakeCaller([*number, *pin])
    assert now(balance(caller, "en")) is True
    assert caller.heard[-1] == "en:Your balance is 12.50 yuan."
    caller = FakeCaller([*number, *pin])
    assert now(balance(caller, "zh")) is True
    assert caller.heard[-1].startswith("zh:")
    assert "12.50" in caller.heard[-1]


def test_a_wrong_pin_is_refused_and_counted() -> None:
    """As at 600: after three the account is locked, whoever comes then."""
    _, number, pin, balance = furnished()
    wrong = "0000" if pin != "0000" else "1111"
    for _ in range(3):
        caller = FakeCaller([*number, *wrong])
        assert now(balance(caller, "en")) is False
        assert "12.50" not in " ".join(caller.heard)
    caller = FakeCaller([*number, *pin])
    assert now(balance(caller, "en")) is False
    assert caller.heard[-1] == "en:Too many wrong PINs. Please ask at the cashier's desk."


def test_who_keys_nothing_hears_so() -> None:
    """And goes on where the menu says."""
    *_, balance = furnished()
    caller = FakeCaller(["", ""])
    assert now(balance(caller, "en")) is False
    assert caller.heard[-1] == "en:Nothing was entered. Please dial again."
