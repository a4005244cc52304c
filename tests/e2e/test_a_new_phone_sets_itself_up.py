"""A telephone fresh from the carton: it asks, waits on the page, is accepted there, fetches, registers, and calls."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from appliance.simulator.outside import OUTSIDE_TONE
from appliance.simulator.phone_makes import MAKES, Account
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, connected, same_page
from tests.integration.sip_phone import Ear, Line, sipp
from tests.real_reactor import run, start

Sit = Callable[[str], Page]
OURS, THEIRS = "0015650000f0", "0c383e0000f1"
PHONE = "127.0.2.9"
TONE = 1300
CALLED = "8002"


@pytest.fixture
def carton(ward: House) -> Iterator[House]:
    """The house; at the end the telephones are pulled out again."""
    yield ward
    ward.simulate("pull-out", mac=THEIRS)


def row(page: Page, mac: str) -> Locator:
    """The telephone's row on the page."""
    return page.locator(f'.phones-table tr[data-key="{mac}"]')


def ask(house: House, path: str, mac: str = OURS, source: str = PHONE) -> str | None:
    """Ask as a Yealink does, from an address of its own."""
    settings = house.settings().provisioning
    assert settings is not None
    connection = http.client.HTTPConnection(settings.address, settings.port, timeout=30, source_address=(source, 0))
    try:
        connection.request("GET", path, headers={"User-Agent": MAKES["yealink"].says(mac)})
        answer = connection.getresponse()
        text = answer.read().decode()
        return text if answer.status == 200 else None
    finally:
        connection.close()


def accept(page: Page, mac: str, place: str) -> str:
    """Accept it on the page; the number it gets."""
    row(page, mac).locator(f'input[name="place-{mac}"]').fill(place)
    row(page, mac).locator("button.primary").click()
    cell = page.locator(f'[data-region="accepted"] tr[data-key="{mac}"] td').first
    expect(cell).to_be_visible(timeout=PATIENT)
    return cell.inner_text().strip()


def test_two_wait_in_the_sample_hospital(ward: House, sit: Sit) -> None:
    """`make run` shows the page with something on it."""
    page = sit("it")
    page.goto(ward.page("/exchange/phones"))
    for mac, made in (("001565a1b2c3", "Yealink T31G"), ("c074ad2bd859", "Grandstream GXP1628")):
        expect(row(page, mac)).to_contain_text(made, timeout=PATIENT)


def test_a_simulated_one_comes_up_by_itself(carton: House, sit: Sit) -> None:
    """Plugged in, it is on the open page; accepted, it registers, and the page shows that, all without a reload."""
    page = sit("it")
    page.goto(carton.page("/exchange/phones"))
    connected(page)
    carton.simulate("plug-in", mac=THEIRS, make="fanvil")
    expect(row(page, THEIRS)).to_contain_text("Fanvil X4", timeout=PATIENT)
    number = accept(page, THEIRS, "会诊室")
    assert not set(number) & set("457"), "a lucky number"
    connected(page)
    page.evaluate("globalThis.unreloaded = true")
    expect(row(page, THEIRS).locator(".tag-up")).to_be_visible(timeout=PATIENT)
    assert same_page(page)
    told = {phone["mac"]: phone for phone in carton.simulate("new-phones")["phones"]}
    assert (told[THEIRS]["state"], told[THEIRS]["extension"]) == ("registered", number)


def test_what_it_fetched_registers_and_calls(ward: House, sit: Sit, tmp_path: Path) -> None:
    """SIPp, with nothing but the fetched file, registers at the real exchange and talks with an extension."""
    start()
    page = sit("it")
    path = f"/{OURS}.cfg"
    assert ask(ward, path) is None
    page.goto(ward.page("/exchange/phones"))
    number = accept(page, OURS, "1床")
    assert ask(ward, path, source="127.0.2.10") is None, "from another address"
    text = ask(ward, path)
    assert text is not None
    account = MAKES["yealink"].read(text)
    assert (account.extension, account.port) == (number, ward.settings().exchange.sip_port)
    assert "1床" in text
    token = account.url.partition(f":{ward.settings().provisioning.port}")[2]  # type: ignore[union-attr]
    assert ask(ward, token + f"{OURS}.cfg", source="127.0.2.10") == text
    assert ask(ward, path) is None, "without its token"
    ward.simulate("phone", number=CALLED, answer="yes")
    try:
        run(talk(account, tmp_path))
    finally:
        ward.simulate("phone", number=CALLED, answer="")
    ward.until_journal("pbx.PhoneConfigured", 0, phone=OURS, extension=number, address=PHONE)
    assert not [log for log in ward.logs() if account.secret in log.read_text("utf-8", "replace")]
    # It is given back, so that the next run of this test finds the same house.
    page.goto(ward.page(f"/exchange/phones/{OURS}"))
    page.locator("input[type=checkbox]").check()
    page.locator("form[action$='/remove'] button").click()
    page.wait_for_url("**/exchange/phones")
    until(lambda: not ward.rows("SELECT id FROM phones WHERE id = ?", OURS), "the telephone to be removed")


async def talk(account: Account, directory: Path) -> None:
    """Register, call a bedside telephone, and hear it sound its tone and then echo ours."""
    line = Line(account.extension, account.secret, account.port)
    await sipp("register", line, directory)
    ear = Ear(TONE)
    try:
        theirs, ours = ear.hears(OUTSIDE_TONE), ear.hears(TONE)
        await sipp("talk_and_hang_up", line, directory, dialled=CALLED, ear=ear.number, talk=4000)
        assert (theirs.called, ours.called) == (True, True), "their tone, and ours coming back"
    finally:
        ear.close()
