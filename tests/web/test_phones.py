"""The page of telephones that set themselves up: accept, refuse, replace, walk, look at passwords on record."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from twisted.internet.task import Clock

from appliance.foundation import journal
from appliance.foundation.i18n import Text
from nursecall.plan_phones import BedsidePhones
from pbx.engine.security_log import SecurityEvent
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_phones import PhonesPlan
from pbx.provisioning.briefing import Where
from pbx.provisioning.desk import PhoneDesk
from pbx.provisioning.events import PhonesChanged
from tests.fakes.house import PLAN, FakeSite
from tests.support import now
from tests.web.browser import Browser, Hospital, hospital
from web.live import Live
from web.site import site

YEALINK, FANVIL = "001565a1b2c3", "0c383e07e16c"
PBX = PbxPlan(
    extensions=(ExtensionGroup(numbers="8001-8100", name=Text(zh="病区", en="Wards")),),
    phones=PhonesPlan(numbers=("8081-8083", "8086-8100"), skip="457"),
)
WARD = PLAN.wards[0].model_copy(update={"phones": BedsidePhones(beds={"1": "8001", "2": "8002", "3": "8003"})})


class Page:
    """A panel over a real desk; two telephones have asked."""

    def __init__(self) -> None:
        plan = PLAN.model_copy(update={"wards": (WARD, *PLAN.wards[1:])})
        place = hospital(plan)
        self.cardboard, house = place.cardboard, place.cardboard.house
        self.there: set[str] = set()
        self.desk = PhoneDesk(
            lambda: PBX, FakeSite, Where("http://10.0.0.5:8085/", "10.0.0.5", 5060), house.database, house.clock,
            house.bus, renew=self._renew, registered=lambda: frozenset(self.there),
        )  # fmt: skip
        house = replace(house, phones=self.desk, pbx=lambda: PBX)
        live = Live(house.database, house.clock, house.bus)
        house.bus.subscribe(PhonesChanged, lambda _: live.phones_changed())
        self.hospital = Hospital(self.cardboard, live, site(house, live, cast(Any, Clock())))
        self.ask(YEALINK, "Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3")
        self.ask(FANVIL, "Fanvil X4 2.10.2.6887 0c383e07e16c", "10.0.0.22")

    async def _renew(self) -> None:
        pass

    def ask(self, mac: str, agent: str = "-", address: str = "10.0.0.21") -> Any:
        """A telephone asks."""
        return now(self.desk.window.ask(f"/{mac}.cfg", agent, address))

    def it(self, language: str = "en") -> Browser:
        """Hospital IT."""
        return self.hospital.browser("it", language=language)

    def numbers(self) -> dict[str, str | None]:
        """Which telephone has which number."""
        return {phone.id: phone.extension for phone in now(self.desk.every())}

    def journal(self) -> list[tuple[str, dict[str, Any]]]:
        """Kinds and bodies."""

        def read(connection: sa.Connection) -> list[tuple[str, dict[str, Any]]]:
            return [(entry.kind, entry.body) for entry in journal.entries(connection)]

        return now(self.cardboard.database.transact(read))


@pytest.fixture
def page() -> Page:
    """Two wait."""
    return Page()


def test_who_waits_is_shown(page: Page) -> None:
    """Make, model, MAC, address; and what the network must say."""
    text = page.it().get("/exchange/phones").text
    for shown in ("<b>Yealink</b> T46S", "00:15:65:a1:b2:c3", "10.0.0.21", "<b>Fanvil</b> X4", "http://10.0.0.5:8085/"):
        assert shown in text, shown
    assert '<option data-key="8081" value="8081">' in text
    assert '<option data-key="8087"' not in text


@pytest.mark.parametrize("role", ["nurse", "cashier", "manager", "board"])
def test_it_is_for_hospital_it_alone(page: Page, role: str) -> None:
    """Neither the page, nor its file, nor an act, nor the live lists."""
    browser = page.hospital.browser(role)
    assert browser.get("/exchange/phones").status == 403
    assert browser.get("/exchange/phones/phones.csv").status == 403
    assert browser.post("/exchange/phones/accept", {"phone": YEALINK}).status == 403
    assert YEALINK not in browser.open("/live?view=phones").sent.decode()
    assert set(page.numbers().values()) == {None}


def test_without_the_forms_token_nothing_is_accepted(page: Page) -> None:
    """CSRF."""
    assert page.it().post("/exchange/phones/accept", {"phone": YEALINK}, csrf="0" * 64).status == 403
    assert set(page.numbers().values()) == {None}


def test_one_is_accepted_with_number_and_place(page: Page) -> None:
    """By whom is on record; what is wrong is said, and nothing done."""
    it = page.it()
    form = {"phone": FANVIL, f"number-{FANVIL}": "8044", f"place-{FANVIL}": "会诊室"}
    assert it.post("/exchange/phones/accept", form).headers["location"] == "/exchange/phones"
    text = it.get("/exchange/phones").text
    assert "The telephone has number 8044." in text
    assert "会诊室" in text
    assert "not started anew yet" in text
    kind, body = page.journal()[-1]
    assert (kind, body["by"], body["extension"], body["phone"]) == ("pbx.PhoneAccepted", "it", "8044", FANVIL)
    wrong = it.post("/exchange/phones/accept", {"phone": YEALINK, f"number-{YEALINK}": "8044"})
    assert (wrong.status, "Number 8044 belongs to another telephone." in wrong.text) == (422, True)
    assert "号码 8044 已分配给另一部话机。" in page.it("zh").post(
        "/exchange/phones/accept", {"phone": YEALINK, f"number-{YEALINK}": "8044"}
    ).text  # fmt: skip


def test_one_that_moved_is_marked(page: Page) -> None:
    """Where it was before, and that it is to be looked at."""
    page.ask(YEALINK, address="10.0.0.66")
    text = page.it().get("/exchange/phones").text
    assert "was at 10.0.0.21 before" in text
    page.it().post("/exchange/phones/accept-all")
    assert page.numbers() == {YEALINK: None, FANVIL: "8081"}


def test_all_are_accepted_at_once(page: Page) -> None:
    """In the order they came; the page is told by itself."""
    it = page.it()
    line = it.open("/live?view=phones")
    it.post("/exchange/phones/accept-all")
    assert page.numbers() == {YEALINK: "8081", FANVIL: "8082"}
    regions = line.events()[-1][1]["regions"]
    assert regions["waiting"]["order"] == ["none"]
    assert regions["accepted"]["order"] == [YEALINK, FANVIL]


def test_how_each_is(page: Page) -> None:
    """Registered, fetched but not registered, asks in vain."""
    it = page.it()
    it.post("/exchange/phones/accept-all")
    assert page.ask(YEALINK) is not None
    page.ask(FANVIL, address="10.0.0.99")
    text = it.get("/exchange/phones").text
    assert "not registered" in text
    assert "asks in vain" in text
    page.there = {"8081"}
    assert ">registered<" in it.get("/exchange/phones").text
    one = it.get(f"/exchange/phones/{FANVIL}").text
    assert "Only from 10.0.0.99" in one
    assert it.post(f"/exchange/phones/{FANVIL}/open").headers["location"] == f"/exchange/phones/{FANVIL}"
    assert page.ask(FANVIL, address="10.0.0.99") is not None


def test_a_number_that_left_the_plan_is_shown(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot register any more."""
    page.it().post("/exchange/phones/accept", {"phone": YEALINK})
    group = ExtensionGroup(numbers="8090-8100", name=Text(zh="办公", en="Offices"))
    monkeypatch.setattr("tests.web.test_phones.PBX", PbxPlan(extensions=(group,)))
    assert "its number is no longer in the plan" in page.it().get("/exchange/phones").text
    assert "its number is no longer in the plan" in page.it().get(f"/exchange/phones/{YEALINK}").text


