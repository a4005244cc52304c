"""A recording played in a real Chromium: by button, picture and keys; a part is fetched, unsealed and decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from appliance.foundation.clock import ReactorClock
from appliance.foundation.journal import entries
from tests.fakes.house import SHANGHAI, build
from tests.real_reactor import call, run, start
from tests.web.recorded import talked
from web.live import Live
from web.site import site

PASSWORD = "lamp-and-bell"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
ONE, SECONDS = "c" * 32, 180
AT = "document.querySelector('[data-player]').sound.currentTime"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


class House:
    """A panel with one recording of three minutes, kept as GSM."""

    def __init__(self) -> None:
        reactor: Any = start()

        async def furnish() -> None:
            self.cardboard = build(ReactorClock(reactor))
            await self.cardboard.house.users.add("manager", "manager", PASSWORD, must_change=False)
            talked(self.cardboard, ONE, SECONDS, "gsm")
            live = Live(self.cardboard.database, self.cardboard.clock, self.cardboard.bus)
            live.start([], SHANGHAI)
            self.live = live
            self.factory = site(self.cardboard.house, live, reactor)

        run(furnish())
        self.port = call(lambda: reactor.listenTCP(0, self.factory, interface="127.0.0.1"))
        self.base = f"http://127.0.0.1:{self.port.getHost().port}"

    def stop(self) -> None:
        async def stop() -> None:
            await self.port.stopListening()

        run(stop())
        call(self.live.stop)

    def heard(self) -> int:
        """How often the journal says that somebody listened."""

        def count() -> int:
            with self.cardboard.database.engine.begin() as connection:
                return sum(entry.kind == "pbx.RecordingHeard" for entry in entries(connection))

        return call(count)


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.stop()


@pytest.fixture
def page(house: House, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB").new_page()
    page.set_default_timeout(30_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.context.add_cookies([{"name": "nightbell-language", "value": "en", "url": house.base}])
    page.goto(f"{house.base}/login?next=/recordings/{ONE}")
    page.fill("[name=name]", "manager")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**/recordings/{ONE}")
    yield page
    page.context.close()
    assert complaints == []


def test_it_plays_and_seeks_by_click_and_by_keys(house: House, page: Page) -> None:
    """Nothing is fetched, and nothing noted, before somebody plays."""
    shape = page.locator(".player-shape")
    page.wait_for_function("() => document.querySelector('[data-player]').sound")
    assert house.heard() == 0
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {AT} > 0.3")
    page.get_by_role("button", name="Pause").click()
    box = shape.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 20)
    assert page.evaluate(AT) == pytest.approx(0.75 * SECONDS, abs=1)
    shape.press("ArrowLeft")
    assert page.evaluate(AT) == pytest.approx(0.75 * SECONDS - 5, abs=1)
    shape.press(" ")
    page.wait_for_function(f"() => {AT} > {0.75 * SECONDS - 4.5}")
    shape.press("Home")
    page.wait_for_function(f"() => {AT} < 5")
    shape.press("End")
    page.wait_for_function("() => document.querySelector('[data-player]').sound.ended")
    page.get_by_role("button", name="Play").wait_for()
    assert shape.get_attribute("aria-valuetext") == "3:00"
    assert page.evaluate("document.querySelector('[data-player]').sound.error") is None
    assert house.heard() == 1


def test_what_is_heard_is_what_was_said_there(house: House, page: Page) -> None:
    """Decoded by the browser from the middle on: 440 Hz on the left in the caller's turn, silence on the right."""
    heard = page.evaluate(
        """async (place) => {
             const whole = await (await fetch(place)).arrayBuffer();
             const sound = await new OfflineAudioContext(2, 8000, 8000).decodeAudioData(whole);
             const [left, right] = [0, 1].map((side) => sound.getChannelData(side).slice(1124000, 1132000));
             const loud = (side) => Math.hypot(...side);
             let turns = 0;
             for (let at = 1; at < left.length; at++) turns += left[at - 1] < 0 && left[at] >= 0;
             return { seconds: sound.duration, left: loud(left), right: loud(right), turns };
           }""",
        f"/recordings/{ONE}/sound.wav",
    )
    assert heard["seconds"] == pytest.approx(SECONDS)
    assert heard["left"] > 20 * heard["right"]
    assert heard["turns"] == pytest.approx(440, abs=5)
