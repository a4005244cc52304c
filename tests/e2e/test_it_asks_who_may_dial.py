"""Hospital IT asks the panel who may dial what; the telephones do what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from appliance.simulator.outside import OUTSIDE_TONE
from tests.e2e.house import House
from tests.e2e.screens import open_tab
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]

MOBILE, LOCAL = "13900001234", "88886666"


def ask(page: Page, extension: str, number: str, at: str = "") -> None:
    """Fill in the dial simulator by keyboard and wait for its answer."""
    form = page.locator("form.dial-form")
    form.locator("input[name=extension]").fill(extension)
    form.locator("input[name=at]").fill(at)
    form.locator("input[name=number]").fill(number)
    with page.expect_navigation():
        form.locator("input[name=number]").press("Enter")


def now(page: Page, part: str) -> Locator:
    """That part of the answer by the plan in force; what a revision that is only kept would change stands behind it."""
    return page.locator(part).first


def reached(house: House, extension: str, digits: str) -> bool:
    """Whether the telephone hears the tone of who answers outside. A refusal is spoken to it, or, while speech is busy
    coming back, told by a cause alone: then it hears nothing.
    """
    told = house.simulate("dial", extension=extension, digits=digits, talk=3, hear=True)
    heard = Path(str(told["heard"]))
    return heard.exists() and Recording(heard.read_bytes()).seconds_of(OUTSIDE_TONE) >= 0.5


def test_what_the_panel_says_is_what_the_telephones_do(ward: House, sit: Sit) -> None:
    """A ward's station calls locally, timed, and no mobiles; an office does, over China Mobile's own line."""
    page = sit("it")
    page.goto(ward.page("/exchange"))
    open_tab(page, "/exchange/dialling")
    expect(page.get_by_role("row", name="内科一病区护士站")).to_contain_text("限时 10:00")
    ask(page, "8001", MOBILE)
    expect(now(page, ".dial-verdict")).to_contain_text("拒绝")
    assert not reached(ward, "8001", MOBILE)
    ask(page, "8001", LOCAL)
    expect(now(page, ".dial-verdict")).to_contain_text("允许")
    expect(now(page, ".dial-verdict")).to_contain_text("限时 10:00")
    assert reached(ward, "8001", LOCAL)
    ask(page, "8081", f"9{MOBILE}", at="2026-03-02T10:00")
    expect(now(page, ".dial-answer tbody tr")).to_contain_text("中国移动")
    expect(now(page, ".dial-answer tbody tr")).to_contain_text("¥")
    assert reached(ward, "8081", f"9{MOBILE}")


def test_account_and_pin_do_not_stay_on_the_page(ward: House, sit: Sit) -> None:
    """What a billed call would cost is said; what stands before the number is not, nor is it in the address."""
    page = sit("it")
    page.goto(ward.page("/exchange/dialling"))
    ask(page, "8002", f"6004711224711{MOBILE}")
    expect(now(page, ".dial-steps")).to_contain_text("拨打 +8613900001234 首分钟向主叫收取")
    assert "4711" not in page.content()
    assert "4711" not in page.url
