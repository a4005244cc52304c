"""Telephones of the house call outside without an account: a bed or a department is billed, up to its monthly limit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.foundation.toml_edit import with_value
from appliance.foundation.values import shown, yuan
from appliance.simulator.outside import OUTSIDE_TONE
from tests.e2e.house import House, Row
from tests.e2e.money import begun, charges_of, ledger_of, price, settled, talked
from tests.e2e.patience import until
from tests.e2e.plans import active, load, put_back
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]

MOBILE, CALLED = "13800138222", "8613800138222"
LIMIT = Decimal("0.20")
"""Yuan a month: some twenty seconds by day, thirty by night."""
REFUSED = "The monthly limit for calls outside is used up."
OFFICES = {
    "numbers": "8085-8086", "pays": "department", "id": "surgery", "name": {"zh": "外科", "en": "Surgery"},
    "monthly_limit": float(LIMIT),
}  # fmt: skip
BEDS = {"numbers": "8088", "pays": "bed"}


@pytest.fixture
def billed(ward: House) -> Iterator[House]:
    """The house with a plan by which two offices are billed together, and a bed by itself; at the end with its own."""
    with put_back(ward):
        rows = [{**OFFICES, "id": f"surgery-{ward.journal_end()}"}, BEDS]
        load(ward, with_value(active(ward), ("billing", "postpaid"), rows))
        until(lambda: ward.plan().billing.postpaid, "the plan to be in force")
        ward.until_well()
        # The exchange takes it up after everything else.
        until(lambda: bed_pays(ward), "calls to be billed")
        yield ward
        ward.simulate("phone", number=MOBILE, answer="")


def bed_pays(house: House) -> bool:
    """Whether a short call of the bed is billed."""
    query = "SELECT call FROM leases WHERE extension = '8088'"
    before = len(house.rows(query))
    house.simulate("dial", extension="8088", digits=MOBILE, talk=1)
    return len(house.rows(query)) > before


def department(house: House) -> str:
    """Who pays for the offices; another in each test, as a limit is whole only once a month."""
    return f"department/{house.plan().billing.postpaid[0].id}"


def account_of(house: House, payer: str) -> str:
    """The account of who pays; empty while nobody has called."""
    found = house.rows("SELECT account FROM payers WHERE payer = ?", payer)
    return str(found[0]["account"]) if found else ""


def talking(house: House, payer: str) -> Row:
    """The lease of the call that who pays has now."""

    def look() -> Row | None:
        query = "SELECT * FROM leases WHERE account = ? AND state = 'talking'"
        return next(iter(house.rows(query, account_of(house, payer))), None)

    return until(look, f"a call that {payer} pays for")


def refused(house: House, extension: str, after: int) -> None:
    """The telephone dials, hears a sentence, and reaches nobody; why is on record with the call."""
    story = house.simulate("dial", extension=extension, digits=MOBILE, talk=60, hear=True)
    heard = Recording(Path(story["heard"]).read_bytes())
    assert 1 < heard.seconds < 30
    assert heard.level > 300, "a voice says why"
    # It sounds for a second; a voice may come by its pitch for a moment.
    assert heard.seconds_of(OUTSIDE_TONE) <= 0.5

    def told() -> list[str]:
        return [line["reason"]["message"] for line in house.journal("pbx.CallStep", after)]

    try:
        until(lambda: REFUSED in told(), "the reason on record")
    except AssertionError as why:
        raise AssertionError(f"{why}; the last ones: {told()[-8:]}") from None


def is_right(house: House, payer: str) -> None:
    """Every call of who pays cost what the exchange's own times say, once; all of it stands on their account."""
    account = account_of(house, payer)
    settled(house, account)
    charges = []
    for lease in house.rows("SELECT * FROM leases WHERE account = ? ORDER BY opened_at", account):
        seconds = int(lease["seconds"])
        assert seconds in {min(one, lease["granted_seconds"]) for one in begun(talked(house, str(lease["call"])))}
        charge = price(house, CALLED, str(lease["answered_at"]), seconds) if seconds else 0
        assert lease["charge"] == charge
        charges += [(lease["call"], -charge)] if charge else []
    assert sorted((line["reference"], line["amount"]) for line in charges_of(house, account)) == sorted(charges)
    [row] = house.rows("SELECT balance, reserved FROM accounts WHERE number = ?", account)
    assert row == {"balance": sum(amount for _, amount in charges), "reserved": 0}
    assert -row["balance"] <= yuan(LIMIT)
    assert len(ledger_of(house, account)) == len(charges)


def test_who_pays_and_how_much_is_on_the_books(billed: House, sit: Sit) -> None:
    """A bed by itself, a department for two telephones; until its limit cuts the one and refuses the other."""
    payer, began = department(billed), billed.journal_end()
    billed.simulate("dial", extension="8088", digits=MOBILE, talk=4)
    lease = settled(billed, account_of(billed, "bed/8088"))
    assert lease["charge"] == price(billed, CALLED, str(lease["answered_at"]), int(lease["seconds"])) > 0
    assert not account_of(billed, payer)

    story = billed.simulate("dial", extension="8085", digits=MOBILE, talk=90)

    lease = settled(billed, account_of(billed, payer))
    assert story["seconds"] < 60, "cut when the limit was used up"
    assert (lease["extension"], lease["called"]) == ("8085", CALLED)
    assert price(billed, CALLED, str(lease["answered_at"]), int(lease["granted_seconds"]) + 1) > yuan(LIMIT)
    refused(billed, "8086", began)
    is_right(billed, payer)
    billed.simulate("dial", extension="8088", digits=MOBILE, talk=2)
    assert billed.cli("journal", "verify").stdout
    page = sit("cashier")
    page.goto(billed.page("/books"))
    row = page.get_by_role("row").filter(has_text=payer)
    expect(row).to_contain_text(shown(lease["charge"]))
    expect(row).to_contain_text(f"¥{LIMIT}")


def test_killed_in_mid_call_the_limit_holds_right_after_the_restart(billed: House) -> None:
    """The call goes on and is cut at the limit; meanwhile nobody else of the department may call. Charged once."""
    payer, began, killed = department(billed), billed.journal_end(), billed.pid("daemon")
    call = billed.meanwhile("dial", extension="8085", digits=MOBILE, talk=90)
    lease = talking(billed, payer)

    os.kill(killed, signal.SIGKILL)

    billed.until_new("daemon", killed)
    # Until the trunks are known to live it would be told that no line is free.
    billed.until_well()
    refused(billed, "8086", began)
    story = call.result(120)
    assert story["seconds"] < 60, "cut when the limit was used up"
    is_right(billed, payer)
    again = billed.pid("daemon")
    os.kill(again, signal.SIGKILL)
    billed.until_new("daemon", again)
    billed.until_well()
    is_right(billed, payer)
    refused(billed, "8086", billed.journal_end())
    assert lease["reserved"] <= yuan(LIMIT)
    assert billed.cli("journal", "verify").stdout
