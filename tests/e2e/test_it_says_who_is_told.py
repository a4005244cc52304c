"""The ward's plan by forms alone: how long a call waits, an escalation, which calls go by it; then one is pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from playwright.sync_api import Page, expect

from tests.e2e.forms import field, keep
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, go_to

Sit = Callable[[str], Page]

BED, KIND = "31", "wc"


def test_a_kind_of_call_goes_another_way(planned: House, sit: Sit) -> None:
    """The next that nobody takes; nobody reads the plan's text."""
    house, page = planned, sit("it")
    go_to(page, "/plan/wards")
    page.locator("a[href='/exchange/edit/wards']").click()
    page.locator(".section-table a[href='/exchange/edit/wards/0']").first.click()
    expect(page.locator("#section-fit")).to_have_text("检查通过，没有问题。", timeout=PATIENT)
    expect(page.locator("#section-diff")).to_have_text("没有差别。", timeout=PATIENT)
    field(page, "patience").fill("50")
    field(page, "night.start").fill("23:15")
    expect(page.locator("#section-diff")).to_contain_text("+patience = 50", timeout=PATIENT)
    keep(page, "#live")
    until(lambda: house.plan().nursecall.wards[0].patience == 50, "the ward's patience to be in force")
    assert house.plan().nursecall.wards[0].night.start == time(23, 15)

    page.locator(".section-tabs a[href='/exchange/edit/escalations']").click()
    page.locator("a[href='/exchange/edit/escalations/new']").click()
    field(page, "id").fill("soon")
    field(page, "failsafe.to").fill("duty")
    expect(page.locator("[data-field='failsafe.to'] .complaint")).to_contain_text("不得取决于谁在值班", timeout=PATIENT)
    field(page, "failsafe.to").fill("")
    page.locator("[data-row] [data-field='after'] input").fill("3")
    expect(page.locator("#section-said")).to_contain_text("3 秒后：短信（全体当班护士）", timeout=PATIENT)
    keep(page, "#live")
    expect(page.locator(".section-table")).to_contain_text("soon")

    page.locator(".section-tabs a[href='/exchange/edit/escalation-rules']").click()
    page.locator("a[href='/exchange/edit/escalation-rules/new']").click()
    field(page, "tree").select_option("soon")
    page.locator("[data-field='types'] [data-more]").click()
    page.locator("[data-field='types'] [data-ref] select").select_option(KIND)
    keep(page, "#live")
    until(lambda: house.plan().nursecall.escalation_rules, "the rule to be in force")

    before = house.journal_end()
    house.press(BED, type=KIND)
    told = house.until_journal("nursecall.CallEscalated", before, bed=BED)
    assert (told["tree"], told["index"], told["by"]) == ("soon", 1, "sms")
    house.simulate("reset", line="ward-a", bed=BED)

    # What another step would have done with it, read from the journal by a process of its own.
    page.goto(house.page("/exchange/edit/escalations"))
    page.locator(".section-table a.strong", has_text="soon").click()
    page.locator("[data-row] [data-field='by'] select").select_option("mobile")
    page.locator("#replay").click()
    answer = page.locator("#replay-answer")
    expect(answer).to_contain_text("的升级过程会不同", timeout=PATIENT)
    expect(answer.locator(".replay-sums")).to_contain_text("soon 1: 依次拨打手机并播报")
    answer.locator("summary").click()
    expect(answer.locator(".replay-calls")).to_contain_text(f"{BED} 床")
