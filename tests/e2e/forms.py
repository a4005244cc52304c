"""Forms of the plan in a browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.screens import PATIENT


def field(page: Page, key: str) -> Locator:
    """The input of one field of the form."""
    return page.locator(f".section-group [data-field='{key}'] input, .section-group [data-field='{key}'] select").first


def name(page: Page, zh: str, en: str) -> None:
    """What it is called, in both languages."""
    page.locator("[data-field='name'] [data-tongue='zh']").fill(zh)
    page.locator("[data-field='name'] [data-tongue='en']").fill(en)


def keep(page: Page, button: str) -> None:
    """Keep what the form says; the page comes back and says what was done."""
    expect(page.locator(button)).to_be_enabled(timeout=PATIENT)
    with page.expect_navigation():
        page.locator(button).click()
    expect(page.locator(".section-done")).to_be_visible(timeout=PATIENT)
