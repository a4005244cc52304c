"""Somebody in the house calls 120; the operator and hospital IT see who, in their language, until it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from appliance.foundation.values import Language
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT

Sit = Callable[[str], Page]

EXTENSION, NUMBER = "8002", "120"
LONG = 600
SAID: Mapping[Language, tuple[str, str, str]] = {
    "zh": ("8002 拨打了 120", "正在通话。", "已结束。"),
    "en": ("8002 called 120", "It goes on.", "It is over."),
}


def test_whoever_answers_for_the_house_sees_an_emergency_call(ward: House, sit: Sit) -> None:
    """A banner above everything else of the page, which fits on the smallest screen; the call's story is behind it."""
    pages: dict[Language, Page] = {"zh": sit("operator"), "en": sit("it")}
    for (language, page), path in zip(pages.items(), ("/operator", "/status"), strict=True):
        page.set_viewport_size({"width": 1366, "height": 768})
        page.context.add_cookies([{"name": "nightbell-language", "value": language, "url": ward.page("/")}])
        page.goto(ward.page(path))
        expect(page.locator("body")).to_have_attribute("data-link", "on", timeout=PATIENT)
    start, before = ward.journal_end(), ward.legs()
    dialling = ward.meanwhile("dial", extension=EXTENSION, digits=NUMBER, talk=LONG)
    called = ward.until_journal("pbx.EmergencyDialled", start, extension=EXTENSION)
    for language, page in pages.items():
        banner = page.locator(f"[data-key='emergency-{called['call']}']")
        for words in SAID[language][:2]:
            expect(banner).to_contain_text(words, timeout=PATIENT)
        expect(banner).to_have_attribute("role", "alert")
        box = banner.bounding_box()
        assert box, language
        assert box["y"] + box["height"] < 400, language
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), language
    tile = pages["zh"].locator(f"[data-key=tile-{EXTENSION}]")
    expect(tile).to_have_attribute("data-state", "talking", timeout=PATIENT)
    expect(tile).to_contain_text(NUMBER)

    for leg in until(lambda: ward.legs().keys() - before.keys(), "the call's legs at the carrier"):
        ward.simulate("hang-up-leg", leg=leg)
    dialling.result()
    for language, page in pages.items():
        banner = page.locator(f"[data-key='emergency-{called['call']}']")
        expect(banner).to_contain_text(SAID[language][2], timeout=PATIENT)
    expect(tile).to_have_attribute("data-state", "idle", timeout=PATIENT)
    pages["en"].locator(f"a[href='/exchange/calls/{called['call']}']").first.click()
    expect(pages["en"].locator(".timeline")).to_contain_text(NUMBER, timeout=PATIENT)
