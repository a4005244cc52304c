"""Hospital IT finds its way among the exchange's pages, and makes a way out for messages and a rule by forms alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from playwright.sync_api import Page, expect

from appliance.foundation.values import Language
from tests.e2e.forms import keep
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, open_tab
from tests.e2e.test_it_leads_calls_by_forms import field
from web.layouts import EVERY
from web.tabs import CHAPTERS

Sit = Callable[[str], Page]

EDITORS = ("guard", "phones", "messages", "modems/0", "people/0", "numbers")
SECRET = "key-of-the-provider"
ROWS = (
    "[...document.querySelectorAll('nav.tabs')].map(row => new Set([...row.children].map(tab => tab.offsetTop)).size)"
)
"""How many lines each row of tabs takes."""


def test_every_tab_fits_in_its_row(ward: House, sit: Sit) -> None:
    """On the smallest screen that hospitals have, in both languages, for whoever sees most."""
    page = sit("admin")
    page.set_viewport_size({"width": 1366, "height": 768})
    for language in get_args(Language):
        page.context.add_cookies([{"name": "nightbell-language", "value": language, "url": ward.page("/")}])
        for tab in (tab for chapter in CHAPTERS for tab in chapter.tabs):
            page.goto(ward.page(tab.path))
            assert set(page.evaluate(ROWS)) <= {1}, (language, tab.path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (language, tab.path)
        for editor in ("messages", "wards"):
            page.goto(ward.page(f"/exchange/edit/{editor}"))
            assert page.evaluate(ROWS) == [1], (language, editor)


def test_no_page_is_wider_than_a_telephone(ward: House, sit: Sit) -> None:
    """Who is called out of bed looks at the box on a telephone; walls and their boards are apart."""
    page = sit("admin")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(ward.page("/"))
    there = set(page.evaluate("[...document.querySelectorAll('.nav a')].map(link => link.getAttribute('href'))"))
    wider = []
    forms = {f"{one.where}/new" if one.is_list else one.where for one in EVERY}
    for path in sorted(there - {"/wallboard"} | {tab.path for chapter in CHAPTERS for tab in chapter.tabs} | forms):
        page.goto(ward.page(path))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wider.append(path)
    assert wider == []


def test_a_way_out_is_made_by_a_form(planned: House, sit: Sit) -> None:
    """Its secret goes into a file; then it is among the ways out, and the rule against attackers spares a ward."""
    page = sit("it")
    for editor in EDITORS:
        page.goto(planned.page(f"/exchange/edit/{editor}"))
        expect(page.locator("#section-diff")).to_have_text("没有差别。", timeout=PATIENT)

    page.goto(planned.page("/messages"))
    page.locator("a[href='/exchange/edit/messages']").click()
    page.locator("a[href='/exchange/edit/http-sms']").click()
    page.locator("a[href='/exchange/edit/http-sms/new']").click()
    field(page, "url").locator("input").fill("http://sms.example/send")
    expect(field(page, "url").locator(".complaint")).to_contain_text("https://", timeout=PATIENT)
    field(page, "url").locator("input").fill("https://127.0.0.1:9/send")
    headers = field(page, "headers")
    headers.locator("[data-more]").click()
    headers.locator("[data-ref]").last.locator("input").first.fill("Authorization")
    headers.locator("[data-ref]").last.locator("input").last.fill("Bearer {{ secrets.key }}")
    expect(field(page, "headers").locator(".complaint")).to_be_visible(timeout=PATIENT)
    secrets = field(page, "secrets")
    secrets.locator("[data-more]").click()
    secrets.locator("[data-ref] input").first.fill("key")
    secrets.locator("[data-ref] input").last.fill(SECRET)
    expect(field(page, "headers").locator(".complaint")).to_be_hidden(timeout=PATIENT)
    keep(page, "#keep")

    page.goto(planned.page("/exchange"))
    open_tab(page, "/exchange/security")
    page.locator("a[href='/exchange/edit/guard']").click()
    field(page, "allow").locator("input").fill("10.8.0.0/16")
    keep(page, "#live")
    until(lambda: planned.plan().pbx.http_sms, "the plan of the forms to be in force")
    planned.until_part("sms:sms1")
    made = planned.plan().pbx
    assert made.http_sms[0].headers["Authorization"] == "Bearer {{ secrets.key }}"
    assert Path(made.http_sms[0].secrets["key"].removeprefix("file:")).read_text("utf-8") == f"{SECRET}\n"
    assert made.guard.allow == ("10.8.0.0/16",)
    assert SECRET not in page.content()
    page.goto(planned.page("/messages"))
    expect(page.locator(".gateways")).to_contain_text(made.http_sms[0].id, timeout=PATIENT)
