"""`kill -9` during an open nurse call and a billed call: each process comes back by itself, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from appliance.foundation.values import yuan
from tests.e2e.desk import open_account
from tests.e2e.house import House, Row
from tests.e2e.money import charges_of, lease_of, price, settled
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, connected, same_page, shows, shows_not, station

Sit = Callable[[str], Page]

BED = "31"
DEPOSIT = yuan(20)
CALLED = "8613800138000"
WIRE = 3
"""Seconds by which the two ends of a wire may differ on a busy machine about how long was talked."""


@dataclass
class Scene:
    """A nurse call on an open station page, and a billed call in mid-talk."""

    house: House
    nurse: Page
    account: str
    phone: str
    before: int

    def hang_up(self) -> Row:
        """The patient hangs up."""
        return self.house.simulate("hang-up", call=self.phone)


@pytest.fixture
def scene(ward: House, sit: Sit) -> Scene:
    """The nurse call and the billed call, both going on."""
    nurse = sit("nurse")
    station(nurse, ward, "ward-a")
    ward.press(BED)
    shows(nurse, BED)
    account = open_account(sit("cashier"), ward, "公孙胜", "20")
    before = ward.journal_end()
    digits = ward.dialled(account, "13800138000")
    phone = ward.simulate("dial", extension="8020", digits=digits, talk=600, until="answered")["call"]
    until(lambda: lease_of(ward, account).get("state") == "talking", "the call to talk")
    return Scene(ward, nurse, account, phone, before)


def test_the_daemon(scene: Scene) -> None:
    """Talk goes on in Asterisk; the new daemon shows the nurse call, finds the billed call and charges all of it."""
    house, killed = scene.house, scene.house.pid("daemon")

    os.kill(killed, signal.SIGKILL)

    expect(scene.nurse.locator("body")).not_to_have_attribute("data-link", "on", timeout=PATIENT)
    house.until_new("daemon", killed)
    house.until_well()
    story = scene.hang_up()
    lease = settled(house, scene.account)
    assert abs(lease["seconds"] - story["seconds"]) <= WIRE, "charged for all that was talked"
    charged_once(scene, lease)
    nurse_call_is_there(scene)


def test_the_speech_worker(scene: Scene) -> None:
    """Nothing else notices; the status said that it was down."""
    house, killed = scene.house, scene.house.pid("speech")

    os.kill(killed, signal.SIGKILL)

    was_down_and_is_up(scene, "speech:worker")
    house.until_new("speech", killed)
    house.press("32")
    shows(scene.nurse, "32")
    story = scene.hang_up()
    lease = settled(house, scene.account)
    assert abs(lease["seconds"] - story["seconds"]) <= WIRE
    charged_once(scene, lease)
    nurse_call_is_there(scene)


def test_asterisk(scene: Scene) -> None:
    """The talk ends with it: charged from the answer to at most its return; then calls go out as before."""
    house, killed = scene.house, scene.house.pid("asterisk")
    answered = stored(lease_of(house, scene.account)["answered_at"])
    talk = datetime.now(UTC) - answered

    os.kill(killed, signal.SIGKILL)

    was_down_and_is_up(scene, "exchange:asterisk")
    house.until_new("asterisk", killed)
    lease = settled(house, scene.account)
    back = until(lambda: up_again(scene, "exchange:asterisk"), "the return of Asterisk") - answered
    # Who was cut off may be charged up to a heartbeat more than was talked, never for the time Asterisk was away.
    most = min(back, talk + timedelta(seconds=10)) + timedelta(seconds=WIRE)
    assert talk <= timedelta(seconds=lease["seconds"]) <= most
    charged_once(scene, lease)
    nurse_call_is_there(scene)
    house.until_well()
    digits = house.dialled(scene.account, "13800138000")
    again = house.simulate("dial", extension="8021", digits=digits, talk=1)
    assert again["outcome"] == "answered"
    assert settled(house, scene.account)["call"] != lease["call"]


def test_an_asterisk_that_hangs(ward: House) -> None:
    """It runs, takes connections and answers nobody: after half a minute the box itself starts it anew."""
    before, hung = ward.journal_end(), ward.pid("asterisk")

    os.kill(hung, signal.SIGSTOP)

    ward.until_part("exchange:asterisk", "down")
    ward.until_journal("appliance.ExchangeStartedAnew", before, talking=0)
    assert "is being started anew" in ward.cli("status", code=1).stdout
    ward.until_new("asterisk", hung)
    ward.until_well()
    assert len(ward.journal("appliance.ExchangeStartedAnew", before)) == 1


def test_the_supervised_simulator_too(scene: Scene) -> None:
    """Even the ward's host may vanish with its line: it is told, and the call stays open."""
    house, killed = scene.house, scene.house.pid("simulator")

    os.kill(killed, signal.SIGKILL)

    was_down_and_is_up(scene, "line:ward-a")
    house.until_new("simulator", killed)
    house.until_well()
    nurse_call_is_there(scene)
    # Their telephone does not know of its call any more.
    for leg in house.legs():
        house.simulate("hang-up-leg", leg=leg)
    charged_once(scene, settled(house, scene.account))


def charged_once(scene: Scene, lease: Row) -> None:
    """The ledger has one charge for the call, of the right amount; nothing is held; the journal is whole."""
    house = scene.house
    assert lease["charge"] == price(house, CALLED, lease["answered_at"], lease["seconds"]) > 0
    charges = charges_of(house, scene.account)
    assert [(line["reference"], line["amount"]) for line in charges] == [(lease["call"], -lease["charge"])]
    [account] = house.rows("SELECT balance, reserved FROM accounts WHERE number = ?", scene.account)
    assert account == {"balance": DEPOSIT - lease["charge"], "reserved": 0}
    assert len(house.journal("billing.CallSettled", scene.before)) == 1
    assert house.cli("journal", "verify").stdout.endswith("the books add up\n")


def nurse_call_is_there(scene: Scene) -> None:
    """On the same page, once; and its bed can still end it."""
    connected(scene.nurse)
    shows(scene.nurse, BED)
    scene.house.simulate("reset", line="ward-a", bed=BED)
    shows_not(scene.nurse, BED)
    assert same_page(scene.nurse)


def was_down_and_is_up(scene: Scene, part: str) -> None:
    """The status said so, both times, and the journal kept it."""
    down = scene.house.until_journal("appliance.HealthChanged", scene.before, part=part, state="down")
    scene.house.until_journal("appliance.HealthChanged", down["id"], part=part, state="up")
    scene.house.until_part(part)


def up_again(scene: Scene, part: str) -> datetime | None:
    """When the status last said that a part is up."""
    lines = scene.house.journal("appliance.HealthChanged", scene.before)
    times = [line["at"] for line in lines if (line["part"], line["state"]) == (part, "up")]
    return datetime.fromisoformat(times[-1]) if times else None


def stored(moment: str) -> datetime:
    """A time of the records."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
