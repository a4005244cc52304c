"""`kill -9` of the daemon with fifty calls up: every call goes on, and is taken up, written down and billed when it is
back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page

from tests.e2e.desk import open_account
from tests.e2e.house import House, Row
from tests.e2e.money import charges_of, price
from tests.e2e.patience import until

Sit = Callable[[str], Page]

BILLED, DESKS = 30, 20
A_LONG_TALK = 600
OUTSIDE = "8613800138000"


def test_fifty_calls(ward: House, sit: Sit) -> None:
    """Thirty patients talk to outside, twenty desks with one another; the daemon is killed in mid-talk."""
    cashier, others = sit("cashier"), set(ward.legs())  # what a test before left, whose exchange was killed
    assert not _open(ward)
    accounts = [open_account(cashier, ward, f"病人{n}", "20") for n in range(BILLED)]
    billed = [("80" + f"{40 + n}", ward.dialled(account, "13800138000")) for n, account in enumerate(accounts, 1)]
    desks = [(f"80{n:02}", "8001" if n % 2 else "8002") for n in range(3, 3 + DESKS)]
    phones = _all_talk(ward, [*billed, *desks])
    until(lambda: len(_leases(ward, accounts, "talking")) == BILLED, "every billed call to talk")
    until(lambda: len(_open(ward)) == BILLED + DESKS, "every call on record")
    before, killed = set(ward.legs()) - others, ward.pid("daemon")

    os.kill(killed, signal.SIGKILL)

    ward.until_new("daemon", killed)
    ward.until_well()
    assert set(ward.legs()) - others == before, "not one leg was lost"
    assert len(_leases(ward, accounts, "talking")) == BILLED
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda phone: ward.simulate("hang-up", call=phone), phones))
    until(lambda: len(_leases(ward, accounts, "settled")) == BILLED, "every billed call to be settled")
    until(lambda: not _open(ward), "every call to have ended on record")
    _charged_right(ward, _leases(ward, accounts, "settled"), told[:BILLED])
    until(lambda: not set(ward.legs()) - others, "every leg to be gone")


def _all_talk(house: House, dialled: Sequence[tuple[str, str]]) -> list[str]:
    """The simulator's names of the calls, all of them answered."""

    def dial(one: tuple[str, str]) -> str:
        extension, digits = one
        story = house.simulate("dial", extension=extension, digits=digits, talk=A_LONG_TALK, until="answered")
        assert story["outcome"] == "answered", (extension, story)
        return str(story["call"])

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(dial, dialled))


def _leases(house: House, accounts: Sequence[str], state: str) -> list[Row]:
    found = house.rows("SELECT * FROM leases WHERE state = ?", state)
    return [lease for lease in found if lease["account"] in accounts]


def _open(house: House) -> list[Row]:
    return house.rows("SELECT id FROM telephone_calls WHERE ended_at IS NULL AND answered_at IS NOT NULL")


def _charged_right(house: House, leases: Sequence[Row], told: Sequence[Row]) -> None:
    """Each for what was talked, and once."""
    shortest, longest = min(row["seconds"] for row in told), max(row["seconds"] for row in told)
    for lease in leases:
        assert shortest - 1 <= lease["seconds"] <= longest + 1
        assert lease["charge"] == price(house, OUTSIDE, lease["answered_at"], lease["seconds"])
        charges = charges_of(house, lease["account"])
        assert [row["amount"] for row in charges] == [-lease["charge"]]
