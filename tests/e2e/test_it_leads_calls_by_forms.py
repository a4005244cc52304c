"""Hospital IT makes a room, a fax line and two rules by forms alone; calls from outside go where the rules say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.forms import keep
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT
from tests.integration.fax_pages import drawn, tiff

Sit = Callable[[str], Page]

CONSULT, FAXES = "88880077", "88880078"
ROOM, LINE = "8890", "8701"
CALLER = "13700000055"
LONG = 600
EDITORS = (
    "inbound-rules/4", "inbound", "hours/0", "hours/1", "rooms/0", "conference", "star-codes", "mailboxes",
    "fax-lines", "paging-zones",
)  # fmt: skip


def test_calls_go_where_forms_lead_them(planned: House, sit: Sit, tmp_path: Path) -> None:
    """The sentence and the tester say it beforehand; then a caller is in the room, and a fax on the line."""
    page = sit("it")
    for editor in EDITORS:
        page.goto(planned.page(f"/exchange/edit/{editor}"))
        expect(page.locator("#section-diff")).to_have_text("没有差别。", timeout=PATIENT)

    listed(planned, page, tmp_path)
    page.goto(planned.page("/exchange/edit/rooms/new"))
    named(page, "急会诊", "Urgent consultation")
    field(page, "numbers").locator("input").fill("8081")
    expect(field(page, "numbers").locator(".complaint")).to_contain_text("8081", timeout=PATIENT)
    field(page, "numbers").locator("input").fill(ROOM)
    field(page, "ad_hoc").locator("input").check()
    keep(page, "#keep")

    page.goto(planned.page("/exchange/edit/fax-lines"))
    lines = field(page, "lines")
    lines.locator("> fieldset > [data-more]").click()
    row = lines.locator("[data-row]").last
    field(row, "number").locator("input").fill(LINE)
    named(row, "药房传真", "Pharmacy fax")
    keep(page, "#keep")

    page.goto(planned.page("/exchange/inbound"))
    page.locator("a[href='/exchange/edit/inbound-rules']").click()
    page.locator("a[href='/exchange/edit/inbound-rules/new']").click()
    rule(page, "会诊专线", "Consultations", CONSULT, "room", ROOM)
    expect(page.locator("#section-said")).to_have_text(
        f"拨打 {CONSULT} 的来电：转到会议室“{ROOM} 急会诊”。", timeout=PATIENT
    )
    page.locator("[data-try-field='called']").fill(CONSULT)
    page.locator("[data-try-now]").click()
    expect(page.locator(".try-answer")).to_contain_text("规则“会诊专线”适用", timeout=PATIENT)
    expect(page.locator(".try-answer ol")).to_contain_text(ROOM)
    keep(page, "#keep")
    page.goto(planned.page("/exchange/edit/inbound-rules/new"))
    rule(page, "药房传真专线", "Faxes of the pharmacy", FAXES, "fax", LINE)
    keep(page, "#keep")

    last = page.locator(".section-table tbody tr").last
    expect(last).to_contain_text(FAXES)
    last.locator("[data-move='-1']").click()
    with page.expect_navigation():
        page.locator("#keep-order").click()
    expect(page.locator(".section-table tbody tr").last).to_contain_text(CONSULT, timeout=PATIENT)
    page.locator("form[action*='/activate/'] button.primary").click()
    until(lambda: len(planned.plan().pbx.fax.lines) == 2, "the plan of the forms to be in force")
    planned.until_well()
    assert [one.called for one in planned.plan().pbx.inbound.rules[-2:]] == [(FAXES,), (CONSULT,)]

    start, before = planned.journal_end(), planned.legs()
    talk = planned.meanwhile("call-in", called=CONSULT, caller=CALLER, talk=LONG)
    entered = planned.until_journal("pbx.ConferenceEntered", start, room=ROOM)
    caller = planned.legs().keys() - before.keys()
    assert entered["number"].endswith(CALLER)
    document = tiff(tmp_path / "out.tif", drawn())
    planned.simulate("call-in", LONG, called=FAXES, caller="057187650123", talk=LONG, fax=str(document))
    planned.until_journal("pbx.FaxReceived", start, line=LINE, whole=True)
    page.goto(planned.page("/exchange/conferences"))
    expect(page.locator("body")).to_contain_text(CALLER, timeout=PATIENT)
    page.goto(planned.page("/exchange/calls"))
    row = page.get_by_role("row").filter(has_text=CALLER)
    expect(row).to_contain_text("省院专家")
    row.locator("a").first.click()
    expect(page.locator(".timeline")).to_contain_text("通讯录中的主叫：省院专家")
    assert not talk.done()
    for leg in caller:
        planned.simulate("hang-up-leg", leg=leg)
    talk.result()
    page.goto(planned.page("/addresses"))
    page.get_by_role("row").filter(has_text="省院专家").locator("form[action='/addresses/remove'] button").click()
    expect(page.locator(".done")).to_contain_text("省院专家 已删除", timeout=PATIENT)


def listed(planned: House, page: Page, tmp_path: Path) -> None:
    """The address book by a list: nothing before somebody has looked, and nothing of a list with a fault."""
    page.goto(planned.page("/addresses"))
    for name, status in (("", "第 2 行"), ("省院专家", "新增")):
        book = tmp_path / "通讯录.csv"
        book.write_text(f"姓名,部门,电话\n{name},会诊,{CALLER}\n", "utf-8")
        page.locator("input[name=list]").set_input_files(book)
        page.locator("form[action='/addresses/list'] button").click()
        expect(page.locator("main")).to_contain_text(status, timeout=PATIENT)
        expect(page.locator("main")).to_contain_text("通讯录.csv")
        if name:
            page.locator("form[action='/addresses/list/load'] button").click()
        else:
            page.locator(".crumb a").click()
    expect(page.get_by_role("row").filter(has_text="省院专家")).to_contain_text(CALLER, timeout=PATIENT)


def rule(page: Page, zh: str, en: str, called: str, kind: str, name: str) -> None:
    """Fill the form of a new rule with one step."""
    named(page, zh, en)
    field(page, "called").locator("input").fill(called)
    steps = field(page, "steps")
    steps.locator("> fieldset > [data-more]").click()
    steps.locator("[data-row-kind]").select_option(kind)
    field(steps.locator("[data-row]"), "name").locator("select").select_option(name)


def named(place: Page | Locator, zh: str, en: str) -> None:
    """Its name in both languages."""
    field(place, "name").locator("[data-tongue='zh']").fill(zh)
    field(place, "name").locator("[data-tongue='en']").fill(en)


def field(place: Page | Locator, key: str) -> Locator:
    """A field of the form, or of a row."""
    return place.locator(f".section-field[data-field='{key}']")
