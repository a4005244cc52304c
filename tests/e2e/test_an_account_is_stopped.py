"""An alarm of misuse, and somebody at the panel who ends it: both legs, the charge, the account."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.desk import open_account
from tests.e2e.house import House
from tests.e2e.money import lease_of, price, settled
from tests.e2e.patience import until

Sit = Callable[[str], Page]
MOBILE, CALLED, PREMIUM = "13800138000", "8613800138000", "00449098790000"


def test_an_account_is_stopped_in_mid_call(ward: House, sit: Sit) -> None:
    """Two phones talk on it; one press: all four legs end, each call is charged, the account is frozen."""
    account = open_account(sit("cashier"), ward, "盗打者", "50")
    before = ward.journal_end()
    calls = [
        ward.meanwhile("dial", extension=extension, digits=ward.dialled(account, MOBILE), talk=100)
        for extension in ("8031", "8032")
    ]
    query = "SELECT call FROM leases WHERE account = ? AND state = 'talking'"
    until(lambda: len(ward.rows(query, account)) == 2, "both calls to be answered")

    page = sit("operator")
    page.goto(ward.page("/misuse"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(f"form[data-post='/misuse/stop']:has(input[value='{account}']) button").first.click()
    expect(page.locator("#toast")).to_contain_text(account)

    for call in calls:
        assert call.result(60)["seconds"] < 90, "the phone was hung up on"
    settled(ward, account)
    leases = ward.rows("SELECT * FROM leases WHERE account = ?", account)
    assert len(leases) == 2
    for lease in leases:
        assert lease["charge"] == price(ward, CALLED, lease["answered_at"], lease["seconds"]) > 0
    [row] = ward.rows("SELECT state, balance, reserved FROM accounts WHERE number = ?", account)
    charged = sum(lease["charge"] for lease in leases)
    assert row == {"state": "frozen", "balance": 500_000 - charged, "reserved": 0}
    stopped = ward.until_journal("billing.AccountStopped", before, account=account)
    assert sorted(stopped["calls"]) == sorted(lease["call"] for lease in leases)
    assert not [leg for leg in ward.legs().values() if str(leg.get("endpoint", "")).startswith("trunk-")]


def test_a_premium_number_is_refused_and_somebody_says_it_was_fine(ward: House, sit: Sit) -> None:
    """No leg outside; an alarm on the page, which goes when it was looked at."""
    account = open_account(sit("cashier"), ward, "高价", "50")
    before = ward.journal_end()
    ward.simulate("dial", extension="8033", digits=ward.dialled(account, PREMIUM), talk=30)
    ward.until_journal("billing.CallRefused", before, extension="8033")
    assert lease_of(ward, account) == {}
    alarm = ward.until_journal("billing.FraudAlarm", before, extension="8033")
    assert (alarm["rule"], alarm["refused"], alarm["account"]) == ("kind", True, account)
    ward.until_part("guard:calls", "degraded")

    page = sit("boss")
    page.goto(ward.page("/misuse"))
    form = page.locator(f"form[data-post='/misuse/alarms/{alarm['alarm']}/fine']")
    form.locator("input[name=note]").fill("test")
    form.locator("button").click()
    expect(form).to_have_count(0)
    expect(page.locator("main")).to_contain_text(re.compile("boss: test"))
    ward.until_journal("billing.FraudAlarmSeen", before, alarm=alarm["alarm"], by="boss")
