"""The walk of docs/first-call.md, step by step, as hospital IT makes it in the panel of a new box."""

from __future__ import annotations

import http.client
import subprocess
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from appliance.simulator.phone_makes import MAKES
from tests.e2e.patience import until
from tests.e2e.screens import log_in
from tests.integration.sip_phone import Line

PASSWORD = "lamp-and-bell"
MAC = "0015650000f7"
"""Of the telephone."""
WARDS = """病区代码,中文名称,英文名称,房间,床位
im1,内科一病区,Internal medicine 1,,1-40
su2,外科二病区,Surgery 2,1201,1-3
"""


class Site(Protocol):
    """The box, and what IT has at hand. patience: seconds for what the box does by itself."""

    patience: float

    @property
    def code(self) -> str:
        """The one-time code on its screen."""

    @property
    def port(self) -> str:
        """The serial port that the host's cable is in."""

    @property
    def sound_card(self) -> str:
        """The loudspeaker, as ALSA names it."""

    def page(self, path: str) -> str:
        """The address of a page of the panel."""

    def until_part(self, part: str, state: str = "up") -> None:
        """Wait until the status page says so of a part."""

    def until_extensions(self) -> None:
        """Wait until the plan in force has extensions."""

    def line(self, extension: str, secret: str, port: int) -> Line:
        """The telephone's, when it got that configuration."""

    def asked(self) -> str:
        """What the telephone is given for its configuration; empty while it may have none."""


def comes_in(page: Page, box: Site) -> None:
    """By the one-time code, which then counts no more."""
    page.goto(box.page("/"))
    log_in(page, "admin", box.code)
    page.locator("input[name=old]").fill(box.code)
    for field in ("new", "again"):
        page.locator(f"input[name={field}]").fill(PASSWORD)
    page.locator("button.primary").click()
    page.wait_for_url("**/setup/site")


def names_the_hospital(page: Page) -> None:
    """Its name, language and zone."""
    page.locator("input[name=zh]").fill("仁和医院")
    page.locator("input[name=en]").fill("Renhe Hospital")
    page.locator("select[name=language]").select_option("en")
    page.locator("select[name=timezone]").select_option("Asia/Shanghai")
    page.locator("form[action='/setup/site'] button").click()
    done(page, "site")
    expect(page.locator("#clock-good")).to_be_visible()


def brings_its_wards(page: Page) -> None:
    """A file with a slip adds nothing and says where it is; mended, it adds both wards."""
    page.locator(".setup-onward a").last.click()
    done(page, "network")
    page.locator(".setup-onward a").last.click()
    for content, comes in ((WARDS.replace("1-40", "1-"), ".fault"), (WARDS, ".notice")):
        page.locator("input[type=file]").set_input_files(
            {"name": "wards.csv", "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")}
        )
        page.locator("form[action='/setup/wards/import'] button").click()
        expect(page.locator(f".setup-step {comes}").first).to_be_visible()
        if comes == ".fault":
            expect(page.locator(".setup-step .fault")).to_contain_text("Row 2, beds:")
    done(page, "wards")


def connects_the_host(page: Page, box: Site) -> None:
    """Listened to first; the form begins with what was heard."""
    page.locator(".setup-onward a").last.click()
    port = page.locator(".setup-one-port").filter(has_text=box.port.rpartition("/")[2])
    port.locator("button").click()
    expect(port).to_contain_text("TIME 08:00 (9600 8N1)")
    port.locator("a.primary").click()
    assert field(page, "device").input_value() == box.port
    field(page, "id").fill("host-1")
    field(page, "ward").select_option("im1")
    field(page, "bed_pattern").fill(r"(?P<bed>\d+)床")
    page.locator("summary", has_text="What else messages say").click()
    page.locator("[data-field=ignore] [data-more]").click()
    page.locator("[data-field=ignore] input").fill("TIME")
    keep(page)
    box.until_part("line:host-1")
    page.goto(box.page("/setup/lines"))
    done(page, "lines")


def connects_the_carrier(page: Page, box: Site, host: str, port: int) -> None:
    """As the contract says."""
    page.locator(".setup-onward a").last.click()
    page.locator("a[href='/exchange/edit/trunks/new']").click()
    named(page, "市话中继", "Town line")
    field(page, "tariff").fill("telecom")
    field(page, "host").fill(host)
    field(page, "port").fill(str(port))
    field(page, "caller_id").fill("057188880001")
    keep(page)
    box.until_part("trunk:trunk-1")
    page.goto(box.page("/setup/trunks"))
    done(page, "trunks")


