"""Two telephones meet in a room of the sample hospital; IT watches them on the page, mutes one, and ends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until

Sit = Callable[[str], Page]
ROOM = "8821"


def test_a_conference_is_watched_and_ended_on_the_page(ward: House, sit: Sit) -> None:
    """Who comes is seen without a reload, who talks too, also after a crash of ours; acts are on record."""
    page = sit("it")
    page.goto(ward.page("/exchange/conferences"))
    expect(page.locator("#link-chip")).to_have_attribute("data-state", "on")
    before = ward.journal_end()
    first = ward.meanwhile("dial", extension="8006", digits=ROOM, talk=90)
    room = page.locator(f"[data-key=room-{ROOM}]")
    expect(room.locator("[data-number='8006']")).to_contain_text("主持人")
    second = ward.meanwhile("dial", extension="8007", digits=ROOM, talk=90)
    expect(room.locator("[data-number='8007'].talking")).to_be_visible()

    # kill -9: they talk on, and the next life finds who is there and who chairs.
    killed = ward.pid("daemon")
    os.kill(killed, signal.SIGKILL)
    ward.until_new("daemon", killed)
    ward.until_well()
    page.goto(ward.page("/exchange/conferences"))
    expect(room.locator("[data-number='8006']")).to_contain_text("主持人")

    room.get_by_role("button", name="静音 8007", exact=True).click()
    expect(room.get_by_role("button", name="解除静音 8007")).to_be_visible()
    expect(room.locator("[data-number='8007'].talking")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    room.get_by_role("button", name="结束会议").click()

    expect(room.locator("[data-number]")).to_have_count(0)
    for call in (first, second):
        assert call.result(60)["outcome"] == "answered"
    acts = until(lambda: ward.journal("pbx.ConferenceActed", before)[1:], "both acts on record")
    assert [(act["act"], act["by"]) for act in acts] == [("end", "it")]
    assert {line["number"] for line in ward.journal("pbx.ConferenceEntered", before)} == {"8006", "8007"}
