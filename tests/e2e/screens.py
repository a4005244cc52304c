"""People at screens: pages of a real browser, logged in."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import psutil
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Playwright, expect

from tests.e2e.house import House
from web.tabs import CHAPTERS

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

PATIENT = 90_000
"""Milliseconds until a page shows what it is waited for; only a failing test takes so long."""
expect.set_options(timeout=PATIENT)
CLOSING = 60.0
"""Seconds in which pages close."""

EARS = """
globalThis.ears = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (this instanceof AudioBufferSourceNode) {
    const ear = this.context.createAnalyser(), wave = new Float32Array(ear.fftSize), heard = { peak: 0, over: false };
    connect.call(this, ear);
    globalThis.ears.push(heard);
    const listening = setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      for (const sample of wave) heard.peak = Math.max(heard.peak, Math.abs(sample));
    }, 20);
    this.addEventListener("ended", () => { clearInterval(listening); heard.over = true; });
  }
  return connect.call(this, target, ...rest);
};
"""
"""Listens to every clip that a page sends to its loudspeaker."""


class Window:
    """A browser, and another one in its place when it had to be ended."""

    def __init__(self, driver: Playwright) -> None:
        self._driver = driver
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        """One that works."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        return self._browser

    def close(self) -> None:
        """Nobody looks any more."""
        if self._browser is not None and self._browser.is_connected():
            with ended_when_it_hangs():
                self._browser.close()


@contextlib.contextmanager
def ended_when_it_hangs() -> Iterator[None]:
    """Closing has no limit of its own, and on a busy machine Chromium once stood for ever: it is ended from outside."""
    ended = threading.Event()

    def end() -> None:
        ended.set()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.name() == "chromium":
                    child.kill()

    watch = threading.Timer(CLOSING, end)
    watch.start()
    try:
        yield
    except Error:
        if not ended.is_set():
            raise
    finally:
        watch.cancel()


class Screens:
    """Every page that a test opened."""

    _kept: ClassVar[dict[tuple[str, str], Any]] = {}

    def __init__(self, house: House, browser: Browser) -> None:
        self._house = house
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def sit(self, user: str) -> Page:
        """A page on which `user` is logged in, at the page that user begins with."""
        key = (str(self._house.directory), user)
        context = self._browser.new_context(storage_state=self._kept.get(key), accept_downloads=True)
        context.set_default_timeout(PATIENT)
        context.set_default_navigation_timeout(PATIENT)
        context.add_init_script(EARS)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(self._house.page("/"))
        if "/login" in page.url:
            log_in(page, user, self._house.password(user))
            self._kept[key] = context.storage_state()
        return page

    def close(self) -> None:
        """Everybody goes home."""
        with ended_when_it_hangs():
            for context in self._contexts:
                context.close()


def go_to(page: Page, path: str) -> None:
    """By the navigation, as people do: the entry that leads to `path`, under its word where they are grouped."""
    entry = page.locator(f"a[href^='{path}']")
    group = page.locator("nav.nav details").filter(has=entry)
    if group.count():
        group.locator("summary").click()
    page.locator("nav.nav").locator(entry).click()


def open_tab(page: Page, path: str) -> None:
    """A page of the exchange, by its tab in its chapter."""
    page.locator(".tabs a").first.wait_for()
    if page.locator(".tabs-pages").count():
        chapter = next(one for one in CHAPTERS if any(tab.path == path for tab in one.tabs))
        page.locator(", ".join(f".tabs:not(.tabs-pages) a[href='{tab.path}']" for tab in chapter.tabs)).click()
        page.locator(f".tabs-pages a[href='{path}']").click()
    else:
        page.locator(f".tabs a[href='{path}']").click()


def log_in(page: Page, user: str, password: str) -> None:
    """Through the form."""
    page.locator("input[name=name]").fill(user)
    page.locator("input[name=password]").fill(password)
    page.locator(".door-form button").click()
    page.wait_for_url(lambda address: "/login" not in address)


def station(page: Page, house: House, ward: str) -> None:
    """Open the station of a ward; returns when it is connected. `same_page` then tells whether it was reloaded."""
    page.goto(house.page(f"/station/{ward}"))
    connected(page)
    page.evaluate("globalThis.unreloaded = true")


def connected(page: Page) -> None:
    """Wait until the page hears of every change."""
    expect(page.locator("body")).to_have_attribute("data-link", "on")


def same_page(page: Page) -> bool:
    """Whether the page has not been loaded anew since `station` or `watch`."""
    return page.evaluate("globalThis.unreloaded") is True


def card(page: Page, bed: str) -> Locator:
    """The card of an open call at `bed`."""
    label = page.locator(".call-bed", has_text=re.compile(rf"(^|\s){re.escape(bed)}$"))
    return page.locator("#queue li.call").filter(has=label)


def shows(page: Page, bed: str) -> None:
    """Wait until the call of `bed` is on the screen, once."""
    expect(card(page, bed)).to_have_count(1)


def shows_not(page: Page, bed: str) -> None:
    """Wait until no call of `bed` is on the screen."""
    expect(card(page, bed)).to_have_count(0)


def watch(page: Page, house: House) -> None:
    """Open the status page; returns when it is connected."""
    page.goto(house.page("/status"))
    connected(page)
    page.evaluate("globalThis.unreloaded = true")


def part(page: Page, name: str) -> Locator:
    """The row of a part, such as `line:ward-a`, on the status page."""
    return page.locator("li.part").filter(has=page.locator(f'time[title="{name}"]'))


def part_is(page: Page, name: str, state: str) -> None:
    """Wait until the status page says so of a part: up, degraded, down, starting."""
    expect(page.locator(f'li.part-{state}:has(time[title="{name}"])')).to_have_count(1)
