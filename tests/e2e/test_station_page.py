"""The station page in a real Chromium, over the real site and a cardboard house."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright

from appliance.foundation.clock import ReactorClock
from appliance.foundation.i18n import Text
from nursecall.plan_wards import Hours, Shift, Ward
from tests.fakes.house import PLAN, SHANGHAI, CardboardHouse, a_patient, build, silence
from tests.real_reactor import call, run, start
from web.live import Live, Say
from web.site import site

T = TypeVar("T")
NAME = Text(zh="x", en="x")
WARD = PLAN.wards[0].model_copy(update={"shifts": (Shift(id="day", name=NAME, start=time(0), end=time(0)),)})
"""The ward of the tests, with one shift that never ends."""

PASSWORD = "lamp-and-bell"
PATIENT = 90_000
"""Milliseconds until the browser has done what it is waited for; only a failing test takes so long."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Panel:
    """The site on a free port. Everything in it is touched in the reactor's thread, by `do`."""

    cardboard: CardboardHouse
    live: Live
    factory: Any
    port: Any = None
    number: int = 0

    def do(self, work: Callable[[], T]) -> T:
        """Run `work` where the site runs."""
        return call(work)

    def listen(self) -> None:
        """Answer, on the same port as before."""
        reactor: Any = start()
        self.port = self.do(lambda: reactor.listenTCP(self.number, self.factory, interface="127.0.0.1"))
        self.number = self.port.getHost().port

    def fall(self) -> None:
        """Stop answering, cutting every connection."""

        async def stop() -> None:
            await self.port.stopListening()

        run(stop())
        self.do(self._cut)

    def _cut(self) -> None:
        for connection in start().getReaders():
            if getattr(connection, "server", None) is self.port:
                connection.abortConnection()

    def press(self, bed: str, kind: str = "call", **facts: Any) -> str:
        """A call's id."""
        return self.do(lambda: self.cardboard.wards.press("w1", bed, kind, **facts)).id

    def state(self, number: str) -> str:
        """How a call is."""
        return self.do(lambda: self.cardboard.wards.calls[number].state)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """A running panel with a nurse."""
    reactor = start()
    made: list[Panel] = []

    async def furnish() -> None:
        cardboard = build(ReactorClock(reactor))
        cardboard.speech.directory = tmp_path
        cardboard.patients.beds["w1", "28"] = a_patient("王秀英", 1)
        await cardboard.house.users.add("nurse", "nurse", PASSWORD, must_change=False)
        live = Live(cardboard.database, cardboard.clock, cardboard.bus)
        cardboard.wards.changed = live.calls_changed
        live.start([WARD], SHANGHAI)
        made.append(Panel(cardboard, live, site(cardboard.house, live, reactor)))

    for key in ("k1", "k2"):
        (tmp_path / f"{key}.wav").write_bytes(silence(0.2))
    run(furnish())
    made[0].listen()
    yield made[0]
    made[0].fall()
    made[0].do(made[0].live.stop)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A kiosk's browser, which may play sound at once."""
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
    yield browser
    browser.close()


def open_station(browser: Browser, panel: Panel, script: str = "") -> Page:
    """The station, logged in and connected. Any complaint of the browser fails the test when it is closed."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB").new_page()
    page.set_default_timeout(PATIENT)
    page.add_init_script(f"globalThis.kept = true; {script}")
    base = f"http://127.0.0.1:{panel.number}"
    page.context.add_cookies([{"name": "nightbell-language", "value": "en", "url": base}])
    page.goto(f"{base}/login?next=/station/w1")
    page.fill("[name=name]", "nurse")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/station/w1")
    page.wait_for_selector("#link-chip[data-state=on]")
    return page


def said(request: Request) -> tuple[bool, str]:
    """What a screen told of its sound."""
    body = json.loads(request.post_data or "")
    return body["heard"], body["why"]


def test_a_call_appears_without_reload_and_keeps_the_focus(panel: Panel, chromium: Browser) -> None:
    """With patient and care grade; what the nurse was on stays where it was; the reset takes it away."""
    first = panel.press("3")
    page = open_station(chromium, panel)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.evaluate("globalThis.kept = 'the same page'")
    page.focus("[data-call] .acknowledge")
    second = panel.press("28", "wc")
    card = page.wait_for_selector(f"[data-call={second}]")
    assert card is not None
    assert "王秀英" in card.inner_text()
    assert "Grade 1" in card.inner_text()
    order = page.eval_on_selector_all("[data-call]", "cards => cards.map((card) => card.dataset.call)")
    assert order == [second, first]
    assert page.evaluate("document.activeElement.closest('[data-call]').dataset.call") == first
    assert page.locator("#assertive").inner_text() == "Bed 28, Bathroom"
    panel.do(lambda: panel.cardboard.wards.end(second))
    page.wait_for_selector(f"[data-call={second}]", state="detached")
    assert page.evaluate("globalThis.kept") == "the same page"
    assert complaints == []
    page.context.close()


def test_the_waiting_time_runs_by_the_servers_clock(panel: Panel, chromium: Browser) -> None:
    """A wrong clock in the browser's machine does not matter."""
    panel.press("28", ago=75)
    page = open_station(chromium, panel, "Date.now = () => 0;")
    wait = page.locator("[data-call] .wait")
    before = wait.inner_text()
    assert before.startswith("1:")
    page.wait_for_function("(text) => document.querySelector('[data-call] .wait').textContent > text", arg=before)
    page.context.close()


