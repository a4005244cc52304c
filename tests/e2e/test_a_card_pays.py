"""A patient whose account pays by the hospital's card: answers are lost, the system is down, and both lists agree."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pypdf
from playwright.sync_api import Page, Route, expect

from tests.e2e.house import House, Row
from tests.e2e.money import settled
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]
CARD, MOBILE = "20260001", "13800138000"
YUAN = 10_000


def test_a_card_pays_for_a_call_while_answers_are_lost(ward: House, sit: Sit) -> None:
    """Opened by a scan; answers to reserve and to commit are lost; taken once; the lists agree till spoilt."""
    page = sit("cashier")
    account = open_by_card(page, ward)
    assert of_card(ward)["available"] == "50"

    ward.simulate("card", action="lose", times=1)
    call = ward.meanwhile("dial", extension="8021", digits=ward.dialled(account, MOBILE), talk=5)
    until(lambda: lease_state(ward, account) == "talking", "the call to be answered")
    held = ward.simulate("card")["holds"]
    assert [(row["card"], row["amount"] > 0) for row in held] == [(CARD, True)]
    ward.simulate("card", action="lose", times=1)
    call.result(90)

    lease = settled(ward, account)
    assert lease["charge"] > 0
    assert lease["charge"] % 100 == 0, "cards know no part of a fen"
    until(lambda: orders(ward, account) == [("commit", "done"), ("reserve", "done")], "the charge to be confirmed")
    told = ward.simulate("card")
    [taken] = [row for row in told["movements"] if row["hold"] == lease["call"]]
    assert int(Decimal(taken["amount"]) * YUAN) == lease["charge"]
    assert told["holds"] == []
    assert [row["tries"] for row in of_call(ward, lease["call"])] == [2, 1], "the lost commit was asked for again"
    [row] = ward.rows("SELECT balance, reserved FROM accounts WHERE number = ?", account)
    assert row == {"balance": 0, "reserved": 0}
    assert of_card(ward)["available"] == f"{Decimal(50 * YUAN - lease['charge']) / YUAN:f}"

    assert ward.cli("cards", "compare").stdout.count("\n") == 1
    ward.simulate("card", action="forget")
    found = ward.cli("cards", "compare", "--json", code=1)
    [difference] = [json.loads(line) for line in found.stdout.splitlines()]
    assert (difference["call"], difference["who"], difference["theirs"]) == (lease["call"], "card-system", None)
    page.goto(ward.page("/cards/compare"))
    expect(page.locator("main")).to_contain_text(re.compile("but its list does not have them|其清单中没有这一笔"))


def test_a_card_system_that_is_down_is_said_and_nothing_is_lost(ward: House, sit: Sit) -> None:
    """Down in mid-call: the charge waits, is shown, outlives the daemon, and is taken when the system is back. Who
    dials meanwhile hears why not."""
    account = account_of(ward) or open_by_card(sit("cashier"), ward)
    before = ward.journal_end()
    call = ward.meanwhile("dial", extension="8022", digits=ward.dialled(account, MOBILE), talk=4)
    until(lambda: lease_state(ward, account) == "talking", "the call to be answered")
    ward.simulate("card", action="stop")
    try:
        call.result(90)
        lease = settled(ward, account)
        ward.until_part("card:system", "down")
        story = ward.simulate("dial", extension="8023", digits=ward.dialled(account, MOBILE), talk=60, hear=True)
        refused = ward.until_journal("billing.CallRefused", before, extension="8023")
        assert refused["why"] == "The card system does not answer. Nothing was charged. Please try again later."
        assert Recording(Path(story["heard"]).read_bytes()).level > 300, "a voice says why"
    finally:
        ward.simulate("card", action="start")
    ward.until_part("card:system", "up")
    until(lambda: taken_for(ward, lease["call"]) == lease["charge"], "the charge to be taken")
    until(lambda: not ward.simulate("card")["holds"], "every hold to be let go")


def test_a_card_is_charged_once_though_the_daemon_is_killed_in_mid_call(ward: House, sit: Sit, tmp_path: Path) -> None:
    """`kill -9` while they talk: the next life takes what was talked and both lists agree; printed by the page."""
    account = account_of(ward) or open_by_card(sit("cashier"), ward)
    call = ward.meanwhile("dial", extension="8024", digits=ward.dialled(account, MOBILE), talk=25)
    until(lambda: lease_state(ward, account) == "talking", "the call to be answered")
    killed = ward.pid("daemon")
    os.kill(killed, signal.SIGKILL)
    ward.until_new("daemon", killed)
    ward.until_well()
    call.result(120)
    lease = settled(ward, account)
    until(lambda: taken_for(ward, lease["call"]) == lease["charge"], "the charge to be taken")
    until(lambda: not ward.simulate("card")["holds"], "every hold to be let go")
    assert lease["charge"] > 0
    [row] = ward.rows("SELECT balance, reserved FROM accounts WHERE number = ?", account)
    assert row == {"balance": 0, "reserved": 0}
    found = ward.cli("cards", "compare", "--json", code=None).stdout.splitlines()
    assert [line for line in found if json.loads(line).get("call") == lease["call"]] == [], "of this call both agree"

    ward.simulate("card", action="forget")
    page = sit("boss")
    page.goto(ward.page("/cards/compare"))
    pdf, book = (downloaded(page, f"/cards/compare.{kind}", tmp_path) for kind in ("pdf", "xlsx"))
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(pdf).pages)
    assert all(word in text for word in ("一卡通", CARD, "之江示范医院")), text[:600]
    rows = [[str(cell) for cell in row] for row in openpyxl.load_workbook(book).worksheets[0].values]
    assert any(CARD in row for row in rows), rows


def downloaded(page: Page, address: str, directory: Path) -> Path:
    """The file behind a button of the page, as the browser gets it when that is pressed."""
    file = directory / address.rpartition("/")[2]

    def keep(route: Route) -> None:
        answer = route.fetch(timeout=PATIENT)
        assert answer.ok, answer.status
        file.write_bytes(answer.body())
        route.fulfill(status=204)

    page.context.route(f"**{address}*", keep)
    with page.expect_response(f"**{address}*"):
        page.locator(f"a[href^='{address}']").click()
    page.context.unroute(f"**{address}*")
    return file


def open_by_card(page: Page, house: House) -> str:
    """What a cashier does with a reader: one scan, Enter, Enter."""
    page.goto(house.page("/cards"))
    page.keyboard.type(f";{CARD}?")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cards\?card"))
    page.locator("form[method=post] button.primary").click()
    page.wait_for_url(re.compile(r"/accounts/\d+"))
    account = page.url.rstrip("/").rpartition("/")[2]
    house.pins[account] = page.locator(".pin").inner_text().strip()
    assert re.fullmatch(r"\d{4}", house.pins[account])
    return account


def account_of(house: House) -> str:
    """The account that an earlier test opened, if its PIN is known."""
    rows = house.rows("SELECT account FROM cards WHERE card = ?", CARD)
    return str(rows[0]["account"]) if rows and rows[0]["account"] in house.pins else ""


def lease_state(house: House, account: str) -> str:
    """Of its newest call."""
    rows = house.rows("SELECT state FROM leases WHERE account = ? ORDER BY opened_at DESC LIMIT 1", account)
    return str(rows[0]["state"]) if rows else ""


def orders(house: House, account: str) -> list[tuple[str, str]]:
    """The outbox."""
    rows = house.rows("SELECT kind, state FROM card_orders WHERE account = ? ORDER BY kind", account)
    return [(row["kind"], row["state"]) for row in rows]


def of_call(house: House, call: str) -> list[Row]:
    """The orders of one call, its end first."""
    return house.rows("SELECT * FROM card_orders WHERE call = ? ORDER BY kind", call)


def of_card(house: House) -> Row:
    """The card, as its own system knows it."""
    return next(row for row in house.simulate("card")["cards"] if row["card"] == CARD)


def taken_for(house: House, call: str) -> int:
    """By the card system's own list."""
    rows = [row for row in house.simulate("card")["movements"] if row["hold"] == call]
    assert len(rows) <= 1, rows
    return int(Decimal(rows[0]["amount"]) * YUAN) if rows else 0
