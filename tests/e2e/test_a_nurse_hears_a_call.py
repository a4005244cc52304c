"""A press at the bedside is seen and heard at the station, until somebody was there."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, card, connected, same_page, shows, shows_not, station
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]

SPOKEN = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
SPOKEN_IN_ENGLISH = "Nurse, please: level one care, bed four is calling. Please attend at once. Thank you."


def test_a_press_shows_and_speaks_and_the_reset_ends_it(ward: House, sit: Sit) -> None:
    """Bed 28 of the Chinese ward: name, grade, running time and the sentence, all without a reload."""
    page = sit("nurse")
    station(page, ward, "ward-a")
    expect(page.locator("#queue .quiet")).to_be_visible()

    with page.expect_response(re.compile(r"/speech/[^/]+\.wav$"), timeout=PATIENT) as clip:
        ward.cli("simulate", "press", "28")

    shows(page, "28")
    here = card(page, "28")
    expect(here.locator(".call-name")).to_have_text("乐正平")
    expect(here.locator(".grade")).to_have_text("一级护理")
    waits_longer(page, "28")
    sounds(clip.value.body())
    expect(page.locator("#speaking")).to_have_attribute("title", SPOKEN, timeout=PATIENT)
    heard(page)

    ward.cli("simulate", "reset", "28")

    shows_not(page, "28")
    expect(page.locator("#queue .quiet")).to_be_visible(timeout=PATIENT)
    assert same_page(page)
    [row] = ward.rows("SELECT * FROM nurse_calls WHERE bed = '28' ORDER BY raised_at DESC LIMIT 1")
    assert (row["ward"], row["state"], row["patient"], row["care_grade"]) == ("ward-a", "ended", "乐正平", 1)
    assert row["ended_at"] is not None


def test_the_other_ward_is_spoken_to_in_english(ward: House, sit: Sit) -> None:
    """Where we poll the host, and where the ward speaks English."""
    page = sit("nurse")
    station(page, ward, "ward-b")

    with page.expect_response(re.compile(r"/speech/[^/]+\.wav$"), timeout=PATIENT) as clip:
        ward.cli("simulate", "press", "4", "--line", "ward-b")

    shows(page, "4")
    expect(page.locator("#speaking")).to_have_attribute("title", SPOKEN_IN_ENGLISH, timeout=PATIENT)
    sounds(clip.value.body())
    heard(page)
    ward.cli("simulate", "reset", "4", "--line", "ward-b")
    shows_not(page, "4")


def test_an_acknowledged_call_stays_until_the_bedside(ward: House, sit: Sit) -> None:
    """Taking a call at the screen silences it; only the reset at the bed ends it."""
    page = sit("nurse")
    station(page, ward, "ward-a")
    ward.press("9")
    shows(page, "9")

    card(page, "9").locator("button.acknowledge").click()

    expect(card(page, "9")).to_have_attribute("data-state", "acknowledged", timeout=PATIENT)
    [row] = ward.rows("SELECT * FROM nurse_calls WHERE ended_at IS NULL")
    assert (row["bed"], row["state"], row["acknowledged_by"]) == ("9", "acknowledged", "nurse")
    ward.simulate("reset", line="ward-a", bed="9")
    shows_not(page, "9")


def test_open_calls_outlive_the_daemon(ward: House, sit: Sit) -> None:
    """After `kill -9` the calls are back on the page that stayed open, with their old waiting time."""
    page = sit("nurse")
    station(page, ward, "ward-a")
    ward.press("5")
    ward.press("6", type="code-blue")
    shows(page, "5")
    shows(page, "6")
    expect(page.locator(".mark-unstored")).to_have_count(0, timeout=PATIENT)
    since = card(page, "5").locator("time.wait").get_attribute("data-since")
    killed = ward.pid("daemon")

    os.kill(killed, signal.SIGKILL)

    expect(page.locator("#link-chip")).to_have_attribute("data-state", re.compile("off|lost"), timeout=PATIENT)
    ward.until_new("daemon", killed)
    connected(page)
    ward.until_well()
    ward.press("7")
    for bed in ("5", "6", "7"):
        shows(page, bed)
    first = page.locator("#queue .call-bed").first
    assert first.inner_text().split()[-1] == "6", "the emergency comes first"
    assert card(page, "5").locator("time.wait").get_attribute("data-since") == since
    assert same_page(page)
    # A page opened only now can know the calls from nobody but the new daemon.
    fresh = sit("nurse")
    station(fresh, ward, "ward-a")
    for bed in ("5", "6", "7"):
        shows(fresh, bed)


def waits_longer(page: Page, bed: str) -> None:
    """The waiting time on a card runs."""
    clock = card(page, bed).locator("time.wait")
    expect(clock).to_have_text(re.compile(r"^\d+:\d\d$"))
    expect(clock).not_to_have_text(clock.inner_text(), timeout=PATIENT)


def sounds(clip: bytes) -> None:
    """It is a spoken sentence, not silence."""
    recording = Recording(clip)
    assert 1.5 < recording.seconds < 20
    assert recording.level > 1000


def heard(page: Page) -> None:
    """The page has sent a clip to its loudspeaker, to its end and loud enough."""
    until(lambda: page.evaluate("ears.some((ear) => ear.over && ear.peak > 0.1)"), "a clip played to its end")