def test_calls_are_acknowledged_by_keyboard(panel: Panel, chromium: Browser) -> None:
    """A takes the first; arrows, over every card, and Enter any other. The cards stay."""
    first, second, third = (panel.press(bed, ago=60 - int(bed)) for bed in ("1", "2", "3"))
    page = open_station(chromium, panel)
    page.keyboard.press("a")
    page.wait_for_selector(f"[data-call={first}][data-state=acknowledged]")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-call={third}][data-state=acknowledged]")
    assert [panel.state(number) for number in (first, second, third)] == ["acknowledged", "raised", "acknowledged"]
    assert page.locator("[data-call]").count() == 3
    page.context.close()


def test_announcements_are_played_in_the_browser(panel: Panel, chromium: Browser) -> None:
    """The clip of an open call is fetched and played; one whose call was taken meanwhile is not."""
    open_call, taken = panel.press("28"), panel.press("7", state="acknowledged")
    page = open_station(chromium, panel)
    page.wait_for_selector("#sound-chip[data-state=on]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/speech/" in request.url else None)
    with page.expect_response("**/speech/k1.wav") as response:
        panel.do(lambda: panel.live.announce("w1", Say(taken, "七床呼叫", "k2", "zh", 3, "call")))
        panel.do(lambda: panel.live.announce("w1", Say(open_call, "二十八床呼叫", "k1", "zh", 3, "call")))
    assert response.value.status == 200
    page.wait_for_function("() => nightbell.sound.current === null && nightbell.sound.queue.length === 0")
    assert [url.rpartition("/")[2] for url in asked] == ["k1.wav"]
    assert page.evaluate("nightbell.sound.failing") is False
    page.context.close()