def test_a_broken_one_is_replaced_and_a_gone_one_removed(page: Page) -> None:
    """The new one has the number at once."""
    it = page.it()
    it.post("/exchange/phones/accept", {"phone": YEALINK})
    assert f'<option value="{FANVIL}">' in it.get(f"/exchange/phones/{YEALINK}").text
    it.post(f"/exchange/phones/{YEALINK}/replace", {"new": FANVIL})
    assert page.numbers() == {FANVIL: "8081"}
    it.post(f"/exchange/phones/{FANVIL}/remove")
    assert page.numbers() == {}
    assert it.get(f"/exchange/phones/{FANVIL}").status == 404


def test_a_refused_one_stays_on_the_list_of_the_refused(page: Page) -> None:
    """And waits no more."""
    it = page.it()
    it.post("/exchange/phones/refuse", {"phone": YEALINK})
    text = it.get("/exchange/phones").text
    assert f'name="number-{YEALINK}"' not in text
    assert f'<a href="/exchange/phones/{YEALINK}">' in text


def test_passwords_are_shown_on_demand_and_on_record(page: Page) -> None:
    """Never on the lists, never in the file."""
    it = page.it()
    it.post("/exchange/phones/accept", {"phone": YEALINK})
    shown = it.post(f"/exchange/phones/{YEALINK}/show").text
    found = re.search(r"^Password +(\S+)$", shown, re.MULTILINE)
    assert found
    assert page.journal()[-1][0] == "pbx.PhoneSecretsShown"
    password = now(page.desk.every())[0].admin_password
    assert password in shown
    for path in ("/exchange/phones", f"/exchange/phones/{YEALINK}", "/exchange/phones/phones.csv"):
        text = it.get(path).text
        assert found[1] not in text
        assert password not in text


