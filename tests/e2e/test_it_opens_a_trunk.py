"""From trunk contract to first call in the panel alone: a trunk, a right, a route, tried, put in force, and dialled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from appliance.foundation.toml_edit import with_value
from appliance.foundation.toml_tree import tree
from appliance.simulator.outside import OUTSIDE_TONE
from tests.e2e.forms import field, keep, name
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.plans import active, load, newest, put_back
from tests.e2e.screens import PATIENT, go_to, open_tab
from tests.e2e.sound import Recording

Sit = Callable[[str], Page]

EXTENSION, NUMBER = "8095", "88886666"
"""In the corridor, which may dial nothing outside; somebody in town."""


@pytest.fixture
def unconnected(ward: House) -> Iterator[House]:
    """The house before it had a contract: no trunk, no route; at the end with the plan that it had."""
    with put_back(ward):
        bare = with_value(with_value(active(ward), ("pbx", "outgoing", "routes"), None), ("pbx", "trunks"), None)
        load(ward, bare)
        until(lambda: not ward.plan().pbx.trunks, "the plan without trunks to be in force")
        yield ward


def reached(house: House) -> bool:
    """Whether the telephone hears the tone of who answers outside."""
    told = house.simulate("dial", extension=EXTENSION, digits=NUMBER, talk=3, hear=True)
    heard = Path(str(told["heard"]))
    return heard.exists() and Recording(heard.read_bytes()).seconds_of(OUTSIDE_TONE) >= 0.5


def test_from_the_contract_to_the_first_call(unconnected: House, sit: Sit) -> None:
    """Nobody reads a manual of Asterisk's, nor the plan's text; who talks meanwhile goes on talking."""
    house, port = unconnected, str(unconnected.told["trunks"][0]["port"])
    talking = house.simulate("dial", extension="8082", digits="8001", talk=600, until="answered")
    assert not reached(house)
    page, began = sit("it"), house.journal_end()
    go_to(page, "/exchange")

    # The line, as the contract says; what is wrong is said beside its field.
    open_tab(page, "/exchange/trunks")
    page.locator("a[href='/exchange/edit/trunks']").click()
    page.locator("a[href='/exchange/edit/trunks/new']").click()
    name(page, "市话中继", "Town line")
    field(page, "tariff").fill("cost-telecom")
    field(page, "host").fill("127.0.0.1;rm")
    expect(page.locator("[data-field='host'] .complaint")).to_have_text("这不是主机名或 IP 地址。", timeout=PATIENT)
    field(page, "host").fill("127.0.0.1")
    field(page, "port").fill(port)
    field(page, "caller_id").fill("057188880001")
    expect(page.locator("#section-diff")).to_contain_text("[[pbx.trunks]]", timeout=PATIENT)
    keep(page, "#live")
    until(lambda: len(house.plan().pbx.trunks) == 1, "the trunk to be in force")
    trunk = house.plan().pbx.trunks[0].id
    house.until_part(f"trunk:{trunk}")
    page.locator("a[href='/exchange/trunks']", has_text="当前状态").click()
    expect(page.locator(".trunk-list")).to_contain_text("市话中继", timeout=PATIENT)
    expect(page.locator(".trunk-list")).to_contain_text("正常", timeout=PATIENT)
    assert not reached(house), "it may not dial outside yet"

    # The right, and who has it.
    open_tab(page, "/exchange/dialling")
    page.locator("a[href='/exchange/edit/classes']").click()
    page.locator("a[href='/exchange/edit/classes/new']").click()
    name(page, "走廊", "Corridor")
    field(page, "id").fill("corridor")
    keep(page, "#keep")
    page.goto(house.page("/exchange/edit/extensions"))
    page.locator("[data-pick]").click()
    page.locator(f"[data-number='{EXTENSION}']").click()
    page.locator("[data-picker='take']").click()
    page.locator("select[name=rights]").select_option("corridor")
    with page.expect_navigation():
        page.locator("form[action$='/rights'] button.primary").click()
    expect(page.locator(".section-table")).to_contain_text("走廊", timeout=PATIENT)
    assert not reached(house), "what is only kept does not count"

    # The route, tried before it counts.
    page.goto(house.page("/exchange/edit/routes/new"))
    name(page, "全部外线", "All calls outside")
    page.locator("[data-field='trunks'] [data-more]").click()
    page.locator("[data-field='trunks'] [data-ref] select").select_option(trunk)
    page.locator("#try-extension").fill(EXTENSION)
    page.locator("#try-number").fill(NUMBER)
    page.locator("#try").click()
    expect(page.locator(".dial-change")).to_have_text("这通电话会有变化。", timeout=PATIENT)
    expect(page.locator(".dial-both > div").nth(0)).to_contain_text("拒绝")
    expect(page.locator(".dial-both > div").nth(1)).to_contain_text("市话中继")
    keep(page, "#live")
    until(lambda: len(house.plan().pbx.outgoing.routes) == 1, "the route to be in force")
    until(lambda: reached(house), "the call to reach outside")

    # Who did it is on record, and who talked all the while still does.
    revised = [line["note"] for line in house.journal("appliance.PlanRevised", began)]
    assert revised == [f"trunks {trunk}", "classes corridor", "extensions 8095: corridor", "routes"]
    assert {line["by"] for line in house.journal("appliance.PlanActivated", began)} == {"it"}
    house.simulate("hang-up", call=talking["call"])


def test_routes_are_put_in_another_order(planned: House, sit: Sit) -> None:
    """By keyboard and by dragging; what is kept does not count until somebody puts it in force."""
    house, page = planned, sit("it")
    before, first = active(house), order(active(house))
    page.goto(house.page("/exchange/edit/routes"))
    rows = page.locator(".section-table tbody tr")
    rows.nth(0).locator("a.strong").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(rows.nth(1).locator("a.strong")).to_be_focused()
    page.locator("#keep-order").click()
    expect(page.locator(".section-done")).to_be_visible(timeout=PATIENT)
    assert order(newest(house)) == [first[1], first[0], first[2]]
    assert active(house) == before
    expect(page.locator(".section-state")).to_contain_text("尚未生效", timeout=PATIENT)
    rows.nth(2).drag_to(rows.nth(0), target_position={"x": 300, "y": 2})
    page.locator("#keep-order").click()
    until(lambda: order(newest(house)) == [first[2], first[1], first[0]], "the dragged order to be kept")
    assert sorted(newest(house).splitlines()) == sorted(before.splitlines())


def order(text: str) -> list[str]:
    """Names of the plan's routes."""
    return [route["name"]["zh"] for route in tree(text)["pbx"]["outgoing"]["routes"]]
