"""600 + account + PIN + number: checked, leased, sent over the cheapest trunk, heard both ways, charged once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

from appliance.foundation.values import shown, yuan
from appliance.simulator.outside import OUTSIDE_TONE, PHONE_TONE
from tests.e2e.desk import balance_on_page, open_account
from tests.e2e.house import House, Row, living
from tests.e2e.money import cheapest_trunk, lease_of, ledger_of, price, settled, talked
from tests.e2e.patience import until
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]

MOBILE = "13800138000"
CALLED = "8613800138000"
SHANGHAI, CALLED_SHANGHAI = "02155550100", "862155550100"
BUSY = "13800130000"
GRACE = 2
"""Seconds by which Asterisk may cut a call late: the plan's `grace_seconds`."""


def test_a_call_is_heard_both_ways_and_charged_to_the_second(ward: House, sit: Sit) -> None:
    """With an account of demo.json: the trunk, the talk, the charge, and the balance on the cashier's page."""
    account = ward.told["accounts"][0]["number"]
    before = ward.rows("SELECT balance FROM accounts WHERE number = ?", account)[0]["balance"]

    call = ward.meanwhile("dial", extension="8001", digits=ward.dialled(account, MOBILE), talk=5, hear=True)
    [outside] = until(lambda: outside_legs(ward), "the call at the carrier")
    story = call.result(60)

    lease = settled(ward, account)
    assert outside["endpoint"].startswith("trunk-mobile"), outside
    assert (lease["trunk"], lease["called"], lease["extension"]) == ("mobile", CALLED, "8001")
    assert lease["trunk"] == cheapest_trunk(ward, CALLED, lease["answered_at"])
    assert abs(lease["seconds"] - story["seconds"]) <= 2, "the exchange and the carrier measured the same talk"
    assert lease["charge"] == price(ward, CALLED, lease["answered_at"], lease["seconds"])
    assert 0 < lease["charge"] < before
    heard = Recording(Path(story["heard"]).read_bytes())
    assert heard.seconds_of(OUTSIDE_TONE) >= 0.5, "the phone hears the outside"
    assert heard.seconds_of(PHONE_TONE) >= 2, "the outside hears the phone, and echoes it"
    books_are_right(ward, account, before - lease["charge"], charges=[lease])
    assert balance_on_page(sit("cashier"), ward, account) == shown(before - lease["charge"])


def test_the_trunk_is_the_cheapest_for_each_number(ward: House, sit: Sit) -> None:
    """Shanghai goes over another trunk than the mobile."""
    account = open_account(sit("cashier"), ward, "戚美兰", "5")

    ward.simulate("dial", extension="8003", digits=ward.dialled(account, SHANGHAI), talk=2)

    lease = settled(ward, account)
    assert lease["trunk"] == cheapest_trunk(ward, CALLED_SHANGHAI, lease["answered_at"]) != "mobile"
    assert lease["charge"] == price(ward, CALLED_SHANGHAI, lease["answered_at"], lease["seconds"])


def test_a_busy_number_costs_nothing(ward: House, sit: Sit) -> None:
    """The lease is given back."""
    account = open_account(sit("cashier"), ward, "史春梅", "5")

    story = ward.simulate("dial", extension="8004", digits=ward.dialled(account, BUSY), talk=5)

    lease = settled(ward, account)
    assert (lease["seconds"], lease["charge"], lease["answered_at"]) == (0, 0, None), story
    books_are_right(ward, account, yuan(5), charges=[])


def test_a_wrong_pin_reaches_nobody(ward: House, sit: Sit) -> None:
    """No lease, no leg outside, the account keeps its money; the caller is told why, and hung up on."""
    account = open_account(sit("cashier"), ward, "滕国庆", "5")
    wrong = f"{(int(ward.pins[account]) + 1) % 10_000:04}"
    before = ward.journal_end()

    story = ward.simulate("dial", extension="8005", digits=ward.dialled(account, MOBILE, wrong), talk=60, hear=True)

    refused = ward.until_journal("billing.CallRefused", before, extension="8005")
    assert refused["why"] == "The account or PIN is wrong."
    assert ward.rows("SELECT * FROM leases WHERE account = ?", account) == []
    books_are_right(ward, account, yuan(5), charges=[])
    told = Recording(Path(story["heard"]).read_bytes())
    assert 1 < told.seconds < 30
    assert told.level > 300, "a voice says what is wrong"
    assert not told.seconds_of(OUTSIDE_TONE)


