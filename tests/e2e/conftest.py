"""One house for the whole session; a browser for each file."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.house import House
from tests.e2e.plans import put_back
from tests.e2e.screens import Screens, Window

_houses: list[House] = []


@contextlib.contextmanager
def shown_in_failures(house: House) -> Iterator[None]:
    """While it runs, a failure shows its logs."""
    _houses.append(house)
    try:
        yield
    finally:
        _houses.remove(house)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The running appliance. Every test leaves it as it was: nothing broken, no call open."""
    # Unix sockets lie in it, and their paths may have about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="nb", dir="/tmp"))
    house = House(directory)
    _houses.append(house)
    try:
        house.start()
        yield house
        house.stop()
    finally:
        house.give_up()
        _houses.remove(house)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def ward(house: House) -> Iterator[House]:
    """The house with every part up and no call open, before and after."""
    house.until_well()
    house.quieten()
    yield house
    house.quieten()


@pytest.fixture
def planned(ward: House) -> Iterator[House]:
    """The house, whose plan may be changed; at the end with the plan that it had, in force and the newest."""
    with put_back(ward):
        yield ward


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    """Where a browser stands."""
    with sync_playwright() as driver:
        window = Window(driver)
        yield window
        window.close()


@pytest.fixture
def chromium(window: Window) -> Browser:
    """A real browser."""
    return window.browser()


@pytest.fixture
def sit(house: House, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Sit down at a screen: `sit("nurse")` is a page where that user is logged in."""
    screens = Screens(house, chromium)
    yield screens.sit
    screens.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows the end of every log of the house."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        for log in (log for house in _houses for log in house.logs()):
            tail = log.read_text("utf-8", "replace").splitlines()[-25:]
            report.sections.append((str(log), "\n".join(tail)))