def test_a_browser_that_may_not_play_says_so_until_touched(panel: Panel, playwright: Playwright) -> None:
    """A visible alarm, and the house is told; a touch plays what waits, the emergency first."""
    plain, urgent = panel.press("28"), panel.press("7", "code")
    flags = [*FLAGS, "--autoplay-policy=document-user-activation-required"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
    # Logging in was a touch; a page of its own, as after a power cut, has had none.
    page = open_station(browser, panel).context.new_page()
    page.set_default_timeout(PATIENT)
    with page.expect_request("**/station/w1/sound") as silent:
        page.goto(f"http://127.0.0.1:{panel.number}/station/w1")
    assert said(silent.value) == (False, "asleep")
    page.wait_for_selector("#enable-sound:visible")
    assert page.locator("#sound-chip").get_attribute("data-state") == "off"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/speech/" in request.url else None)
    panel.do(lambda: panel.live.announce("w1", Say(plain, "二十八床呼叫", "k1", "zh", 3, "call")))
    panel.do(lambda: panel.live.announce("w1", Say(urgent, "七床抢救", "k2", "zh", 1, "emergency")))
    page.wait_for_function("() => nightbell.sound.queue.length === 2")
    with page.expect_request("**/station/w1/sound") as heard, page.expect_response("**/speech/k1.wav"):
        page.click("#enable-sound")
    assert said(heard.value) == (True, "")
    page.wait_for_selector("#enable-sound", state="hidden")
    assert [url.rpartition("/")[2] for url in asked] == ["k2.wav", "k1.wav"]
    browser.close()


def test_a_lost_connection_cannot_be_overlooked(panel: Panel, chromium: Browser) -> None:
    """An alarm across the page; when the house is back, so is every call, without a touch."""
    page = open_station(chromium, panel)
    panel.fall()
    page.wait_for_selector("#alarm:visible")
    assert "Connection lost" in page.locator("#alarm").inner_text()
    missed = panel.press("28")
    panel.listen()
    page.wait_for_selector(f"[data-call={missed}]")
    page.wait_for_selector("#alarm", state="hidden")
    page.context.close()


def test_the_shift_s_sound_test_by_keyboard(panel: Panel, chromium: Browser) -> None:
    """T plays the tone, which is seen to leave the page; Y is the nurse's word; then nobody is asked any more."""
    page = open_station(chromium, panel)
    page.wait_for_selector("[data-key=due]")
    page.keyboard.press("t")
    page.wait_for_selector("#soundcheck[open]")
    with page.expect_request("**/station/w1/soundcheck") as told:
        page.keyboard.press("y")
    body = json.loads(told.value.post_data or "")
    assert (body["heard"], body["flowed"]) == (True, True)
    page.wait_for_selector("[data-key=due]", state="detached")
    assert not page.locator("#soundcheck").is_visible()
    page.context.close()


def test_a_call_can_be_taken_while_the_test_asks(panel: Panel, chromium: Browser) -> None:
    """The question stands aside."""
    page = open_station(chromium, panel)
    page.keyboard.press("t")
    page.wait_for_selector("#soundcheck[open]")
    call = panel.press("28")
    page.click(f"[data-call={call}] .acknowledge")
    page.wait_for_selector(f"[data-call={call}][data-state=acknowledged]")
    assert page.locator("#soundcheck").is_visible()
    page.context.close()


def test_the_shift_s_sound_test_by_touch(panel: Panel, chromium: Browser) -> None:
    """Once more, and still nothing heard: the bar stays, in the colour of a fault, and says what to do."""
    page = open_station(chromium, panel)
    page.click("[data-key=due]")
    page.click("#soundcheck [data-heard=again]")
    with page.expect_request("**/station/w1/soundcheck") as told:
        page.click("#soundcheck [data-heard=no]")
    assert json.loads(told.value.post_data or "")["heard"] is False
    page.wait_for_selector(".soundcheck-late")
    assert "Put it right" in page.locator(".soundcheck-late").inner_text()
    page.context.close()


def test_a_tone_that_does_not_leave_the_page_is_found_out(panel: Panel, chromium: Browser) -> None:
    """A graph that was cut behind our back: nobody's word makes that a good test."""
    page = open_station(chromium, panel)
    page.wait_for_selector("#sound-chip[data-state=on]")
    page.evaluate("nightbell.sound.master.disconnect()")
    page.keyboard.press("t")
    page.wait_for_selector("#soundcheck[open]")
    with page.expect_request("**/station/w1/soundcheck") as told:
        page.keyboard.press("y")
    assert json.loads(told.value.post_data or "")["flowed"] is False
    page.wait_for_selector(".soundcheck-late")
    page.context.close()


def test_the_volume_ends_at_that_of_the_night(panel: Panel, chromium: Browser) -> None:
    """However far it is pulled, and it is kept over a reload."""
    page = open_station(chromium, panel)
    page.focus("#volume")
    page.keyboard.press("Home")
    assert page.input_value("#volume") == "60"
    page.reload()
    page.wait_for_selector("#sound-chip[data-state=on]")
    assert page.input_value("#volume") == "60"
    page.context.close()


def test_a_call_is_as_loud_as_the_house_says(panel: Panel, chromium: Browser) -> None:
    """Softer by night; never louder than the nurse has turned it."""
    call = panel.press("28")
    page = open_station(chromium, panel)
    page.wait_for_selector("#sound-chip[data-state=on]")
    page.evaluate(
        "() => { globalThis.levels = []; const { sound } = nightbell, level = sound.level.bind(sound);"
        "sound.level = (most) => { level(most); globalThis.levels.push(Math.min(sound.volume, most)); }; }"
    )
    panel.do(lambda: panel.live.stations.replan([_always_night()], SHANGHAI))
    panel.do(lambda: panel.live.announce("w1", Say(call, "二十八床呼叫", None, "zh", 3, "call")))
    page.wait_for_function("() => globalThis.levels.length === 1 && nightbell.sound.current === null")
    panel.do(lambda: panel.live.announce("w1", Say(call, "二十八床抢救", None, "zh", 1, "emergency")))
    page.wait_for_function("() => globalThis.levels.length === 2")
    assert page.evaluate("globalThis.levels") == [60, 100]
    page.context.close()


def _always_night() -> Ward:
    return WARD.model_copy(update={"night": Hours(start=time(0), end=time(0))})


def test_a_station_that_is_turned_off_says_so(panel: Panel, chromium: Browser) -> None:
    """Where the plan's night is silent the slider reaches 0; the page and the house know at once."""
    page = open_station(chromium, panel)
    page.wait_for_selector("#sound-chip[data-state=on]")
    page.evaluate("document.getElementById('volume').min = 0")
    page.focus("#volume")
    with page.expect_request("**/station/w1/sound") as told:
        page.keyboard.press("Home")
    assert said(told.value) == (False, "muted")
    page.wait_for_selector("#enable-sound:visible")
    assert "turned off" in page.locator("#enable-sound").inner_text()
    with page.expect_request("**/station/w1/sound") as told:
        page.keyboard.press("End")
    assert said(told.value) == (True, "")
    page.wait_for_selector("#enable-sound", state="hidden")
    page.context.close()
