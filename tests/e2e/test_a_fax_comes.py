"""A fax comes from outside; an operator reads it, and sends it back by an office's right. All on the whole box."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.screens import open_tab
from tests.integration.fax_pages import drawn, pages_of, same, tiff

Sit = Callable[[str], Page]

CALLED, CALLER = "88880005", "057187650123"
LONG = 180


def test_a_fax_comes_and_goes_back(ward: House, sit: Sit, tmp_path: Path) -> None:
    """The look and the sending are in the journal, with who did it."""
    sent, start = drawn(), ward.journal_end()
    ward.simulate("call-in", LONG, called=CALLED, caller=CALLER, talk=LONG, fax=str(tiff(tmp_path / "out.tif", sent)))
    fax = str(ward.until_journal("pbx.FaxReceived", start, line="8700", caller=CALLER, whole=True)["fax"])

    page = sit("admin")
    page.goto(ward.page("/exchange"))
    open_tab(page, "/exchange/faxes")
    row = page.get_by_role("row").filter(has_text=CALLER)
    expect(row).to_contain_text("收到")
    link = row.locator(f"a[href='/exchange/faxes/{fax}.pdf']")
    expect(link).to_be_visible()
    pdf = tmp_path / "in.pdf"
    pdf.write_bytes(page.request.get(ward.page(f"/exchange/faxes/{fax}.pdf")).body())
    same(pages_of(pdf), sent)
    ward.until_journal("pbx.FaxLookedAt", start, fax=fax, by="admin")

    heard = str(ward.simulate("phone", number=CALLER, answer="fax", hear=True)["heard"])
    page.locator("input[name=number]").fill(CALLER)
    page.locator("input[name=extension]").fill("8081")
    page.locator("form[action='/exchange/faxes'] input[name=pdf]").set_input_files(pdf)
    with page.expect_navigation():
        page.locator("input[name=extension]").press("Enter")
    out = str(ward.until_journal("pbx.FaxAccepted", start, extension="8081", number=CALLER, by="admin")["fax"])
    ward.until_journal("pbx.FaxSent", start, fax=out, pages=2)
    assert len(pages_of(Path(f"{heard}.tif"))) == 2
    page.reload()
    expect(page.get_by_role("row").filter(has_text="8081")).to_contain_text("发出")
