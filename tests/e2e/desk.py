"""The cashier's desk, as a cashier uses it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.house import House


def open_account(page: Page, house: House, holder: str, amount: str) -> str:
    """Open an account on the panel and pay in `amount` yuan; its number. The PIN is in `house.pins`."""
    page.goto(house.page("/accounts"))
    page.locator("input[name=holder]").fill(holder)
    page.locator("form[action='/accounts'][method=post] button").click()
    page.wait_for_url(re.compile(r"/accounts/\d+$"))
    number = page.url.rpartition("/")[2]
    house.pins[number] = page.locator(".pin").inner_text().strip()
    page.locator("form[action$='/deposit'] input[name=amount]").fill(amount)
    page.locator("form[action$='/deposit'] button.primary").click()
    expect(page.locator("tbody tr").first).to_contain_text(amount)
    assert re.fullmatch(r"\d{4}", house.pins[number])
    return number


def balance_on_page(page: Page, house: House, account: str) -> str:
    """What the cashier reads as the balance of an account that holds nothing for a call."""
    page.goto(house.page(f"/accounts/{account}"))
    balance, held = page.locator(".account-card .figures dd").all_inner_texts()
    assert held == "¥0.00"
    return balance
