"""`make pictures`: docs/pictures/*.png, from a private appliance on which things have just happened.

Nothing is painted: a real browser looks at the real pages, and the reports are those that the command line prints.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from appliance.settings import load
from docs.yesterday import write_yesterday
from tests.bench.house import private_house
from tests.e2e.house import House
from tests.e2e.screens import FLAGS, card, connected, log_in, part_is, shows

PICTURES = Path(__file__).parent / "pictures"
SIZE = {"width": 1366, "height": 768}
CRISP = 1.5
COLOURS = 256
PAPER_DPI = 100

Language = Literal["zh", "en"]
Name = Literal["station", "wallboard", "status", "menu", "calls", "statement"]

PHONES = (("8001", "13800138000", 27), ("8002", "02155555555", 14), ("8003", "0085225221234", 9))
"""Extension, number, seconds of talk, of the calls that are billed."""

DEAD_TRUNK = "unicom"


def main() -> None:
    """Make every picture anew."""
    PICTURES.mkdir(exist_ok=True)
    with private_house() as house, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        day = write_yesterday(load(house.settings_file))
        _screens(house, browser)
        browser.close()
        _papers(house, day)
    for name in get_args(Name):
        file = PICTURES / f"{name}.png"
        print(f"{file.relative_to(PICTURES.parent.parent)}  {file.stat().st_size // 1024} kB")


def _screens(house: House, browser: Browser) -> None:
    station = _sit(house, browser, "nurse", "zh", "/station/ward-a")
    wallboard = _sit(house, browser, "nurse", "zh", "/wallboard")
    status = _sit(house, browser, "it", "en", "/status")
    _shoot(_menu(house, browser), "menu")
    # A station that nobody has touched is silent, and says so.
    station.keyboard.press("Shift")
    _happen(house, station)
    _shoot(station, "station")
    _shoot(wallboard, "wallboard")
    house.simulate("carrier", mode="dead", trunk=DEAD_TRUNK)
    part_is(status, f"trunk:{DEAD_TRUNK}", "down")
    _shoot(status, "status")


def _sit(house: House, browser: Browser, user: str, language: Language, path: str) -> Page:
    context = browser.new_context(viewport=SIZE, device_scale_factor=CRISP)  # type: ignore[arg-type]
    context.add_cookies([{"name": "nightbell-language", "value": language, "url": house.page("/")}])
    page = context.new_page()
    page.goto(house.page("/"))
    log_in(page, user, house.password(user))
    page.goto(house.page(path))
    connected(page)
    return page


def _menu(house: House, browser: Browser) -> Page:
    """The switchboard's menu, tried on National Day."""
    page = _sit(house, browser, "it", "zh", "/exchange/menus/edit/main")
    page.locator("#try").click()
    page.locator("#trial [name=at]").fill("2026-10-01T10:00")
    page.locator("#trial-form button").click()
    for key in ("1", "1", "1"):
        page.locator(f"[data-key='{key}']:enabled").click()
        page.wait_for_load_state("networkidle")
    page.locator(".trial-choice:visible").wait_for()
    return page


def _happen(house: House, station: Page) -> None:
    """An evening: bed 15 waits until it is passed on, bed 21 is taken, bed 33 is urgent, and patients telephone."""
    began = house.journal_end()
    account = house.told["accounts"][0]
    for extension, number, seconds in PHONES:
        digits = f"600{account['number']}{account['pin']}{number}"
        house.meanwhile("dial", extension=extension, digits=digits, talk=seconds)
    house.press("15")
    station.wait_for_timeout(31_000)
    house.press("6", type="wc")
    house.press("12", line="ward-b")
    station.wait_for_timeout(12_000)
    house.press("21")
    shows(station, "21")
    station.wait_for_timeout(4_000)
    card(station, "21").locator("[data-acknowledge]").click()
    house.until_journal("nursecall.CallEscalated", began, bed="15")
    house.press("28")
    station.wait_for_timeout(3_000)
    house.press("28")
    house.press("33", type="code-blue")
    house.press("7", line="ward-b", type="assist")
    shows(station, "33")
    station.wait_for_timeout(5_000)
    house.until_journal("pbx.MessageDelivered", began)


def _shoot(page: Page, name: Name) -> None:
    page.mouse.move(2, SIZE["height"] - 2)
    page.evaluate("document.activeElement?.blur()")
    with tempfile.TemporaryDirectory(prefix="nb") as directory:
        file = Path(directory) / "picture.png"
        page.screenshot(path=file)
        _keep(file, name)


def _papers(house: House, day: date) -> None:
    account = house.told["accounts"][0]["number"]
    with tempfile.TemporaryDirectory(prefix="nb") as name:
        directory = Path(name)
        house.cli(
            "report", "calls", "--day", f"{day}", "--ward", "ward-a", "--language", "zh", "-o", f"{directory}/c.pdf"
        )
        house.cli("report", "statement", account, "--language", "zh", "-o", f"{directory}/s.pdf")
        _keep(next(_pages(directory / "c.pdf")), "calls")
        _keep(next(_pages(directory / "s.pdf")), "statement")


def _pages(pdf: Path) -> Iterator[Path]:
    pages = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-png", "-r", str(PAPER_DPI), pdf, pages], check=True)
    yield from sorted(pdf.parent.glob(f"{pages.name}-*.png"))


def _keep(file: Path, name: Name) -> None:
    """Flat colours need no more than a palette, at a third of the size."""
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
