"""A plan under which a ward's line cannot be opened: the box takes it back by itself, unless somebody wants it so."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.plans import load, revision
from tests.e2e.screens import part_is, same_page, watch

Sit = Callable[[str], Page]
LINE, DEVICE = "line:ward-b", 'device = "ward-b"'


def test_a_plan_that_costs_a_ward_its_calls_is_taken_back(planned: House, sit: Sit) -> None:
    """It is said that it will be, it is, the ward can call; then it is kept all the same, and is blamed no more."""
    page = sit("it")
    watch(page, planned)
    part_is(page, LINE, "up")
    first, before = revision(planned), planned.journal_end()
    text = (planned.directory / "plan-in-force.toml").read_text("utf-8")
    assert text.count(DEVICE) == 1
    load(planned, text.replace(DEVICE, 'device = "no-such-port"'))
    notice = page.locator("[data-region=plan] .fault")
    expect(notice).to_contain_text("恢复上一版本")
    part_is(page, LINE, "down")
    bad = revision(planned)
    assert bad != first

    back = planned.until_journal("appliance.PlanTakenBack", before, revision=bad, to=first)
    assert back["part"] == LINE
    expect(notice).to_contain_text(f"设备已自动恢复规划版本 {first}")
    part_is(page, LINE, "up")
    planned.press("3", line="ward-b")
    planned.quieten()
    assert (revision(planned), same_page(page)) == (first, True)

    page.goto(planned.page("/plan/revisions"))
    page.locator("form[action='/plan/keep'] button").click()
    expect(page.locator("tr.in-force td").first).to_have_text(re.compile(rf"^{bad}\b"))
    planned.until_journal("appliance.PlanKeptAnyway", before, revision=bad, part=LINE, by="it")
    expect(page.locator("form[action='/plan/keep']")).to_have_count(0)
    planned.until_part(LINE, "down")
