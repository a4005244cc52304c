"""The operator of the sample hospital finds a line, calls it, and hands it on, by keys alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until

Sit = Callable[[str], Page]
OWN = "8090"


def test_an_operator_connects_two_by_keys(ward: House, sit: Sit) -> None:
    """Bed 3 is called and handed on to the station; both tiles show it live; acts are on record."""
    page = sit("operator")
    page.goto(ward.page("/operator"))
    expect(page.locator("#link-chip")).to_have_attribute("data-state", "on")
    for number in (OWN, "8003", "8001"):
        # Telephones register one after the other when the house begins.
        expect(page.locator(f"[data-key=tile-{number}]")).to_have_attribute("data-state", "idle")
    before = ward.journal_end()
    for number in (OWN, "8003", "8001"):
        ward.simulate("phone", number=number, answer="yes")

    page.keyboard.type("3")
    page.keyboard.press("Escape")
    page.keyboard.type("床 8003")
    expect(page.locator(".tile.chosen")).to_have_attribute("data-number", "8003")
    expect(page.locator(".tile:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-key=tile-8003]")).to_have_attribute("data-state", "talking")
    expect(page.locator(f"[data-key=tile-{OWN}]")).to_contain_text("8003")

    page.keyboard.type("8001")
    page.keyboard.press("F4")
    expect(page.locator("[data-key=tile-8001]")).to_have_attribute("data-state", "talking")
    expect(page.locator(f"[data-key=tile-{OWN}]")).to_have_attribute("data-state", "idle")
    page.keyboard.press("F9")
    expect(page.locator("#toast")).to_contain_text("您的话机没有在通话")

    for leg in ward.legs():
        ward.simulate("hang-up-leg", leg=leg)
    expect(page.locator("[data-key=tile-8001]")).to_have_attribute("data-state", "idle")
    for number in (OWN, "8003", "8001"):
        ward.simulate("phone", number=number, answer="")
    acts = until(lambda: ward.journal("pbx.ConsoleActed", before)[1:], "both acts on record")
    assert [(act["act"], act["number"], act["by"]) for act in acts] == [("hand-on", "8001", "operator")]