def test_little_credit_is_cut_at_zero(ward: House, sit: Sit) -> None:
    """The phone would talk for a minute; the credit lasts some seconds. Then a voice says so."""
    deposit = yuan("0.06")
    account = open_account(sit("cashier"), ward, "邬小云", "0.06")
    before = ward.journal_end()

    story = ward.simulate("dial", extension="8006", digits=ward.dialled(account, MOBILE), talk=60, hear=True)

    lease = settled(ward, account)
    granted = lease["granted_seconds"]
    assert 4 <= granted < 20
    assert granted - 1 <= talked(ward, lease["call"]) <= granted + GRACE, "cut when the credit was used up"
    told = Recording(Path(story["heard"]).read_bytes()).after(granted + GRACE)
    assert told.seconds_of(PHONE_TONE) == 0, "their echo is gone with the outside"
    assert told.sounding() >= 2, "a voice says what has become of it"
    assert lease["seconds"] == granted
    assert price(ward, CALLED, lease["answered_at"], granted + 1) > deposit, "not a second was left"
    assert ward.until_journal("billing.CallSettled", before, account=account)["ended"] == "limit"
    books_are_right(ward, account, deposit - lease["charge"], charges=[lease])
    page = sit("cashier")
    assert balance_on_page(page, ward, account) == shown(deposit - lease["charge"])
    expect(page.locator("main")).to_contain_text("+86138")


def test_credit_ends_on_time_without_the_daemon_and_is_charged_once(ward: House, sit: Sit) -> None:
    """The daemon is killed in mid-call and kept from returning: Asterisk cuts; the daemon's return charges, once."""
    deposit = yuan("0.08")
    account = open_account(sit("cashier"), ward, "裴大壮", "0.08")
    supervisor, killed = ward.supervisor(), ward.pid("daemon")
    call = ward.meanwhile("dial", extension="8007", digits=ward.dialled(account, MOBILE), talk=60)
    until(lambda: lease_of(ward, account).get("state") == "talking", "the call to be answered")

    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(killed, signal.SIGKILL)
        call.result(90)
        assert not living(psutil.Process(killed)), "no daemon was there when the call ended"
        assert lease_of(ward, account)["state"] == "talking"
    finally:
        os.kill(supervisor, signal.SIGCONT)

    lease = settled(ward, account)
    granted = lease["granted_seconds"]
    assert granted - 1 <= talked(ward, lease["call"]) <= granted + GRACE
    assert lease["seconds"] == granted
    books_are_right(ward, account, deposit - lease["charge"], charges=[lease])
    ward.until_well()
    # Whoever starts again looks at every lease again.
    again = ward.pid("daemon")
    os.kill(again, signal.SIGKILL)
    ward.until_new("daemon", again)
    ward.until_well()
    books_are_right(ward, account, deposit - lease["charge"], charges=[lease])


def outside_legs(house: House) -> list[Row]:
    """Calls that came over a trunk to the carrier."""
    return [leg for leg in house.legs().values() if str(leg.get("endpoint", "")).startswith("trunk-")]


def books_are_right(house: House, account: str, balance: int, charges: list[Row]) -> None:
    """Balance, ledger and leases agree; nothing is held; every charge is there once."""
    [row] = house.rows("SELECT balance, reserved FROM accounts WHERE number = ?", account)
    assert row == {"balance": balance, "reserved": 0}
    lines = ledger_of(house, account)
    assert sum(line["amount"] for line in lines) == balance
    assert all(line["balance"] >= 0 for line in lines)
    for lease in charges:
        charged = [line["amount"] for line in lines if line["reference"] == lease["call"]]
        assert charged == [-int(str(lease["charge"]))]
    if not charges:
        assert [line["kind"] for line in lines] == ["deposit"]