def test_a_softphones_link_is_shown_once(page: Page) -> None:
    """It opens for whoever has it."""
    it = page.it()
    shown = it.post("/exchange/phones/soft", {"number": "", "place": "值班手机"}).text
    link = re.search(r"http://10\.0\.0\.5:8085(/p/[\w-]+/linphone\.xml)", shown)
    assert link
    assert link[1] not in it.get("/exchange/phones").text
    assert '<div class="qr" role="img" aria-label="The link as a QR code"><svg' in shown
    assert now(page.desk.window.ask(link[1], "LinphoneAndroid/5.2.5", "172.16.0.9")) is not None


def test_a_walk_through_a_ward(page: Page) -> None:
    """Beds of the plan that have no telephone yet, in order; it shows who is next, and stops."""
    it = page.it()
    it.post("/exchange/phones/accept", {"phone": FANVIL, f"number-{FANVIL}": "8001"})
    it.post("/exchange/phones/walk", {"ward": "w1"})
    assert "gets: 8002 · Bed 2. After that: 1." in it.get("/exchange/phones").text
    page.ask(YEALINK)
    assert page.numbers()[YEALINK] == "8002"
    assert "gets: 8003 · Bed 3. After that: 0." in it.get("/exchange/phones").text
    it.post("/exchange/phones/walk", {"stop": "1"})
    assert "gets:" not in it.get("/exchange/phones").text
    it.post("/exchange/phones/walk", {"places": "一诊室\n\n二诊室"})
    assert "gets: 一诊室. After that: 1." in it.get("/exchange/phones").text


def test_who_could_not_register_is_shown(page: Page, tmp_path: Path) -> None:
    """Address, name, why; by its MAC it can be put on the list, where Linux knows that."""
    at = page.cardboard.clock.now()
    refused = SecurityEvent(at, "InvalidAccountID", "PJSIP", "<b>9999", "c1", "10.0.0.31", 5060, "UDP")
    page.cardboard.bus.publish(refused)
    page.cardboard.bus.publish(replace(refused, kind="ChallengeResponseFailed", account="8005", address="10.0.0.32"))
    it = page.it()
    text = it.get("/exchange/phones").text
    for shown in ("10.0.0.31", "&lt;b&gt;9999", "there is no such extension", "the password is wrong", "1×"):
        assert shown in text, shown
    assert "Put it on the list" not in text
    assert it.post("/exchange/phones/list", {"address": "10.0.0.31"}).status == 422
    (tmp_path / "arp").write_text("IP type flags MAC mask dev\n10.0.0.31 0x1 0x2 c0:74:ad:27:3a:10 * eth0\n")
    page.desk.neighbours.table = tmp_path / "arp"
    assert "Put it on the list" in it.get("/exchange/phones").text
    it.post("/exchange/phones/list", {"address": "10.0.0.31"})
    assert "c0:74:ad:27:3a:10" in it.get("/exchange/phones").text
    assert page.numbers()["c074ad273a10"] is None


def test_the_list_to_take_away(page: Page) -> None:
    """Nothing in it is a formula."""
    it = page.it()
    it.post("/exchange/phones/accept", {"phone": YEALINK, f"place-{YEALINK}": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(it.get("/exchange/phones/phones.csv").body.decode("utf-8-sig"))))
    assert [(row["number"], row["mac"], row["state"]) for row in rows] == [
        ("8081", "00:15:65:a1:b2:c3", "accepted"), ("", "0c:38:3e:07:e1:6c", "waiting")]  # fmt: skip
    assert not rows[0]["place"].startswith("=")


def test_labels_are_printed(page: Page) -> None:
    """In the visitor's language, in a process of its own."""
    reply = page.it("zh").get("/exchange/phones/labels.pdf")
    assert (reply.headers["content-type"], reply.body) == ("application/pdf", b"%PDF-1.7 labels")
    assert page.cardboard.reports.asked == [("phone labels", "zh")]


def test_where_the_settings_allow_it_not() -> None:
    """The page says so."""
    it = hospital().browser("it")
    assert "no [provisioning]" in it.get("/exchange/phones").text
    assert it.post("/exchange/phones/accept-all").status == 404
