"""A nurse who has never seen the station learns it at the training page, on the running box."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.screens import PATIENT

Sit = Callable[[str], Page]


@pytest.fixture
def school(ward: House) -> Iterator[House]:
    """The house, its lines mended and nobody calling at the end."""
    yield ward
    ward.simulate("scenario-stop")
    ward.simulate("line", line="ward-a", action="ok")


def test_the_course_from_the_first_press_to_the_reset(school: House, sit: Sit) -> None:
    """Each step ticks itself: press, press again, acknowledge at the station beside, reset at the bed."""
    page = sit("nurse")
    page.goto(f"{school.told['address']}training/ward-a")
    course, bed = page.locator("#course"), page.locator('.tbed[data-bed="12"]')
    bed.click()
    station = page.frame_locator("iframe")
    expect(station.locator("#queue .call")).to_have_count(1, timeout=PATIENT)
    expect(course).to_contain_text("2/10", timeout=PATIENT)
    bed.click()
    expect(course).to_contain_text("3/10", timeout=PATIENT)
    station.locator("#queue .call button").first.click()
    expect(course).to_contain_text("4/10", timeout=PATIENT)
    page.locator(".tool", has=page.locator(".icon use[href='#i-ok']")).click()
    bed.click()
    expect(course).to_contain_text("5/10", timeout=PATIENT)
    expect(station.locator("#queue .call")).to_have_count(0, timeout=PATIENT)


def test_a_scenario_fills_the_ward_and_leaves_it_in_order(school: House, sit: Sit) -> None:
    """Power returns: sixty terminals call; stopped, every bed is attended to."""
    page = sit("nurse")
    page.goto(f"{school.told['address']}training/ward-a")
    page.locator('[data-scenario="power-back"]').click()
    expect(page.locator(".tbed-calling").nth(10)).to_be_visible(timeout=PATIENT)
    page.locator("[data-ask*='scenario-stop']").click()
    expect(page.locator(".tbed-calling")).to_have_count(0, timeout=PATIENT)
