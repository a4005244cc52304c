"""The page of what wrong PINs have locked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appliance.foundation.pins import pin_failures
from tests.web.browser import Hospital, hospital


@pytest.fixture
def house() -> Hospital:
    """A house of one's own."""
    return hospital()


def lock(house: Hospital, subject: str, failures: int = 3) -> None:
    """As three wrong PINs do."""
    until = house.cardboard.clock.now() + timedelta(minutes=30)
    row = {"subject": subject, "failures": failures, "locked_until": until}
    with house.cardboard.database.engine.begin() as connection:
        connection.execute(pin_failures.insert().values(row))


def test_what_is_locked_is_shown_and_let_in_again(house: Hospital) -> None:
    """Account and extension, and nothing that is not locked."""
    for subject in ("account:104711", "extension:8005"):
        lock(house, subject)
    lock(house, "account:104712", failures=2)
    lock(house, "mailbox:8007")
    cashier = house.browser("cashier")
    page = cashier.get("/locked").text
    assert "104711" in page
    assert "8005" in page
    assert "104712" not in page
    assert "8007" not in page
    assert cashier.post("/locked/unlock", {"what": "account", "number": "104711"}).status == 303
    assert "104711" not in cashier.get("/locked").text
    assert cashier.post("/locked/unlock", {"what": "account", "number": "104711"}).status == 404


def test_a_cashier_finds_it_from_the_accounts(house: Hospital) -> None:
    """Also where there is nothing."""
    cashier = house.browser("cashier", language="zh")
    assert 'href="/locked"' in cashier.get("/accounts").text
    assert "没有锁定的账户或分机。" in cashier.get("/locked").text


@pytest.mark.parametrize("user", ["nurse", "operator"])
def test_it_is_the_cashiers(house: Hospital, user: str) -> None:
    """Neither seen nor done by others."""
    assert house.browser(user).get("/locked").status == 403
    assert house.browser(user).post("/locked/unlock", {"what": "account", "number": "1"}).status == 403
