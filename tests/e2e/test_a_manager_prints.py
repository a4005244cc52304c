"""Two PDFs from the panel: the day's nurse calls, and an account's statement."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pypdf
from playwright.sync_api import Locator, Page, Route

from appliance.foundation.values import in_yuan, yuan
from tests.e2e.desk import open_account
from tests.e2e.house import House
from tests.e2e.money import settled
from tests.e2e.screens import PATIENT

Sit = Callable[[str], Page]


def test_the_days_nurse_calls(ward: House, sit: Sit) -> None:
    """Every call of the day is counted and listed, in Chinese, with its response time; there are two charts."""
    ward.press("38")
    ward.simulate("reset", line="ward-a", bed="38")
    ward.press("33", line="ward-b", type="assist")
    ward.quieten()
    page = sit("boss")
    page.goto(ward.page("/reports"))
    day = page.locator("input[name=day]").input_value()

    pdf = printed(page, page.locator("a[href^='/reports/calls.pdf']"))

    count = calls_of(ward, day)
    text = words(pdf)
    for word in ("护士呼叫日报", "之江示范医院", "内科一病区", "外科二病区", "特级护理", "请求增援", "呼叫明细"):
        assert word in text
    assert re.search(rf"(?<!\d){count}\s*呼叫次?数", text), text[:600]
    assert re.search(rf"(?<!\d){count}\s*床旁处理", text), "every call of the day was ended at the bedside"
    assert re.search(r"38\s*特级护理\s*呼叫\s*1\s*–\s*–\s*0:0\d", text), "bed 38 with its response time"
    assert sum(len(sheet.images) + len(drawings(sheet)) for sheet in pdf.pages) >= 2
    assert re.search(rf"{count}", page.locator(".figures-report dd").first.inner_text()), "the page says the same"


def test_an_accounts_statement(ward: House, sit: Sit) -> None:
    """Deposit, charge and balance add up; the holder's name is Chinese."""
    account = open_account(sit("cashier"), ward, "欧阳春晓", "30")
    ward.simulate("dial", extension="8011", digits=ward.dialled(account, "13800138000"), talk=2)
    lease = settled(ward, account)
    page = sit("boss")
    page.goto(ward.page("/reports"))
    page.locator(".statement-form input[name=account]").fill(account)

    pdf = printed(page, page.locator(".statement-form button:not([formaction])"))

    text = words(pdf)
    for word in ("账户对账单", "之江示范医院", "欧阳春晓", account, "期末余额", "+86 138 0013 8000"):
        assert word in text
    charge, left = lease["charge"], yuan(30) - lease["charge"]
    written = {f"+{in_yuan(yuan(30)):.4f}", f"-{in_yuan(charge):.4f}", f"{in_yuan(left):.4f}"}
    if charge % 100 == 0:
        written = {f"+{in_yuan(yuan(30)):.2f}", f"-{in_yuan(charge):.2f}", f"{in_yuan(left):.2f}"}
    assert all(figure in text for figure in written), (written, text)
    assert "（1 次通话）" in text


def printed(page: Page, button: Locator) -> pypdf.PdfReader:
    """The PDF that opens in a page of its own when `button` is pressed."""
    files: list[bytes] = []

    def pass_on(route: Route) -> None:
        answer = route.fetch(timeout=PATIENT)
        assert answer.headers["content-type"] == "application/pdf"
        files.append(answer.body())
        route.fulfill(response=answer)

    page.context.route(re.compile(r"\.pdf(\?|$)"), pass_on)
    with page.context.expect_page(timeout=PATIENT) as opened:
        button.click()
    opened.value.wait_for_url(re.compile(r"\.pdf\?"))
    return pypdf.PdfReader(io.BytesIO(files[0]))


def words(pdf: pypdf.PdfReader) -> str:
    """All text of a PDF."""
    return "\n".join(sheet.extract_text() for sheet in pdf.pages)


def drawings(sheet: pypdf.PageObject) -> list[str]:
    """Drawn charts of a page: form objects."""
    resources = sheet["/Resources"].get_object()
    objects: dict[str, Any] = resources.get("/XObject", {}) if isinstance(resources, dict) else {}
    return [name for name, found in objects.items() if found.get_object().get("/Subtype") == "/Form"]


def calls_of(house: House, day: str) -> int:
    """How many calls were raised on `day` by the site's clock."""
    return len(house.rows("SELECT id FROM nurse_calls WHERE date(raised_at, '+8 hours') = ?", day))
