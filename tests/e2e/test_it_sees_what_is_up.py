"""The status page tells hospital IT what went down and what came back, without a reload."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import open_account
from tests.e2e.house import House
from tests.e2e.money import settled
from tests.e2e.patience import until
from tests.e2e.screens import part, part_is, same_page, station, watch

Sit = Callable[[str], Page]

PARTS = (
    "exchange:asterisk",
    "line:ward-a",
    "line:ward-b",
    "sms:sms1",
    "speech:worker",
    "speech:fallback",
    "storage:database",
    "storage:disk",
    "trunk:telecom",
    "trunk:unicom",
    "trunk:mobile",
)


@pytest.fixture
def mended(ward: House) -> Iterator[House]:
    """The house, mended at the end whatever was broken."""
    yield ward
    for line in ("ward-a", "ward-b"):
        ward.simulate("line", line=line, action="ok")
    ward.simulate("modem", id="sms1", action="mend")
    ward.simulate("carrier", mode="normal")
    ward.until_well()


def test_everything_is_up(ward: House, sit: Sit) -> None:
    """Every line, trunk, modem, voice and store is on the page and up; the command line says the same."""
    page = sit("it")
    watch(page, ward)
    for name in PARTS:
        part_is(page, name, "up")
    parts, processes = ward.status()
    assert {parts[name] for name in PARTS} == {"up"}
    assert {process["state"] for process in processes.values()} == {"RUNNING"}
    assert set(processes) == {"asterisk", "carrier", "daemon", "recordings", "simulator", "speech"}


def test_what_breaks_is_seen_and_its_return_too(mended: House, sit: Sit) -> None:
    """An unplugged line, a silent line, a silent modem, a dead trunk, and a station that nobody watches any more."""
    house, page, nurse = mended, sit("it"), sit("nurse")
    watch(page, house)
    station(nurse, house, "ward-b")
    part_is(page, "station:ward-b", "up")
    before = house.journal_end()
    nurse.close()

    house.cli("simulate", "line", "ward-a", "drop")
    house.cli("simulate", "line", "ward-b", "silent")
    house.cli("simulate", "modem", "sms1", "silence")
    house.cli("simulate", "carrier", "dead", "--trunk", "mobile")

    broken = ("line:ward-a", "trunk:mobile", "line:ward-b", "sms:sms1")
    for name in ("station:ward-b", *broken):
        part_is(page, name, "down")
        expect(part(page, name).locator(".part-detail")).not_to_be_empty()
    expect(page.locator(".bar-health .dot-down")).to_be_visible()
    assert house.cli("status", code=1).stdout.count("✗") >= len(broken)
    # The carrier that is next in price takes the call.
    account = open_account(sit("cashier"), house, "乔一帆", "5")
    house.simulate("dial", extension="8012", digits=house.dialled(account, "13800138000"), talk=1)
    assert settled(house, account)["trunk"] == "telecom"

    house.cli("simulate", "line", "ward-a", "restore")
    house.cli("simulate", "line", "ward-b", "ok")
    house.cli("simulate", "modem", "sms1", "mend")
    house.cli("simulate", "carrier", "normal")

    for name in broken:
        part_is(page, name, "up")
    assert same_page(page)
    for name in broken:
        states = [line["state"] for line in house.journal("appliance.HealthChanged", before) if line["part"] == name]
        assert (states[0], states[-1]) == ("down", "up"), f"{name}: {states}"


def test_a_silent_carrier_costs_the_caller_a_moment_and_is_told(mended: House, sit: Sit) -> None:
    """It answers probes and no call: the call goes on over the next trunk, and the page says why, by itself."""
    house, page = mended, sit("it")
    account = open_account(sit("cashier"), house, "白露", "5")
    page.goto(house.page("exchange/trunks"))
    trunk = page.locator('[data-key="mobile"]')
    expect(trunk).to_have_class(re.compile("part-up"))
    house.simulate("carrier", mode="silent", trunk="mobile")

    house.simulate("dial", extension="8013", digits=house.dialled(account, "13800138000"), talk=1)

    assert settled(house, account)["trunk"] == "telecom"
    expect(trunk).to_have_class(re.compile("part-degraded"))
    expect(trunk).to_contain_text(re.compile("said nothing to a call|毫无应答"))
    expect(page.locator("tbody tr")).not_to_have_count(0)


def test_a_killed_speech_worker_is_seen_to_go_and_come_back(ward: House, sit: Sit) -> None:
    """Gone for a moment; the fallback voice and all else stay up."""
    page = sit("it")
    watch(page, ward)
    before, killed = ward.journal_end(), ward.pid("speech")
    page.evaluate(REMEMBER, "speech:worker")

    os.kill(killed, signal.SIGKILL)

    until(lambda: {"part-down", "part-up"} <= set(page.evaluate("globalThis.seen.slice(1)")), "down and up on the page")
    part_is(page, "speech:worker", "up")
    ward.until_new("speech", killed)
    states = [line["state"] for line in ward.journal("appliance.HealthChanged", before)]
    assert states[0] == "down"
    assert states[-1] == "up"
    assert same_page(page)


REMEMBER = """
(name) => {
  const look = () => document.querySelector(`li.part:has(time[title="${name}"])`)?.className.split(" ")[1];
  globalThis.seen = [look()];
  new MutationObserver(() => { if (look() !== globalThis.seen.at(-1)) globalThis.seen.push(look()); })
    .observe(document.querySelector("[data-region=parts]"), { subtree: true, childList: true, attributes: true });
}
"""
"""Keeps every state that the page ever showed of a part in `seen`."""