def sets_a_telephone_up(page: Page, box: Site) -> Line:
    """A run of extensions, and a telephone fresh from the carton that is given one of them."""
    page.locator(".setup-onward a").last.click()
    page.locator(".setup-step a[href='/exchange/edit/extensions/new']").click()
    field(page, "numbers").fill("8001-8010")
    named(page, "护士站", "Stations")
    keep(page)
    box.until_extensions()
    box.asked()
    page.goto(box.page("/exchange/phones"))
    row = page.locator(f'tr[data-key="{MAC}"]')
    row.locator(f'input[name="number-{MAC}"]').fill("8001")
    row.locator(f'input[name="place-{MAC}"]').fill("Station 1")
    row.locator("button.primary").click()
    account = MAKES["yealink"].read(until(box.asked, "the telephone to be let in", box.patience))
    return box.line(account.extension, account.secret, account.port)


def rings_it(page: Page, box: Site, extension: str) -> None:
    """It rings, is answered, and the page says so without being loaded anew."""
    page.goto(box.page("/setup/call"))
    page.locator("input[name=extension]").fill(extension)
    page.locator("form[action='/setup/call'] button").click()
    expect(page.locator(".setup-proof .tag-up")).to_have_text("Somebody answered")


def speaks_in_the_corridor(page: Page, box: Site) -> None:
    """A loudspeaker is put into the plan, and speaks."""
    page.goto(box.page("/exchange/edit/loudspeakers/new"))
    field(page, "id").fill("corridor")
    field(page, "ward").select_option("im1")
    field(page, "device").fill(box.sound_card)
    keep(page)
    box.until_part("speaker:corridor", "starting")
    page.goto(box.page("/setup/announcement"))
    done(page, "call")
    page.locator("form[action='/setup/announcement'] button").click()
    expect(page.locator(".setup-proof .tag-up")).to_have_text("Played to its end")


def prints_the_report(page: Page, box: Site, directory: Path) -> str:
    """What stands on the paper that is signed."""
    page.goto(box.page("/setup/report"))
    done(page, "announcement")
    csrf = page.locator("form[action='/setup/report.pdf'] input[name=csrf]").input_value()
    answer = page.request.post(box.page("/setup/report.pdf"), form={"csrf": csrf}, timeout=box.patience * 1000)
    assert answer.headers["content-type"] == "application/pdf"
    (directory / "acceptance.pdf").write_bytes(answer.body())
    page.reload()
    done(page, "report")
    argv = ["pdftotext", "-layout", str(directory / "acceptance.pdf"), "-"]
    return subprocess.run(argv, capture_output=True, encoding="utf-8", check=True).stdout


def done(page: Page, step: str) -> None:
    """The assistant ticks it off."""
    expect(page.locator(f".setup-rail li.setup-done a[href='/setup/{step}']")).to_be_visible()


def field(page: Page, key: str) -> Locator:
    """The input of one field of a form."""
    return page.locator(f".section-group [data-field='{key}'] input, .section-group [data-field='{key}'] select").first


def named(page: Page, zh: str, en: str) -> None:
    """What it is called, in both languages."""
    page.locator("[data-field='name'] [data-tongue='zh']").fill(zh)
    page.locator("[data-field='name'] [data-tongue='en']").fill(en)


def keep(page: Page) -> None:
    """Keep it and put it in force, once nothing is complained of."""
    expect(page.locator("#section-fit")).to_have_text("Checked: nothing is wrong.")
    page.locator("#live").click()
    expect(page.locator(".section-done")).to_be_visible()


def configuration(host: str, port: int, ours: str) -> str:
    """What a Yealink at the address `ours` is given for its configuration; empty while it may have none."""
    connection = http.client.HTTPConnection(host, port, timeout=30, source_address=(ours, 0))
    try:
        connection.request("GET", f"/{MAC}.cfg", headers={"User-Agent": MAKES["yealink"].says(MAC)})
        answer = connection.getresponse()
        text = answer.read().decode()
        return text if answer.status == 200 else ""
    finally:
        connection.close()
